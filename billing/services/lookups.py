"""What an operator looks up, in whatever workspace: invoices, members, cards, properties, what is sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from billing.invoicing.credit_notes import credit_notes_of
from billing.models import GatewayEventRow, Invoice, Property, Workspace
from billing.queries.catalogue import add_ons, plans
from billing.queries.invoices import invoice_listed, invoices_named, invoices_of_workspace
from billing.queries.members import members_of
from billing.queries.payment_methods import saved_cards
from billing.queries.prices import all_on_sale
from billing.queries.properties import properties_of
from billing.rendering import file_of
from billing.values.money import Money
from billing.values.refusals import NotFound
from billing.values.snapshots import CreditNoteSnapshot, InvoiceFile, InvoiceState
from billing.work import Billing, Work


@dataclass(frozen=True, slots=True)
class InvoiceRecord:
    """An issued invoice, how it stands, and how much its credit notes give back."""

    workspace_id: str
    property_id: str
    invoice_id: str
    number: str
    issued_on: date
    property_name: str
    buyer: str
    what: str
    total: str
    credited: str
    state: str


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """Somebody's role in a property; `away_since` where they left the workspace or are a guest in it now."""

    user_id: str
    name: str
    role: str
    away_since: datetime | None


@dataclass(frozen=True, slots=True)
class CardRecord:
    """A saved card, as far as anybody may see it."""

    card_id: str
    brand: str
    last_four: str
    expires: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class PropertyRecord:
    """A property of a workspace; what was deleted keeps its invoices."""

    property_id: str
    name: str
    currency: str
    country: str
    time_zone: str
    billing_channel: str | None
    created_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A price for which a plan is sold now."""

    add_on_id: str
    add_on: str
    plan_id: str
    plan: str
    interval: str
    amount: str
    trial_days: int


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A webhook that was stored; `processed_at` is when the gateway was asked after it, or an operator dropped it."""

    event_id: str
    kind: str
    object_id: str
    received_at: datetime
    processed_at: datetime | None


def invoices(
    billing: Billing, workspace_id: str, property_id: str | None = None, limit: int = 20
) -> tuple[InvoiceRecord, ...]:
    """The newest of the workspace, or of one of its properties. Raises NotFound."""
    with billing.read("invoices.list") as work:
        _workspace(work, workspace_id)
        if property_id:
            _property(work, workspace_id, property_id)
        which = {"workspace_id": workspace_id, "property_id": property_id, "size": limit}
        rows = work.session.execute(invoices_of_workspace(), which).all()
        notes = credit_notes_of(work.session, [one for one, _ in rows])
        return tuple(_invoice(one, state, notes.get(one.id, ())) for one, state in rows)


def invoice(billing: Billing, name: str) -> InvoiceRecord:
    """By its number or id. Raises NotFound."""
    with billing.read("invoices.show") as work:
        found = invoice_named(work, name)
        which = {"workspace_id": found.workspace_id, "invoice_id": found.id}
        listed, state = work.session.execute(invoice_listed(), which).one()
        return _invoice(listed, state, credit_notes_of(work.session, [listed]).get(listed.id, ()))


def invoice_file(billing: Billing, name: str, language: str) -> InvoiceFile:
    """Its PDF in that language, as its buyer gets it. Raises NotFound."""
    with billing.read("invoices.pdf") as work:
        found = invoice_named(work, name)
    return file_of(billing, found, language)


def invoice_named(work: Work, name: str) -> Invoice:
    """The invoice of that number or id; where two have the number, only the id will do. Raises NotFound."""
    found = work.session.scalars(invoices_named(), {"name": name}).all()
    if len(found) != 1:
        raise NotFound("invoice")
    return found[0]


def members(billing: Billing, workspace_id: str, property_id: str) -> tuple[MemberRecord, ...]:
    """Owners first. Raises NotFound."""
    with billing.read("members.list") as work:
        rows = work.session.execute(members_of(), _property(work, workspace_id, property_id).key)
        return tuple(MemberRecord(user_id, name, str(role), away) for user_id, name, role, away in rows)


def cards(billing: Billing, workspace_id: str, property_id: str) -> tuple[CardRecord, ...]:
    """Those that were not removed, newest first. Raises NotFound."""
    with billing.read("cards.list") as work:
        found = work.session.scalars(saved_cards(), _property(work, workspace_id, property_id).key)
        return tuple(
            CardRecord(
                card.id,
                card.brand,
                card.last_four,
                f"{card.expiry_year}-{card.expiry_month:02}",
                card.added_by,
                card.added_at,
            )
            for card in found
        )


def properties(billing: Billing, workspace_id: str) -> tuple[PropertyRecord, ...]:
    """All that the workspace ever had, by name. Raises NotFound."""
    with billing.read("properties.list") as work:
        _workspace(work, workspace_id)
        found = work.session.scalars(properties_of(), {"workspace_id": workspace_id})
        return tuple(
            PropertyRecord(
                prop.id,
                prop.name,
                prop.currency,
                prop.country,
                prop.time_zone,
                prop.billing_channel,
                prop.created_at,
                prop.deleted_at,
            )
            for prop in found
        )


def offers(billing: Billing) -> tuple[Offer, ...]:
    """What is sold now: by add-on, its plans from small to large, then by interval and currency."""
    with billing.read("catalogue.show") as work:
        names = {one.id: one.name for one in work.session.scalars(add_ons())}
        by_key = {(one.add_on_id, one.id): one for one in work.session.scalars(plans())}
        sold = [
            (by_key[price.add_on_id, price.plan_id], price) for price in work.session.scalars(all_on_sale())
        ]
        sold.sort(key=lambda one: (one[0].add_on_id, one[0].rank, one[1].interval, one[1].currency))
        return tuple(
            Offer(
                plan.add_on_id,
                names[plan.add_on_id],
                plan.id,
                plan.name,
                str(price.interval),
                written(price.amount),
                price.trial_days,
            )
            for plan, price in sold
        )


def event(billing: Billing, event_id: str) -> EventRecord:
    """Of the gateway of the settings. Raises NotFound."""
    with billing.read("events.show") as work:
        found = work.session.get(GatewayEventRow, (billing.gateway.name, event_id))
        if found is None:
            raise NotFound("event")
        return EventRecord(found.event_id, found.kind, found.object_id, found.received_at, found.processed_at)


def _workspace(work: Work, workspace_id: str) -> None:
    if work.session.get(Workspace, workspace_id) is None:
        raise NotFound("workspace")


def _property(work: Work, workspace_id: str, property_id: str) -> Property:
    found = work.session.get(Property, (workspace_id, property_id))
    if found is None:
        raise NotFound("property")
    return found


def _invoice(found: Invoice, state: str, notes: Sequence[CreditNoteSnapshot]) -> InvoiceRecord:
    document = found.read_document()
    shown = found.snapshot(tuple(notes), InvoiceState(state))
    return InvoiceRecord(
        workspace_id=found.workspace_id,
        property_id=found.property_id,
        invoice_id=found.id,
        number=found.number,
        issued_on=shown.issued_on,
        property_name=document.property_name,
        buyer=document.buyer.name,
        what=f"{shown.add_on} {shown.plan}",
        total=written(shown.total),
        credited=written(shown.credited),
        state=str(shown.state),
    )


def written(amount: Money) -> str:
    """As an operator reads an amount: 12.50 EUR."""
    return f"{amount.decimal} {amount.currency}"
