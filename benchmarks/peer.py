"""`/billing` as one would write it first: stock Bolt, the ORM, lazy loading, a card as long as ours."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.declarative import DeferredReflection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, relationship

NEWEST = 3
Block = dict[str, Any]


class Base(DeferredReflection, DeclarativeBase):
    """The tables as they are: columns and references are read from the database."""


class Property(Base):
    __tablename__ = "properties"


class Person(Base):
    __tablename__ = "persons"


class Member(Base):
    __tablename__ = "members"
    prop: Mapped[Property] = relationship(viewonly=True)
    person: Mapped[Person] = relationship(viewonly=True)


class AddOn(Base):
    __tablename__ = "add_ons"


class Plan(Base):
    __tablename__ = "plans"
    add_on: Mapped[AddOn] = relationship()


class Price(Base):
    __tablename__ = "prices"
    plan: Mapped[Plan] = relationship()


class PaymentMethod(Base):
    __tablename__ = "payment_methods"


class Invoice(Base):
    __tablename__ = "invoices"


class Subscription(Base):
    __tablename__ = "subscriptions"
    price: Mapped[Price] = relationship()
    billing_admin: Mapped[Person] = relationship(viewonly=True)
    payment_method: Mapped[PaymentMethod | None] = relationship(viewonly=True)
    invoices: Mapped[list[Invoice]] = relationship(viewonly=True)


def card(engine: Engine, workspace_id: str, user_id: str) -> list[Block]:
    """The page of the first property of that person."""
    with Session(engine) as session:
        of_person: Any = {"workspace_id": workspace_id, "user_id": user_id}
        mine = list(session.scalars(select(Member).filter_by(**of_person)))
        prop: Any = next(one for one in mine if one.prop.id == one.person.chosen_property_id).prop  # type: ignore[attr-defined]
        of_property: Any = {"workspace_id": workspace_id, "property_id": prop.id}
        bought = session.scalars(select(Subscription).filter_by(**of_property))
        return [*_top(prop), *(block for one in bought for block in _of(one))]


def _top(prop: Any) -> Iterator[Block]:
    yield {"type": "header", "text": {"type": "plain_text", "text": "Purchases and invoices"}}
    yield _section(f"Property: *{prop.name}*")
    yield _buttons(prop.id, "Buy an add-on", "Settings", "Invoices", "Agenda", "Payments")
    yield {"type": "divider"}


def _of(one: Any) -> Iterator[Block]:
    plan, card = one.price.plan, one.payment_method
    facts = {
        "Price": f"{one.price.currency} {one.price.minor / 100:.2f} a {one.price.interval}",
        "Status": one.status,
        "Next charge": f"{one.period_end_at:%d %B %Y}",
        "Payment method": f"{card.brand} ending in {card.last_four}" if card else "none",
        "Purchased on": f"{one.purchased_at:%d %B %Y}",
        "Receipts": one.receipts_to or "off",
        "Paid by": one.billing_admin.name,
    }
    yield _section(f"*{plan.add_on.name} {plan.name}*")
    fields = [{"type": "mrkdwn", "text": f"*{name}*\n{value}"} for name, value in facts.items()]
    yield {"type": "section", "fields": fields}
    newest = sorted(one.invoices, key=lambda invoice: invoice.issued_at, reverse=True)[:NEWEST]
    for invoice in newest:
        yield _section(f"{invoice.number} of {invoice.issued_on}: {invoice.total_minor / 100:.2f}")
        yield _buttons(invoice.id, "Send the PDF")
    yield _buttons(one.id, "Change", "Cancel", "Payment method", "Billing address", "Receipts")
    yield {"type": "divider"}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _buttons(value: str, *labels: str) -> Block:
    of = [
        {
            "type": "button",
            "action_id": f"billing.{label}",
            "text": {"type": "plain_text", "text": label},
            "value": value,
            "accessibility_label": f"{label}: {value}",
        }
        for label in labels
    ]
    return {"type": "actions", "elements": of}


def make_app(engine: Engine, secret: str, token: str, api_url: str) -> AsyncApp:
    """The app, with everything in Bolt as it comes."""
    app = AsyncApp(client=AsyncWebClient(token, base_url=api_url), signing_secret=secret)

    @app.command("/billing")
    async def billing(ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any]) -> None:
        await ack()
        blocks = await asyncio.to_thread(card, engine, body["team_id"], body["user_id"])
        await respond(text="Purchases and invoices", blocks=blocks)

    return app


def main() -> None:
    """Serves it on the database of DATABASE_URL."""
    url = make_url(os.environ["DATABASE_URL"])
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url, pool_size=20)
    Base.prepare(engine)
    app = make_app(
        engine,
        os.environ["SLACK_SIGNING_SECRET"],
        os.environ["SLACK_BOT_TOKEN"],
        os.environ["SLACK_API_URL"],
    )
    uvicorn.run(
        AsyncSlackRequestHandler(app),
        host=os.environ["HOST"],
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
