"""Plain renewals by the thousand: facts read as rows, documents by the rules of all, rows written at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from billing.facts import Found, write_facts
from billing.invoicing.drafts import Draft, Drafter
from billing.invoicing.euro_taxes import rows_of
from billing.invoicing.issuing import Issued, Owner
from billing.invoicing.parties import Party, buyer_of
from billing.models import (
    AuditEntry,
    EInvoice,
    EuroTax,
    Invoice,
    InvoiceLine,
    Payment,
    Posting,
    Price,
    Subscription,
)
from billing.models.audit import audit_row
from billing.models.base import new_ids
from billing.models.payments import PaymentKind, PaymentState, card_shown
from billing.models.resources import Resource, invoice_resource, subscription_resource
from billing.payments.opening import payment_row, renewal_payment_id
from billing.queries import in_sql
from billing.queries.renewals import KEY, TO_RENEW, Batch, facts_of_due, prices_of_due
from billing.renewals.batches import Worked, in_batches
from billing.values.actors import Actor
from billing.values.cycles import Anchor, Period, moment_text
from billing.values.errors import Refusal
from billing.values.facts import FactType
from billing.values.shares import Shares
from billing.values.texts import name_on_documents
from billing.work import Billing, Work

RENEWALS = 1_000


@dataclass(frozen=True, slots=True)
class Renewing:
    """A subscription whose next cycle begins, as far as that needs it."""

    owner: Owner
    billing_admin_id: str
    payment_method_id: str | None
    zone: str
    period: Period
    draft: Draft
    renewed: Resource


def renew(billing: Billing, size: int = RENEWALS) -> int:
    """Begins the next cycle of plain subscriptions that are due, `size` at a time; answers how many."""
    return in_batches(billing, "subscriptions.renew", TO_RENEW, size, _renew)


def _renew(work: Work, batch: Batch) -> Worked:
    """Locks first and reads then: what was planned or paid a moment before the lock is seen."""
    session = work.session
    keys = [tuple(key) for key in session.execute(batch.of(*KEY).with_for_update(skip_locked=True))]
    if not keys:
        return Worked(0, None)
    due, held = batch.up_to(keys[-1]), {key[1:] for key in keys}
    drafter = work.drafter
    prices = {price.id: price for price in session.scalars(prices_of_due(due))}
    renewing = [
        one
        for row in session.execute(facts_of_due(due))
        if (row.workspace_id, row.id) in held
        and (one := _drafted(row, prices[row.price_id], drafter, work.now))
        and work.limits(one.draft.document.currency).chargeable(one.draft.document.total.minor)
        == one.draft.document.total.minor
    ]
    if not renewing:
        return Worked(0, keys[-1])
    issued = work.issuer.freeze(session, [(one.owner, one.draft) for one in renewing], work.now)
    in_sql.insert_many(session, Invoice, [each.invoice for each in issued])
    in_sql.insert_many(session, InvoiceLine, [line for each in issued for line in each.lines])
    in_sql.insert_many(session, Posting, [posting for each in issued for posting in each.postings])
    documents = [(each.invoice, each.draft.document) for each in issued]
    in_sql.insert_many(session, EuroTax, rows_of(documents))
    in_sql.insert_many(session, EInvoice, work.issuer.e_invoices(session, documents))
    payments = zip(renewing, issued, strict=True)
    in_sql.insert_many(session, Payment, [_payment(*each, work.now) for each in payments])
    entries = zip(renewing, new_ids("aud", len(renewing)), strict=True)
    in_sql.insert_many(session, AuditEntry, [_entry(*each, work.now) for each in entries])
    in_sql.update_many(session, Subscription, [_entered(one) for one in renewing])
    write_facts(session, list(_facts(renewing, issued)), work.now)
    return Worked(len(renewing), keys[-1])


def _drafted(row: Row[Any], price: Price, drafter: Drafter, now: datetime) -> Renewing | None:
    """None where not just one period is due, or its draft is refused: these are cases for the other way."""
    anchor = Anchor(row.anchor_local, row.anchor_zone, row.anchor_interval, row.anchor_count)
    period = anchor.period(row.period_index + 1)
    if not period.start_at <= now < period.end_at:
        return None
    admin = name_on_documents(row.admin_name, row.admin_email, row.billing_admin_id)
    party = Party(
        row.property_name,
        row.time_zone,
        row.days_zone,
        buyer_of(row.address, row.company, admin, row.country),
        card_shown(row.brand, row.last_four) if row.payment_method_id else "",
    )
    try:
        draft = drafter.cycle_for(party, price, row.quantity, period)
        draft.refuse_if_incomplete()
    except Refusal:
        return None
    owner = Owner(row.workspace_id, row.property_id, row.id)
    return Renewing(
        owner,
        row.billing_admin_id,
        row.payment_method_id,
        row.time_zone,
        period,
        draft,
        _renewed(row, price, period),
    )


def _renewed(row: Row[Any], price: Price, period: Period) -> Resource:
    """What is shown of it from then on."""
    entered = {
        "period_start_at": period.start_at,
        "period_end_at": period.end_at,
        "version": row.version + 1,
    }
    return subscription_resource({**row._mapping, **entered}, price)


def _facts(renewing: Sequence[Renewing], issued: Sequence[Issued]) -> Iterator[Found]:
    yield from (
        (FactType.INVOICE_ISSUED, invoice_resource(each.invoice, PaymentState.OPEN)) for each in issued
    )
    yield from ((FactType.SUBSCRIPTION_RENEWED, one.renewed) for one in renewing)


def _payment(one: Renewing, issued: Issued, now: datetime) -> dict[str, Any]:
    invoice_id = issued.invoice["id"]
    return payment_row(
        one.owner,
        PaymentKind.RENEWAL,
        issued.draft,
        shares=Shares.of(issued.draft.document),
        key=invoice_id,  # as much its own as a digest of it, and half as long
        payment_method_id=one.payment_method_id,
        requested_by=one.billing_admin_id,
        at=now,
        invoice_id=invoice_id,
        id_=renewal_payment_id(one.owner.workspace_id, one.owner.subscription_id, one.period),
    )


def _entry(one: Renewing, id_: str, now: datetime) -> dict[str, Any]:
    owner, after = one.owner, {"period_end_at": moment_text(one.period.end_at)}
    schedule = Actor(owner.workspace_id, "", "schedule")
    return audit_row(
        schedule, owner.property_id, now, "subscription.renew", owner.subscription_id, after=after, id_=id_
    )


def _entered(one: Renewing) -> dict[str, Any]:
    """What entering the period changes of the subscription's row."""
    return {
        "workspace_id": one.owner.workspace_id,
        "id": one.owner.subscription_id,
        "period_index": one.period.index,
        "period_start_at": one.period.start_at,
        "period_end_at": one.period.end_at,
        "due_at": one.period.end_at,
        "days_zone": one.zone,
    }
