"""What SdI rejected is sent again, as it is or corrected: the same number and date, in a file of another name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from billing.invoicing.editions import corrected, lock_files, next_edition
from billing.invoicing.euro_taxes import with_euro_taxes
from billing.invoicing.parties import buyer_of
from billing.models import CreditNote, EInvoice, Invoice, Property, Subscription
from billing.models.subscriptions import Status
from billing.queries import einvoices as queries
from billing.services.einvoices import EInvoiceSnapshot, snapshot, without
from billing.values import sdi
from billing.values.actors import Actor
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import local_date
from billing.values.documents import Buyer, InvoiceDocument
from billing.values.errors import TaxCaseUnknown, Unfit
from billing.values.fatturapa import refuse_unless_sendable
from billing.values.refusals import NotFound
from billing.values.sdi import EInvoiceState
from billing.values.tax import TaxTable, Treatment
from billing.work import Billing

OF_COMPANY = ("vat_number", "codice_fiscale", "sdi_code", "pec")
OF_ADDRESS = ("name", "street", "postal_code", "city", "region")
CORRECTABLE = (*OF_COMPANY, *OF_ADDRESS)


def retry(billing: Billing, number: str) -> EInvoiceSnapshot:
    """Another edition of a document that SdI rejected, as it was. Raises NotFound, Unfit, NotSendable.

    One that was made so already, and not handed out since, is that one: its file is still to be had.
    """
    return _again(billing, number, {})


def correct(billing: Billing, number: str, changes: Mapping[str, str]) -> EInvoiceSnapshot:
    """The same with particulars of the buyer corrected, each of CORRECTABLE; an empty one is taken out.

    The document and the PDF stay as they were issued: what differs is kept with the edition, and in the audit log.
    Raises as `retry`, and BadFields; Unfit where another VAT would hold for the buyer.
    """
    return _again(billing, number, changes)


@dataclass(frozen=True, slots=True)
class StillOld:
    """Whose later invoices have what was corrected as it was: by details of its `own`, or the property's profile."""

    property_name: str
    add_on: str
    own: bool


def still_old(billing: Billing, number: str) -> StillOld | None:
    """Where particulars that the last edition of that document corrects stand uncorrected, for invoices to come."""
    with billing.read("einvoices.show") as work:
        last = max(work.session.execute(queries.of_number(), {"number": number}), key=lambda one: one.edition)
        document = _frozen(work.session, last)
        key = (last.workspace_id, _issued(work.session, last).subscription_id)
        subscription = work.session.get_one(Subscription, key)
        if subscription.status is Status.ENDED:
            return None
        will_be = buyer_of(subscription.address, subscription.company, "", document.buyer.country)
        frozen, right = document.buyer, last.corrections or {}
        if not any(getattr(will_be, of) == getattr(frozen, of) != is_ for of, is_ in right.items()):
            return None
        prop = work.session.get_one(Property, (last.workspace_id, subscription.property_id))
        return StillOld(prop.name, document.lines[0].add_on, subscription.has_own_buyer)


def _again(billing: Billing, number: str, changes: Mapping[str, str]) -> EInvoiceSnapshot:
    act = "einvoices.correct" if changes else "einvoices.retry"
    with billing.work(act) as work:
        lock_files(work.session)
        before = work.session.scalars(queries.last_edition(), {"number": number}).first()
        if before is None:
            if work.session.scalars(queries.documents_numbered(), {"number": number}).first() is None:
                raise NotFound("document")
            raise without(number)
        if not changes and before.edition > 1 and before.state is EInvoiceState.READY:
            return snapshot(before)
        _refuse_unless_rejected(before)
        _refuse_closed(work.session, before)
        frozen = _frozen(work.session, before)
        sent = corrected(frozen, before.corrections or {})
        document = _typed(sent, changes, work.issuer.taxes)
        refuse_unless_sendable(document)
        made = next_edition(
            work.session,
            work.issuer.write_e_invoice,
            before,
            document,
            {**(before.corrections or {}), **_differences(sent.buyer, document.buyer)},
            sdi.send_again_by(local_date(before.answered_at or work.now, work.issuer.seller.time_zone)),
        )
        work.session.flush()
        work.actor = Actor(before.workspace_id, "", "operator")
        changed = _differences(sent.buyer, document.buyer)
        was = {name: getattr(sent.buyer, name) for name in changed}
        after = {"number": number, "edition": made.edition, "file": made.file_name, **changed}
        work.record(act, before.document_id, before={"file": before.file_name, **was}, after=after)
        return snapshot(made)


def _refuse_unless_rejected(edition: EInvoice) -> None:
    if edition.state in sdi.SENT_AGAIN:
        return
    if edition.state is EInvoiceState.READY:
        raise Unfit("{file} was not sent yet: send it as it is", file=edition.file_name)
    raise Unfit(
        "SdI did not reject {file}; what was issued is corrected by a credit note: "
        "python -m billing credit {number}",
        file=edition.file_name,
        number=edition.number,
    )


def _refuse_closed(session: Session, edition: EInvoice) -> None:
    of_it = {"workspace_id": edition.workspace_id, "document_id": edition.document_id}
    if session.scalar(queries.closed(), of_it) is not None:
        raise Unfit(
            "all of {number} was credited after SdI had rejected it: it counts as never issued, and isn't sent again",
            number=edition.number,
        )


def _issued(session: Session, edition: EInvoice | Row[Any]) -> Invoice | CreditNote:
    key = (edition.workspace_id, edition.document_id)
    return session.get(Invoice, key) or session.get_one(CreditNote, key)


def _frozen(session: Session, edition: EInvoice | Row[Any]) -> InvoiceDocument:
    found = _issued(session, edition)
    return with_euro_taxes(session, found.workspace_id, {found.id: found.read_document()})[found.id]


def _typed(document: InvoiceDocument, changes: Mapping[str, str], taxes: TaxTable) -> InvoiceDocument:
    """The same with what somebody typed just now, taken as purchases take it. What decides the VAT stays."""
    if not changes:
        return document
    buyer = corrected(document, changes).buyer
    numbers = {name: getattr(buyer, name) for name in OF_COMPANY}
    company = Company.typed(buyer.country, legal_name=buyer.name, **numbers) or Company()
    address = BillingAddress.typed(
        country=buyer.country, **{name: getattr(buyer, name) for name in OF_ADDRESS}
    )
    typed = replace(
        buyer,
        **{name: getattr(company, name) for name in OF_COMPANY},
        **{name: getattr(address, name) for name in OF_ADDRESS},
    )
    made = replace(document, buyer=typed)
    if _treatment(taxes, made) != _treatment(taxes, document):
        raise Unfit(
            "another VAT would hold for that buyer (a public office, a place that the VAT does not hold in, a "
            "company abroad without its number): credit all of the document and issue another"
        )
    return made


def _treatment(taxes: TaxTable, document: InvoiceDocument) -> Treatment | None:
    """The VAT that holds for its buyer on its date; None where no case is known."""
    try:
        return taxes.treatment(document.seller, document.buyer, document.issued_on)
    except TaxCaseUnknown:
        return None


def _differences(before: Buyer, after: Buyer) -> dict[str, str]:
    return {
        name: getattr(after, name) for name in CORRECTABLE if getattr(after, name) != getattr(before, name)
    }
