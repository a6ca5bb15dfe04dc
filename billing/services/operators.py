"""What people of the seller's do in Slack for a customer, in whatever workspace.

Each takes the desk that is kept to no workspace, and the operator, whom the bot has let in. Whatever is done is done
by the services that everybody uses, and stands in the customer's audit log with the operator's id.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from billing.kept import LookedAt
from billing.models import Invoice, Payment, Property, Workspace
from billing.queries.operators import customers_found, customers_invoiced, trials_found
from billing.queries.payments import id_for_invoice, payments_with_id
from billing.services import credit_notes, payments, refunds, trials
from billing.services.bought import bought_of, page_of
from billing.services.credit_notes import Wanted
from billing.services.lookups import invoice_named
from billing.values.actors import VIA_OPERATOR, Actor, Role
from billing.values.approvals import ApprovalLimits
from billing.values.money import read_amount
from billing.values.refusals import ChangedMeanwhile, NotFound
from billing.values.snapshots import (
    MOST_FOUND,
    CreditNoteSnapshot,
    CreditPreview,
    Customer,
    CustomerPage,
    PaymentSnapshot,
    PurchasesPage,
    RefundPreview,
    RefundSnapshot,
    RetryPreview,
    SubscriptionSnapshot,
    TrialFound,
)
from billing.work import Billing, Work


def find(billing: Billing, _: Actor, words: str) -> tuple[Customer, ...]:
    """At most `MOST_FOUND` and one more: by the number or id of an invoice, or by a property or workspace.

    Nobody is found by a person's name or address.
    """
    with billing.read("operator.find") as work:
        named = {"words": words, "size": MOST_FOUND + 1}
        invoiced = work.session.execute(customers_invoiced(), named).all()
        if invoiced:
            return tuple(customer_of(prop, workspace, invoice) for prop, workspace, invoice in invoiced)
        rows = work.session.execute(customers_found(), named | {"pattern": _pattern(words)})
        return tuple(customer_of(prop, workspace) for prop, workspace in rows)


def look(billing: Billing, operator: Actor, workspace_id: str, property_id: str) -> CustomerPage:
    """The page of the property as its admins see it; that it was looked at stands in its audit log.

    Raises NotFound.
    """
    with billing.work("operator.look") as work:
        prop = work.session.get(Property, (workspace_id, property_id))
        if prop is None:
            raise NotFound("property")
        work.actor, work.property_id = at_customer(operator, workspace_id), prop.id
        work.record("operator.look", prop.id)
        workspace = work.session.get_one(Workspace, workspace_id)
        return CustomerPage(customer_of(prop, workspace.name), _page(work, prop))


def invoice(billing: Billing, _: Actor, name: str) -> Customer:
    """Whose invoice of that number or id it is. Raises NotFound, also where two have that number."""
    with billing.read("operator.find") as work:
        return _customer(work, invoice_named(work, name))


def paid(billing: Billing, _: Actor, name: str) -> Customer:
    """The same of what can be refunded, which a payment's id may name, too: what came late has no invoice.

    Raises NotFound.
    """
    with billing.read("operator.find") as work:
        payment = work.session.scalars(payments_with_id(), {"payment_id": name}).one_or_none()
        if payment is None:
            return _customer(work, invoice_named(work, name))
        return _customer(work, payment.invoice or payment)


def preview_credit(billing: Billing, operator: Actor, of: Customer, wanted: Wanted) -> CreditPreview:
    """Raises what `credit` raises, and NotAnAmount."""
    _amount(billing, of, wanted.amount)
    return credit_notes.preview(billing, of.invoice_id, wanted, by=at_customer(operator, of.workspace_id))


def credit(
    billing: Billing,
    operator: Actor,
    of: Customer,
    wanted: Wanted,
    seen: CreditPreview,
    *,
    alone: ApprovalLimits,
    key: str,
) -> CreditNoteSnapshot:
    """Corrects the invoice, once under that key, by what an operator may do `alone`.

    Raises what `credit_notes.issue` raises; ChangedMeanwhile also where another operator is needed by now.
    """
    if alone.needs_another(seen.in_all):
        raise ChangedMeanwhile
    by = at_customer(operator, of.workspace_id)
    return credit_notes.issue(billing, of.invoice_id, wanted, by=by, key=key, seen=seen)


def preview_refund(billing: Billing, operator: Actor, of: Customer, amount: str) -> RefundPreview:
    """All that can be given back, or that amount. Raises NotFound, NothingToRefund, NotAnAmount."""
    by = at_customer(operator, of.workspace_id)
    return refunds.preview(billing, by, of.paid(), _amount(billing, of, amount))


def refund(
    billing: Billing, operator: Actor, of: Customer, seen: RefundPreview, *, alone: ApprovalLimits, key: str
) -> RefundSnapshot:
    """Gives back what was shown, once under that key. Raises what `refunds.refund` raises, and as `credit` does."""
    if alone.needs_another(seen.in_all):
        raise ChangedMeanwhile
    by, amount = at_customer(operator, of.workspace_id), seen.amount.decimal
    return refunds.refund(billing, by, of.paid(), key=f"{by.user_id} {key}", amount=amount, seen=seen)


def preview_retry(billing: Billing, operator: Actor, of: Customer) -> RetryPreview:
    """The invoice's payment, where it can be tried now. Raises NotFound, NothingToPay, PaymentInProgress."""
    with billing.read("payment.pay_now") as work:
        of_it = {"workspace_id": of.workspace_id, "invoice_id": of.invoice_id}
        payment_id = work.session.scalars(id_for_invoice(), of_it).one()
        amount = work.session.get_one(Payment, (of.workspace_id, payment_id)).amount
    plan = payments.payable(billing, at_customer(operator, of.workspace_id), payment_id)
    return RetryPreview(payment_id, amount, plan)


