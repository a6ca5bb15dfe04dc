"""All that the seller sold: subscriptions, invoices, payments, customers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import JSONResponse, Response

from api.access import Desk, Reader
from api.pages import Wanted, page_of
from api.problems import ProblemError, described
from api.resources import ListedCreditNote, ListedCustomer, ListedInvoice, Page, Payment, Subscription
from billing import Billing
from billing.services import einvoices, listings
from billing.services.listings import Document
from billing.values.errors import Unfit

router = APIRouter()
AS_XML: dict[int | str, dict[str, Any]] = {200: {"content": {"application/xml": {}}}, **described(404)}
AS_PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}}, **described(404)}
Language = Annotated[Literal["en", "it"], Query()]
OneId = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get(
    "/subscriptions", response_model=Page[Subscription], responses=described(), tags=["subscriptions"]
)
def subscriptions(billing: Desk, _key: Reader, asked: Wanted) -> Response:
    """Every plan that was bought, also those that have ended."""
    return page_of(billing, "subscription", asked)


@router.get(
    "/subscriptions/{id}", response_model=Subscription, responses=described(404), tags=["subscriptions"]
)
def subscription(billing: Desk, _key: Reader, id: OneId) -> Response:
    """One of them."""
    return JSONResponse(listings.look_at(billing, "subscription", id))


@router.get("/invoices", response_model=Page[ListedInvoice], responses=described(), tags=["invoices"])
def invoices(billing: Desk, _key: Reader, asked: Wanted) -> Response:
    """Every issued invoice."""
    return page_of(billing, "invoice", asked)


@router.get("/invoices/{id}.pdf", response_class=Response, responses=AS_PDF, tags=["invoices"])
def invoice_file(billing: Desk, _key: Reader, id: OneId, language: Language = "en") -> Response:
    """The document of one of them, as it was issued."""
    return _pdf(billing, id, "invoice", language)


@router.get("/invoices/{id}.xml", response_class=Response, responses=AS_XML, tags=["invoices"])
def invoice_xml(billing: Desk, _key: Reader, id: OneId) -> Response:
    """Its e-invoice (FatturaPA), as it is sent; `no-e-invoice` where none was made."""
    return _xml(billing, id, "invoice")


@router.get("/invoices/{id}.ubl", response_class=Response, responses=AS_XML, tags=["invoices"])
def invoice_ubl(billing: Desk, _key: Reader, id: OneId) -> Response:
    """It in UBL, as Peppol BIS Billing 3 has it; `no-ubl` where it cannot go through Peppol."""
    return _ubl(billing, id, "invoice")


@router.get("/credit-notes", response_model=Page[ListedCreditNote], responses=described(), tags=["invoices"])
def credit_notes(billing: Desk, _key: Reader, asked: Wanted) -> Response:
    """Every issued credit note."""
    return page_of(billing, "credit note", asked)


@router.get("/credit-notes/{id}.pdf", response_class=Response, responses=AS_PDF, tags=["invoices"])
def credit_note_file(billing: Desk, _key: Reader, id: OneId, language: Language = "en") -> Response:
    """The document of one of them, as it was issued."""
    return _pdf(billing, id, "credit note", language)


@router.get("/credit-notes/{id}.xml", response_class=Response, responses=AS_XML, tags=["invoices"])
def credit_note_xml(billing: Desk, _key: Reader, id: OneId) -> Response:
    """Its e-invoice (FatturaPA), as it is sent; `no-e-invoice` where none was made."""
    return _xml(billing, id, "credit note")


@router.get("/credit-notes/{id}.ubl", response_class=Response, responses=AS_XML, tags=["invoices"])
def credit_note_ubl(billing: Desk, _key: Reader, id: OneId) -> Response:
    """It in UBL, as Peppol BIS Billing 3 has it; `no-ubl` where it cannot go through Peppol."""
    return _ubl(billing, id, "credit note")


@router.get(
    "/credit-notes/{id}", response_model=ListedCreditNote, responses=described(404), tags=["invoices"]
)
def credit_note(billing: Desk, _key: Reader, id: OneId) -> Response:
    """One of them."""
    return JSONResponse(listings.look_at(billing, "credit note", id))


@router.get("/invoices/{id}", response_model=ListedInvoice, responses=described(404), tags=["invoices"])
def invoice(billing: Desk, _key: Reader, id: OneId) -> Response:
    """One of them."""
    return JSONResponse(listings.look_at(billing, "invoice", id))


@router.get("/payments", response_model=Page[Payment], responses=described(), tags=["payments"])
def payments(billing: Desk, _key: Reader, asked: Wanted) -> Response:
    """Everything that was to be paid, also what failed."""
    return page_of(billing, "payment", asked)


@router.get("/customers", response_model=Page[ListedCustomer], responses=described(), tags=["customers"])
def customers(billing: Desk, _key: Reader, asked: Wanted) -> Response:
    """The properties of all workspaces: a customer is a property."""
    return page_of(billing, "customer", asked)


def _pdf(billing: Billing, id_: str, of: Document, language: str) -> Response:
    file = listings.file_in(billing, of, id_, language)
    return _attached(file.name, file.content, "application/pdf")


def _xml(billing: Billing, id_: str, of: Document) -> Response:
    try:
        name, content = einvoices.of_document(billing, id_, of)
    except Unfit as why:
        raise ProblemError(404, "no-e-invoice", f"{why}.") from None
    return _attached(name, content, "application/xml")


def _ubl(billing: Billing, id_: str, of: Document) -> Response:
    try:
        file = listings.ubl_in(billing, of, id_)
    except Unfit as why:
        raise ProblemError(404, "no-ubl", f"{why}.") from None
    return _attached(file.name, file.content, "application/xml")


def _attached(name: str, content: bytes, media_type: str) -> Response:
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=named)
