"""Plain renewals by the thousand: facts read as rows, documents by the rules of all, rows written at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from billing.invoicing.drafts import Draft, Drafter
from billing.invoicing.euro_taxes import rows_of
from billing.invoicing.issuing import Issued, Owner
from billing.invoicing.parties import Party, buyer_of
from billing.invoicing.spending import note_spending
from billing.models import EInvoice, EuroTax, Invoice, Price
from billing.models.payments import card_shown
from billing.payments.opening import renewal_payment_id
from billing.queries import in_sql
from billing.queries.renewals import KEY, TO_RENEW, Batch, Due, facts_of_due, prices_of_due
from billing.renewals.batches import Worked, in_batches
from billing.renewals.rows import write_beside
from billing.values.cycles import Anchor, Period
from billing.values.errors import Refusal
from billing.values.texts import name_on_documents
from billing.work import Billing, Work

RENEWALS = 1_000


@dataclass(frozen=True, slots=True)
class Renewing:
    """The row of a subscription whose next cycle begins, as far as that needs it, and what it will pay for it."""

    row: Due
    price: Price
    period: Period
    draft: Draft


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
    drafter, limits = work.drafter, cache(work.limits)
    prices = {price.id: price for price in session.scalars(prices_of_due(due))}
    renewing = [
        one
        # Past the ORM, which would make rows of its own of them.
        for row in map(Due._make, session.connection().execute(facts_of_due(due)))
        if (row.workspace_id, row.id) in held
        and (one := _drafted(row, prices[row.price_id], drafter, work.now))
        and limits(one.draft.document.currency).chargeable(total := one.draft.document.total.minor) == total
    ]
    if not renewing:
        return Worked(0, keys[-1])
    drafts = [(_owner_of(one.row), one.draft) for one in renewing]
    issued = work.issuer.freeze(session, drafts, work.now)
    invoices = [each.invoice | {"document": each.text} for each in issued]
    in_sql.insert_many(session, Invoice, invoices, written=("document",))
    documents = [(each.invoice, each.draft.document) for each in issued]
    in_sql.insert_many(session, EuroTax, rows_of(documents))
    in_sql.insert_many(session, EInvoice, work.issuer.e_invoices(session, documents))
    first = issued[0].invoice
    rows = [_decided(place, *each) for place, each in enumerate(zip(renewing, issued, strict=True))]
    write_beside(session, rows, work.now, first["issued_at"], first["issued_on"])
    budgeted = [(one.row.workspace_id, one.row.property_id) for one in renewing if one.row.has_budget]
    note_spending(session, budgeted, work.now)
    return Worked(len(renewing), keys[-1])


def _drafted(row: Due, price: Price, drafter: Drafter, now: datetime) -> Renewing | None:
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
    return Renewing(row, price, period, draft)


def _owner_of(row: Due) -> Owner:
    return Owner(row.workspace_id, row.property_id, row.id)


def _decided(place: int, one: Renewing, issued: Issued) -> tuple[Any, ...]:
    """In the columns of `RENEWING`."""
    row, price, period, document = one.row, one.price, one.period, issued.draft.document
    (line,), (group,) = document.lines, document.taxes
    return (
        place,
        row.workspace_id,
        row.id,
        row.property_id,
        row.quantity,
        row.version,
        row.billing_admin_id,
        row.payment_method_id,
        price.add_on_id,
        price.plan_id,
        str(price.interval),
        price.minor,
        period.index,
        period.start_at,
        period.end_at,
        row.time_zone,
        line.first_day,
        line.last_day,
        document.currency,
        group.net_minor,
        group.tax_minor,
        issued.invoice["id"],
        issued.invoice["number"],
        renewal_payment_id(row.workspace_id, row.id, period),
    )
