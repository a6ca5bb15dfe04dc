"""What a property has bought, and the page "Purchases and invoices" that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from billing.kept import Bought, LookedAt
from billing.models.open_payments import Cards
from billing.models.states import OWING
from billing.payments.collection import snapshot
from billing.queries.invoices import newest_invoices
from billing.queries.payments import unpaid
from billing.services.budgets import budget_of
from billing.services.einvoices import with_states
from billing.values.snapshots import InvoiceSnapshot, InvoiceState, PaymentSnapshot, PurchasesPage
from billing.work import Work


def page_of(found: LookedAt, bought: Bought, now: datetime) -> PurchasesPage:
    """The page of what that reader looks at."""
    return PurchasesPage(
        property=found.property,
        choices=found.choices,
        running=bought.running,
        ended=bought.ended,
        invoices=bought.invoices,
        unpaid=bought.unpaid,
        credit=bought.credit,
        now=now,
        address=found.address,
        company=found.company,
        budget=bought.budget,
    )


def bought_of(work: Work, workspace_id: str, found: LookedAt) -> Bought:
    """What the property that is looked at has bought, as it is now."""
    subscriptions, credit = work.bought_with_credit(workspace_id, found.property.id, found.currency)
    of_it = {"workspace_id": workspace_id, "property_id": found.property.id}
    return Bought(
        running=tuple(one for one in subscriptions if one.ended_at is None),
        ended=tuple(one for one in subscriptions if one.ended_at is not None),
        invoices=_newest_invoices(work, of_it),
        unpaid=_unpaid(work, of_it) if any(one.status in OWING for one in subscriptions) else {},
        credit=credit,
        budget=budget_of(work, of_it, found.property.time_zone) if found.has_budget else None,
    )


def _unpaid(work: Work, of_it: Mapping[str, str]) -> dict[str, PaymentSnapshot]:
    """The oldest unpaid renewal of each subscription that owes one."""
    rows = work.session.execute(unpaid(), of_it)
    return {
        payment.subscription_id: snapshot(work.session, payment, attempt, Cards(*cards), work.retry_days)
        for payment, attempt, *cards in rows
    }


def _newest_invoices(work: Work, of_it: Mapping[str, str]) -> dict[str, tuple[InvoiceSnapshot, ...]]:
    """The newest few invoices of each subscription, with their credit notes."""
    newest: dict[str, tuple[InvoiceSnapshot, ...]] = {}
    rows = work.session.execute(newest_invoices(), of_it)
    for (invoice, state), same in groupby(rows, key=itemgetter(0, 1)):
        notes = tuple(note.snapshot() for _, _, note in same if note is not None)
        shown = invoice.snapshot(notes, InvoiceState(state))
        newest[invoice.subscription_id] = (*newest.get(invoice.subscription_id, ()), shown)
    sent = with_states(work, of_it["workspace_id"], [one for shown in newest.values() for one in shown])
    return {id_: tuple(one for one in sent if one.subscription_id == id_) for id_ in newest}