def retry(billing: Billing, operator: Actor, of: Customer, payment_id: str) -> PaymentSnapshot:
    """Tries it now. Raises what `payments.pay_now` raises."""
    return payments.pay_now(billing, at_customer(operator, of.workspace_id), payment_id)


def find_trials(billing: Billing, _: Actor, words: str) -> tuple[TrialFound, ...]:
    """Those of the customers that fit the words, of all without any: at most `MOST_FOUND` and one more."""
    with billing.read("operator.find") as work:
        named = {"words": words, "pattern": _pattern(words), "size": MOST_FOUND + 1}
        return tuple(
            TrialFound(
                customer_of(prop, workspace),
                trial.id,
                trial.price.plan.add_on.name,
                trial.price.plan.name,
                trial.period_end_at,
                prop.time_zone,
            )
            for trial, prop, workspace in work.session.execute(trials_found(), named)
        )


def preview_trial(
    billing: Billing, operator: Actor, workspace_id: str, subscription_id: str, days: int
) -> tuple[SubscriptionSnapshot, datetime]:
    """With so many days more, and when it ends as it is. Raises what `trials.extend` raises."""
    return trials.preview(billing, at_customer(operator, workspace_id), subscription_id, days)


def extend_trial(
    billing: Billing,
    operator: Actor,
    workspace_id: str,
    subscription_id: str,
    days: int,
    *,
    seen_end: datetime,
) -> SubscriptionSnapshot:
    """Puts the end that was shown off. Raises what `trials.extend` raises."""
    by = at_customer(operator, workspace_id)
    return trials.extend(billing, by, subscription_id, days, seen_end=seen_end)


def _amount(billing: Billing, of: Customer, written: str) -> Decimal | None:
    """In major units, None where nothing was written. Raises NotAnAmount."""
    if not written:
        return None
    with billing.read("operator.find") as work:
        if of.payment_id:
            currency = work.session.get_one(Payment, (of.workspace_id, of.payment_id)).currency
        else:
            currency = invoice_named(work, of.invoice_id).currency
        return read_amount(written, currency).decimal


def at_customer(operator: Actor, workspace_id: str) -> Actor:
    """The operator at the desk of that customer's workspace."""
    return Actor(workspace_id, operator.user_id, VIA_OPERATOR)


def _page(work: Work, prop: Property) -> PurchasesPage:
    shown = prop.snapshot(Role.ADMIN)
    found = LookedAt(
        shown, prop.currency, prop.address, prop.company, choices=(shown,), has_budget=prop.has_budget
    )
    return page_of(found, bought_of(work, prop.workspace_id, found), work.now)


def _customer(work: Work, found: Invoice | Payment) -> Customer:
    prop = work.session.get_one(Property, (found.workspace_id, found.property_id))
    workspace = work.session.get_one(Workspace, found.workspace_id).name
    if isinstance(found, Invoice):
        return customer_of(prop, workspace, found)
    return replace(customer_of(prop, workspace), payment_id=found.id)


def customer_of(prop: Property, workspace: str, invoice: Invoice | None = None) -> Customer:
    """The property in the workspace of that name, as it was found: by that invoice, if by one."""
    return Customer(
        prop.workspace_id,
        workspace,
        prop.id,
        prop.name,
        prop.deleted_at is not None,
        invoice.id if invoice else "",
        invoice.number if invoice else "",
    )


def _pattern(words: str) -> str:
    """What holds the words, whatever stands around them."""
    escaped = words.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return f"%{escaped}%"
