"""Exchange rates, and the VAT of documents in euros."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select, tuple_

from billing.models import CreditNote, EuroTax, ExchangeRate, Invoice


@cache
def rate_on() -> Select[ExchangeRate]:
    """The newest rate of `currency` that was published on or before the day `on`, and not before `oldest`."""
    return (
        select(ExchangeRate)
        .where(
            ExchangeRate.currency == bindparam("currency"),
            ExchangeRate.day <= bindparam("on"),
            ExchangeRate.day >= bindparam("oldest"),
        )
        .order_by(ExchangeRate.day.desc())
        .limit(1)
    )


@cache
def newest_day() -> Select[Any]:
    """The last day of which any rate is known."""
    return select(func.max(ExchangeRate.day))


@cache
def known_since() -> Select[str, Any]:
    """Currency and day of all rates from the day `since` on."""
    return select(ExchangeRate.currency, ExchangeRate.day).where(ExchangeRate.day >= bindparam("since"))


@cache
def rates_of_day() -> Select[ExchangeRate]:
    """All rates of the day `day`."""
    return select(ExchangeRate).where(ExchangeRate.day == bindparam("day")).order_by(ExchangeRate.currency)


@cache
def euro_taxes_of() -> Select[EuroTax]:
    """The VAT in euros of the documents `ids` of a workspace, where they have one."""
    return select(EuroTax).where(
        EuroTax.workspace_id == bindparam("workspace_id"),
        EuroTax.document_id.in_(bindparam("ids", expanding=True)),
    )


@cache
def euro_taxes_after() -> Select[*tuple[Any, ...]]:
    """The next `size` of all of them after that key, each with its document, and of a credit note the invoice's."""
    key = tuple_(EuroTax.workspace_id, EuroTax.document_id)
    of_document = EuroTax.workspace_id, EuroTax.document_id
    invoice = (Invoice.workspace_id == of_document[0]) & (Invoice.id == of_document[1])
    note = (CreditNote.workspace_id == of_document[0]) & (CreditNote.id == of_document[1])
    corrected = EuroTax.__table__.alias("corrected")
    return (
        select(
            EuroTax,
            func.coalesce(Invoice.number, CreditNote.number).label("number"),
            Invoice.document.label("invoice"),
            CreditNote.document.label("note"),
            corrected.c.rate.label("corrected_rate"),
        )
        .outerjoin(Invoice, invoice)
        .outerjoin(CreditNote, note)
        .outerjoin(
            corrected,
            (corrected.c.workspace_id == CreditNote.workspace_id)
            & (corrected.c.document_id == CreditNote.invoice_id),
        )
        .where(key > tuple_(bindparam("after_workspace_id"), bindparam("after_id")))
        .order_by(EuroTax.workspace_id, EuroTax.document_id)
        .limit(bindparam("size"))
    )
