"""Facts: what happened, for the seller's own product, each with the full state after it. They only grow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, Json, RowNumber, UtcDateTime
from billing.models.payments import PaymentState
from billing.models.resources import SUBSCRIPTION, invoice_resource, plain, renews
from billing.values.facts import FactType

# What is about a subscription in another form than its own.
OF_SUBSCRIPTION = frozenset({FactType.ENTITLEMENTS_CHANGED, FactType.QUOTA_NEARING, FactType.QUOTA_REACHED})


# Each renewal writes these and `subscription.renewed`, so they have a short form: of an invoice how it stands, where
# that is not what the type says, for its row says the rest; of a subscription what is not empty, in the fact's own
# columns, said by others, or in its row for good.
OF_INVOICE = MappingProxyType(
    {
        FactType.INVOICE_ISSUED: PaymentState.OPEN,
        FactType.INVOICE_PAID: PaymentState.PAID,
        FactType.INVOICE_UNCOLLECTIBLE: PaymentState.UNCOLLECTIBLE,
    }
)
IN_COLUMNS = MappingProxyType(
    {"id": "subject_id", "workspace": "workspace_id", "property": "property_id", "version": "version"}
)
HAVE_SHORT_FORM = frozenset({*OF_INVOICE, FactType.SUBSCRIPTION_RENEWED})
SAID_ELSEWHERE = frozenset({*IN_COLUMNS, "purchased_at", "renews"})


class FactText(EnumText[FactType]):
    """A type of facts, whose words are longer than those of a state."""

    impl = String(40)
    cache_ok = True


class Fact(Base):
    """One fact, written in the transaction of the act, whoever listens.

    The number is its place in the feed. `version` is that of its subject, where that has versions; `state` is what
    the API answers for it from then on, or the short form of that (`full_state`), which names no property where
    its invoice does. A fact about an organisation's installation has the organisation's id.
    """

    __tablename__ = "facts"
    __table_args__ = (
        Index(None, "id", unique=True),
        Index(None, "workspace_id", "subject_id", "number"),
    )

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id)
    workspace_id: Mapped[str] = mapped_column(Id)
    property_id: Mapped[str | None] = mapped_column(Id)
    type: Mapped[FactType] = mapped_column(FactText(FactType))
    subject_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[dict[str, Any]] = mapped_column(Json)


def fact_row(
    type_: FactType, subject: dict[str, Any], at: datetime, id_: str, *, short: bool
) -> dict[str, Any]:
    """The row of a fact, as values of its columns; `subject` is the state that its subject has from now on."""
    return {
        "id": id_,
        "workspace_id": subject["workspace"],
        "property_id": None if short and type_ in OF_INVOICE else subject.get("property"),
        "type": type_,
        "subject_id": subject["subscription"] if type_ in OF_SUBSCRIPTION else subject["id"],
        "version": subject.get("version"),
        "at": at,
        "state": _short(type_, subject) if short else subject,
    }


def full_state(fact: Fact, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """What its subject was from then on, whichever form was written; `subject`: its columns that never change."""
    state = fact.state
    if fact.type in OF_INVOICE and "id" not in state:
        return invoice_resource(subject, PaymentState(state.get("status", OF_INVOICE[fact.type])))
    if fact.type is FactType.SUBSCRIPTION_RENEWED and "id" not in state:
        own = {name: getattr(fact, column) for name, column in IN_COLUMNS.items()}
        full = dict.fromkeys(SUBSCRIPTION) | {"purchased_at": plain(subject["purchased_at"])} | state | own
        return full | {"renews": renews(full)}
    return state


def _short(type_: FactType, subject: dict[str, Any]) -> dict[str, Any]:
    if type_ in OF_INVOICE:
        return {} if subject["status"] == OF_INVOICE[type_] else {"status": subject["status"]}
    if type_ is FactType.SUBSCRIPTION_RENEWED:
        return {
            name: value for name, value in subject.items() if value is not None and name not in SAID_ELSEWHERE
        }
    return subject
