"""What the seller's own product asks for: rows of all workspaces, page by page in the order of their keys."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from sqlalchemy import BindParameter, ColumnElement, Label, Select, bindparam, select, tuple_
from sqlalchemy.orm import defer

from billing.models import (
    CreditNote,
    EInvoice,
    EuroTax,
    Fact,
    Invoice,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Plan,
    Price,
    Property,
    Subscription,
    VatNumber,
    Workspace,
)
from billing.models.subscriptions import LIVING, Status
from billing.queries.payment_attempts import Backup, is_last_said
from billing.values.facts import FactType

S = Subscription
Document = Literal["invoice", "credit note"]
Noun = Literal["subscription", Document, "payment", "customer"]
MODELS: dict[Noun, Any] = {
    "subscription": S,
    "invoice": Invoice,
    "credit note": CreditNote,
    "payment": Payment,
    "customer": Property,
}
# What of a subscription, its price and its plan `entitlement` names.
ENTITLED = (
    S.id,
    S.workspace_id.label("workspace"),
    S.property_id.label("property"),
    Price.add_on_id.label("add_on"),
    Price.plan_id.label("plan"),
    S.quantity,
    S.status,
    S.cancelled_at,
    S.period_end_at,
    S.ended_at,
    S.version,
    Plan.quota,
)
# What was never bought is nobody's plan.
BOUGHT = S.status.not_in([Status.INCOMPLETE, Status.ABANDONED])


@cache
def entitled() -> Select[*tuple[Any, ...]]:
    """What is or was bought for `property_id`, each with its plan and quota; a row of nothing where nothing was.

    Columns, not entities: making those takes longer than the statement.
    """
    return (
        select(*ENTITLED)
        .select_from(Property)
        .outerjoin(S, (S.workspace_id == Property.workspace_id) & (S.property_id == Property.id) & BOUGHT)
        .outerjoin(Price, Price.id == S.price_id)
        .outerjoin(Price.plan)
        .where(
            Property.workspace_id == bindparam("workspace_id"),
            Property.id == bindparam("property_id"),
            Property.deleted_at.is_(None),
        )
        .order_by(S.add_on_id, S.id)
    )


BEHIND = tuple_(S.workspace_id, S.id) > tuple_(bindparam("after_workspace"), bindparam("after_id"))


@cache
def last_of_living() -> Select[str, str]:
    """The key of the plan that lives behind `skipped` others that do, behind the key `after_...`."""
    return (
        select(S.workspace_id.label("last_workspace"), S.id.label("last_id"))
        .where(S.status.in_(LIVING), BEHIND)
        .order_by(S.workspace_id, S.id)
        .offset(bindparam("skipped"))
        .limit(1)
    )


@cache
def told_other_quota(*, to_last: bool) -> Select[*tuple[Any, ...]]:
    """The plans that live, behind the key `after_...` to `last_...`, and of which another quota was told last.

    Locked, in their order.
    """
    told = (
        select(Fact.state["quota"].as_integer())
        .where(
            Fact.workspace_id == S.workspace_id,
            Fact.subject_id == S.id,
            Fact.type == FactType.ENTITLEMENTS_CHANGED,
        )
        .order_by(Fact.number.desc())
        .limit(1)
        .correlate(S)
        .scalar_subquery()
    )
    found = (
        select(*ENTITLED)
        .join(Price, Price.id == S.price_id)
        .join(Price.plan)
        .where(S.status.in_(LIVING), BEHIND, told.is_distinct_from(Plan.quota))
        .order_by(S.workspace_id, S.id)
        .with_for_update(of=S)
    )
    last = tuple_(bindparam("last_workspace"), bindparam("last_id"))
    return found.where(tuple_(S.workspace_id, S.id) <= last) if to_last else found


@cache
def listed(noun: Noun, *, of_workspace: bool, of_property: bool, after: bool) -> Select[*tuple[Any, ...]]:
    """The first `size` rows, behind the key of the cursor where there is one, of that workspace and property.

    A property has what its subscriptions of today have: a transfer takes the history along.
    """
    model = MODELS[noun]
    which: list[ColumnElement[bool]] = []
    if of_workspace:
        which.append(model.workspace_id == bindparam("workspace_id"))
    if of_property:
        which.append(_of_property(noun))
    if after:
        behind = tuple_(bindparam("after_workspace"), bindparam("after_id"))
        which.append(tuple_(model.workspace_id, model.id) > behind)
    return _rows(noun).where(*which).order_by(model.workspace_id, model.id).limit(bindparam("size"))


@cache
def one(noun: Noun) -> Select[*tuple[Any, ...]]:
    """The row `id`, found by its key in each workspace."""
    model = MODELS[noun]
    return _rows(noun).where(model.workspace_id.in_(select(Workspace.id)), model.id == bindparam("id"))


def _of_property(noun: Noun) -> ColumnElement[bool]:
    model = MODELS[noun]
    wanted: BindParameter[str] = bindparam("property_id")
    if noun == "customer":
        return Property.id == wanted
    if noun == "subscription":
        return S.property_id == wanted
    theirs = select(S.workspace_id, S.id).where(S.property_id == wanted)
    return tuple_(model.workspace_id, model.subscription_id).in_(theirs)


def _rows(noun: Noun) -> Select[*tuple[Any, ...]]:
    if noun == "subscription":
        return select(S, Price).join(Price, Price.id == S.price_id).where(BOUGHT)
    if noun == "invoice":
        paid = (Payment.workspace_id == Invoice.workspace_id) & (Payment.invoice_id == Invoice.id)
        found = select(Invoice, Payment.state, _e_invoice(Invoice), EuroTax).outerjoin(Payment, paid)
        return found.outerjoin(EuroTax, _in_euro(Invoice)).options(defer(Invoice.document))
    if noun == "credit note":
        found = select(CreditNote, CreditNote.invoice_id, _e_invoice(CreditNote), EuroTax)
        return found.outerjoin(EuroTax, _in_euro(CreditNote)).options(defer(CreditNote.document))
    if noun == "payment":
        found = select(Payment, PaymentAttempt, PaymentMethod, Backup)
        found = found.outerjoin(Payment.attempts.and_(is_last_said()))
        of_it = (S.workspace_id == Payment.workspace_id) & (S.id == Payment.subscription_id)
        found = found.join(S, of_it).outerjoin(S.payment_method)
        return found.outerjoin(S.backup_method.of_type(Backup))
    number = Property.company["vat_number"].as_string()
    known = (VatNumber.workspace_id == Property.workspace_id) & (VatNumber.number == number)
    return select(Property, VatNumber).outerjoin(VatNumber, known)


def _in_euro(of: type[Invoice | CreditNote]) -> ColumnElement[bool]:
    return (EuroTax.workspace_id == of.workspace_id) & (EuroTax.document_id == of.id)


def _e_invoice(of: type[Invoice | CreditNote]) -> Label[Any]:
    """Where the newest edition of the document's e-invoice is; nothing where it has none."""
    return (
        select(EInvoice.state)
        .where(EInvoice.workspace_id == of.workspace_id, EInvoice.document_id == of.id)
        .order_by(EInvoice.edition.desc())
        .limit(1)
        .scalar_subquery()
        .label("e_invoice")
    )
