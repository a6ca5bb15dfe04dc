"""Exchange rates as they were published, and the VAT of documents in euros. Both only grow."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, UtcDateTime
from billing.values import exchange_rates as values


class ExchangeRate(Base):
    """How much of a currency was given for a euro on that day: a decimal, as it was published."""

    __tablename__ = "exchange_rates"

    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    rate: Mapped[str] = mapped_column(String(24))
    source: Mapped[str] = mapped_column(String(8))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def read(self) -> values.ExchangeRate:
        return values.ExchangeRate(self.currency, self.day, Decimal(self.rate), self.source)


class EuroTax(Base):
    """The VAT of an invoice or credit note in euros, written with it: `tax_minor` of the currency is so many `cents`.

    No part of the frozen document: what was released before reads that one, too.
    """

    __tablename__ = "euro_taxes"

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    document_id: Mapped[str] = mapped_column(Id, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    cents: Mapped[int] = mapped_column(BigInteger)
    rate: Mapped[str] = mapped_column(String(24))
    day: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(8))

    def read(self) -> values.TaxInEuro:
        by = values.ExchangeRate(self.currency, self.day, Decimal(self.rate), self.source)
        return values.TaxInEuro(self.cents, by)
