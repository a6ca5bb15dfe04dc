"""What the seller's own product may know: entitlements, and lists of all that it sold, in all workspaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.models.open_payments import Cards, OpenPayment
from billing.models.payments import FAILED
from billing.models.resources import (
    SUBSCRIPTION,
    Resource,
    credit_note_resource,
    entitlement_resource,
    euro_resource,
    invoice_resource,
    payment_resource,
    property_resource,
    subscription_resource,
    vat_resource,
)
from billing.models.subscriptions import LIVING, Status
from billing.queries import listings as queries
from billing.queries.listings import Document as Document
from billing.queries.listings import Noun as Noun
from billing.rendering import Issued, file_of, ubl_of
from billing.values.refusals import NotFound
from billing.values.snapshots import InvoiceFile
from billing.work import Billing, Work


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of that workspace and property where they are named, `size` behind the key `after`."""

    size: int
    workspace: str | None = None
    property: str | None = None
    after: tuple[str, str] | None = None


def entitlements(billing: Billing, workspace: str, property_id: str) -> list[Resource]:
    """What a property is entitled to, by one statement, what has ended too. Raises NotFound."""
    with billing.read("entitlements.look_at") as work:
        named = {"workspace_id": workspace, "property_id": property_id}
        rows = work.session.connection().execute(queries.entitled(), named).mappings().all()
        if not rows:
            raise NotFound("property")
        return [entitlement_resource(_by(work.now, dict(row))) for row in rows if row["id"] is not None]


def _by(now: datetime, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A cancelled plan is over when its date has come, also while whoever ends it is away."""
    is_over = row["cancelled_at"] is not None and row["status"] in LIVING and row["period_end_at"] <= now
    return {**row, "status": Status.ENDED, "ended_at": row["period_end_at"]} if is_over else row


def listed(billing: Billing, noun: Noun, wanted: Wanted) -> list[Resource]:
    """A page of them in the order of their keys, and one more where there is one: the first of the next page."""
    statement = queries.listed(
        noun,
        of_workspace=wanted.workspace is not None,
        of_property=wanted.property is not None,
        after=wanted.after is not None,
    )
    workspace, id_ = wanted.after or (None, None)
    values = {
        "workspace_id": wanted.workspace,
        "property_id": wanted.property,
        "after_workspace": workspace,
        "after_id": id_,
        "size": wanted.size + 1,
    }
    with billing.read(f"{noun}.list") as work:
        return [_shown(work, noun, row) for row in work.session.execute(statement, values)]


def look_at(billing: Billing, noun: Noun, id_: str) -> Resource:
    """One of them. Raises NotFound."""
    with billing.read(f"{noun}.look_at") as work:
        return _shown(work, noun, _one(work, noun, id_))


def file_in(billing: Billing, noun: Document, id_: str, language: str) -> InvoiceFile:
    """The document as a PDF in that language. Raises NotFound."""
    return file_of(billing, _issued(billing, noun, id_), language)


def ubl_in(billing: Billing, noun: Document, id_: str) -> InvoiceFile:
    """The document for Peppol, as it was issued. Raises NotFound, and Unfit where it cannot go there."""
    return ubl_of(billing, _issued(billing, noun, id_))


def _issued(billing: Billing, noun: Document, id_: str) -> Issued:
    with billing.read(f"{noun}.read") as work:
        found = _one(work, noun, id_)[0]
        issued: Issued = work.session.get_one(
            type(found), (found.workspace_id, found.id), populate_existing=True
        )
        issued.read_document()  # while there is a session
    return issued


def _one(work: Work, noun: Noun, id_: str) -> Any:
    row = work.session.execute(queries.one(noun), {"id": id_}).first()
    if row is None:
        raise NotFound(noun)
    return row


def _shown(work: Work, noun: Noun, row: Any) -> Resource:
    subject, beside = row[0], row[1]
    if noun == "subscription":
        columns = {column: getattr(subject, column) for column in SUBSCRIPTION.values()}
        return subscription_resource(columns, beside)
    if noun == "invoice":
        return invoice_resource(vars(subject), beside) | _beside_document(row)
    if noun == "credit note":
        return credit_note_resource(subject) | _beside_document(row)
    if noun == "payment":
        said, still_open = beside, OpenPayment.of(subject, beside)
        last_error = said.reason if said and said.state in FAILED else None
        try_at = still_open.try_at(Cards(row[2], row[3]), work.retry_days) if still_open else None
        return payment_resource(subject, last_error, try_at)
    return property_resource(subject) | {"vat_validation": vat_resource(beside) if beside else None}


def _beside_document(row: Any) -> Resource:
    """What is kept beside a document, and not told with it."""
    return {
        "e_invoice": row.e_invoice,
        "vat_in_euro": euro_resource(row.EuroTax) if row.EuroTax and row.EuroTax.tax_minor else None,
    }
