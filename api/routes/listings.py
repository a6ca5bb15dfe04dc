"""All that the seller sold: subscriptions, invoices, payments, customers."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import JSONResponse, Response

from api.access import Desk, Reader
from api.pages import Wanted, page_of
from api.problems import described
from api.resources import Customer, Invoice, Page, Payment, Subscription
from billing.services import listings

router = APIRouter()
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


@router.get("/invoices", response_model=Page[Invoice], responses=described(), tags=["invoices"])
def invoices(billing: Desk, _key: Reader, asked: Wanted) -> Response:
    """Every issued invoice."""
    return page_of(billing, "invoice", asked)


@router.get(
    "/invoices/{id}.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}, **described(404)},
    tags=["invoices"],
)
def invoice_file(
    billing: Desk, _key: Reader, id: OneId, language: Annotated[Literal["en", "it"], Query()] = "en"
) -> Response:
    """The document of one of them, as it was issued."""
    file = listings.invoice_file(billing, id, language)
    named = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, media_type="application/pdf", headers=named)


@router.get("/invoices/{id}", response_model=Invoice, responses=described(404), tags=["invoices"])
def invoice(billing: Desk, _key: Reader, id: OneId) -> Response:
    """One of them."""
    return JSONResponse(listings.look_at(billing, "invoice", id))


@router.get("/payments", response_model=Page[Payment], responses=described(), tags=["payments"])
def payments(billing: Desk, _key: Reader, asked: Wanted) -> Response:
    """Everything that was to be paid, also what failed."""
    return page_of(billing, "payment", asked)


@router.get("/customers", response_model=Page[Customer], responses=described(), tags=["customers"])
def customers(billing: Desk, _key: Reader, asked: Wanted) -> Response:
    """The properties of all workspaces: a customer is a property."""
    return page_of(billing, "customer", asked)
