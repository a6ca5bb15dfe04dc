"""Issuing an invoice: what it will say, its number, and its freezing, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.domain import tax
from billing.domain.cycles import Period, local_date
from billing.domain.documents import Buyer, DocumentLine, InvoiceDocument, Seller
from billing.domain.models.base import new_id
from billing.domain.models.invoices import Invoice, InvoiceLine
from billing.domain.models.subscriptions import Subscription
from billing.domain.money import Money

# Creates the counter or moves it on; the row stays locked to the end of the transaction, so a rolled-back
# one gives its number back and two cannot take the same.
TAKE_NUMBER = text(
    "INSERT INTO number_series (name, last) VALUES (:name, 1) "
    "ON CONFLICT (name) DO UPDATE SET last = number_series.last + 1 RETURNING last"
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues, and how the numbers are written (`{year}-{number:06}`, a new series each year)."""

    seller: Seller
    number_format: str

    def draft(self, subscription: Subscription, period: Period, issued_on: date) -> InvoiceDocument:
        """The document of one period, without a number. Raises TaxCaseUnknown."""
        buyer = _buyer(subscription)
        rate = tax.rate_for(self.seller.country, buyer.country)
        line = _line(subscription, period, rate)
        card = subscription.payment_method
        return InvoiceDocument(
            number="",
            issued_on=issued_on,
            currency=subscription.price.currency,
            property_name=subscription.of_property.name,
            seller=self.seller,
            buyer=buyer,
            lines=(line,),
            taxes=tax.groups([(rate, line.net_minor)]),
            charged_to=f"{card.brand} {card.last_four}" if card else "",
        )

    def charge_for(self, subscription: Subscription, period: Period) -> Money:
        """What the period will cost with VAT, by the code that invoices it. Raises TaxCaseUnknown."""
        return self.draft(subscription, period, local_date(period.start_at, subscription.anchor_zone)).total

    def issue(self, session: Session, subscription: Subscription, at: datetime) -> Invoice:
        """Numbers and freezes the invoice of the subscription's current period.

        Raises TaxCaseUnknown or InvoiceIncomplete before a number is taken.
        """
        period = Period(subscription.period_index, subscription.period_start_at, subscription.period_end_at)
        issued_on = local_date(at, self.seller.time_zone)
        draft = self.draft(subscription, period, issued_on)
        replace(draft, number="to come").refuse_if_incomplete()
        series = f"invoices {issued_on.year}"
        last = session.execute(TAKE_NUMBER, {"name": series}).scalar_one()
        document = replace(draft, number=self.number_format.format(year=issued_on.year, number=last))
        invoice = _frozen(subscription, document, series, last, at)
        session.add(invoice)
        session.flush()  # the invoice goes before its line, which refers to it
        session.add(_cycle_line(invoice, period, document.net.minor))
        return invoice


def _buyer(subscription: Subscription) -> Buyer:
    address = subscription.address
    if address is None:
        return Buyer(subscription.billing_admin.name, (), subscription.of_property.country)
    return Buyer(address.name, address.lines(), address.country)


def _line(subscription: Subscription, period: Period, rate: int) -> DocumentLine:
    price = subscription.price
    return DocumentLine(
        add_on=price.plan.add_on.name,
        plan=price.plan.name,
        interval=price.interval,
        first_day=local_date(period.start_at, subscription.anchor_zone),
        last_day=local_date(period.end_at, subscription.anchor_zone) - timedelta(days=1),
        quantity=1,
        unit_minor=price.minor,
        net_minor=price.minor,
        tax_rate=rate,
    )


def _frozen(
    subscription: Subscription, document: InvoiceDocument, series: str, sequence: int, at: datetime
) -> Invoice:
    return Invoice(
        workspace_id=subscription.workspace_id,
        id=new_id("inv"),
        property_id=subscription.property_id,
        subscription_id=subscription.id,
        series=series,
        sequence=sequence,
        number=document.number,
        issued_at=at,
        issued_on=document.issued_on,
        currency=document.currency,
        total_minor=document.total.minor,
        document=document.as_json(),
        document_hash=document.digest(),
    )


def _cycle_line(invoice: Invoice, period: Period, net_minor: int) -> InvoiceLine:
    return InvoiceLine(
        workspace_id=invoice.workspace_id,
        invoice_id=invoice.id,
        position=1,
        subscription_id=invoice.subscription_id,
        period_start_at=period.start_at,
        period_end_at=period.end_at,
        net_minor=net_minor,
    )
