"""Drafts: what an invoice will say and charge, before it has a number. Previews and acts use the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from billing.domain import tax
from billing.domain.addresses import BillingAddress
from billing.domain.cycles import Anchor, Period, local_date
from billing.domain.documents import Buyer, DocumentLine, InvoiceDocument, LineKind, Seller
from billing.domain.errors import TaxCaseUnknown
from billing.domain.models.catalogue import Price
from billing.domain.models.changes import PlannedChange
from billing.domain.models.invoices import InvoiceLine
from billing.domain.models.subscriptions import Subscription
from billing.domain.proration import DaysLeft, credit, share
from billing.domain.snapshots import PendingSnapshot, SubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class Span:
    """The exact time that a line is for, and the line that a credit gives back from: (invoice, position)."""

    start_at: datetime
    end_at: datetime
    credited: tuple[str, int] | None = None


@dataclass(frozen=True)
class Draft:
    """A document without a number, and the span of each of its lines."""

    document: InvoiceDocument
    spans: tuple[Span, ...]

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The document as plain data; not to be changed."""
        return self.document.as_json()

    @property
    def fingerprint(self) -> str:
        """The same for drafts that say and charge the same, at whatever second they are written."""
        said = [self.plain, [span.credited for span in self.spans]]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def refuse_if_incomplete(self) -> None:
        """Raises InvoiceIncomplete where anything but the number is missing."""
        replace(self.document, number="to come").refuse_if_incomplete()

    def with_credit(self, minor: int) -> Draft:
        """The draft that says how much of it the credit balance pays."""
        return replace(self, document=replace(self.document, credit_minor=max(minor, 0)))

    def as_json(self) -> dict[str, Any]:
        spans: list[dict[str, Any]] = json.loads(
            json.dumps([asdict(span) for span in self.spans], default=datetime.isoformat)
        )
        return {"document": self.plain, "spans": spans}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Draft:
        """The draft that `as_json` wrote."""
        spans = tuple(
            Span(
                datetime.fromisoformat(span["start_at"]),
                datetime.fromisoformat(span["end_at"]),
                (span["credited"][0], span["credited"][1]) if span["credited"] else None,
            )
            for span in plain["spans"]
        )
        return cls(InvoiceDocument.from_json(plain["document"]), spans)


@dataclass(frozen=True, slots=True)
class Party:
    """Who a draft is for: a subscription, as far as documents name it. `charged_to` is its card as it is shown."""

    property_name: str
    zone: str
    buyer: Buyer
    charged_to: str

    @classmethod
    def of(cls, subscription: Subscription) -> Party:
        card = subscription.payment_method
        of_property, admin = subscription.of_property, subscription.billing_admin
        return cls(
            property_name=of_property.name,
            zone=subscription.anchor_zone,
            buyer=buyer_of(subscription.address, admin.name, of_property.country),
            charged_to=card.shown if card else "",
        )


@dataclass(frozen=True, slots=True)
class Drafter:
    """Writes drafts in the name of the seller, on one date."""

    seller: Seller
    on: date

    def cycle(self, subscription: Subscription, price: Price, quantity: int, period: Period) -> Draft:
        """One whole period. Raises TaxCaseUnknown."""
        return self.cycle_for(Party.of(subscription), price, quantity, period)

    def cycle_for(self, party: Party, price: Price, quantity: int, period: Period) -> Draft:
        """The same for whom only the party is known of."""
        first_day = local_date(period.start_at, party.zone)
        last_day = local_date(period.end_at, party.zone) - timedelta(days=1)
        line = _line(price, quantity, first_day, last_day, price.minor * quantity, self._rate(party))
        return self._draft(party, price.currency, [(line, Span(period.start_at, period.end_at))])

    def switch(
        self,
        subscription: Subscription,
        price: Price,
        quantity: int,
        billed: Sequence[tuple[InvoiceLine, int]],
        at: datetime,
    ) -> Draft:
        """The rest of the current cycle at another price or quantity, and the credit for what it replaces.

        `billed` are the lines that cover the rest of the cycle, each with what was already credited from it.
        The day of the change belongs to the new plan (billing rules, "Proration"). Raises TaxCaseUnknown.
        """
        party, today = Party.of(subscription), local_date(at, subscription.anchor_zone)
        credits = self._credits(subscription, billed, today)
        whole = price.minor * quantity
        days = self._days_left(subscription, today)
        last_day = local_date(subscription.period_end_at, subscription.anchor_zone) - timedelta(days=1)
        rest = replace(
            _line(price, quantity, today, last_day, share(whole, days), self._rate(party)),
            kind=LineKind.REST,
            days=days.left,
            of_days=days.whole,
            whole_minor=whole,
        )
        lines = [*credits, (rest, Span(at, subscription.period_end_at))]
        return self._draft(party, price.currency, lines)

    def new_cycle(
        self,
        subscription: Subscription,
        price: Price,
        quantity: int,
        period: Period,
        billed: Sequence[tuple[InvoiceLine, int]],
    ) -> Draft:
        """A whole period that begins now, and the credit for the unused days of the one that it ends."""
        party, today = Party.of(subscription), local_date(period.start_at, subscription.anchor_zone)
        credits = self._credits(subscription, billed, today)
        cycle = self.cycle_for(party, price, quantity, period)
        return self._draft(party, price.currency, [*credits, (cycle.document.lines[0], cycle.spans[0])])

    def next_cycle(
        self, subscription: Subscription, change: PlannedChange | None
    ) -> tuple[Anchor, Period, Draft]:
        """The cycle that follows, at the price that it will have then. Raises TaxCaseUnknown."""
        comes = change is not None and change.payment_id is None
        price = change.price if change and comes else subscription.price
        quantity = change.quantity if change and comes else subscription.quantity
        anchor, period = subscription.next_cycle(price)
        return anchor, period, self.cycle(subscription, price, quantity, period)

    def snapshot(self, subscription: Subscription, change: PlannedChange | None) -> SubscriptionSnapshot:
        """What a reader sees of it, with its next charge by the code that will charge it.

        No next charge where none will come, or none can: it is the due work that reports the latter.
        """
        try:
            _, _, draft = self.next_cycle(subscription, change)
        except TaxCaseUnknown:
            return subscription.snapshot(None, _pending(subscription, change))
        charge = draft.document.total if subscription.goes_on else None
        return subscription.snapshot(charge, _pending(subscription, change))

    def _credits(
        self, subscription: Subscription, billed: Sequence[tuple[InvoiceLine, int]], today: date
    ) -> list[tuple[DocumentLine, Span]]:
        return [
            self._credit(subscription, line, credited, today)
            for line, credited in billed
            if today <= line.last_day  # nothing is left of a line whose last day is over
        ]

    def _credit(
        self, subscription: Subscription, billed: InvoiceLine, credited: int, today: date
    ) -> tuple[DocumentLine, Span]:
        days = DaysLeft.of(billed.first_day, billed.last_day + timedelta(days=1), today)
        back = credit(billed.net_minor, credited, days)
        line = replace(
            _line(
                subscription.price,
                subscription.quantity,
                today,
                billed.last_day,
                -back,
                self._rate(Party.of(subscription)),
            ),
            kind=LineKind.CREDIT,
            days=days.left,
            of_days=days.whole,
            whole_minor=billed.net_minor,
        )
        return line, Span(billed.period_start_at, billed.period_end_at, (billed.invoice_id, billed.position))

    def _days_left(self, subscription: Subscription, today: date) -> DaysLeft:
        first_day, next_first = (
            local_date(moment, subscription.anchor_zone)
            for moment in (subscription.period_start_at, subscription.period_end_at)
        )
        return DaysLeft.of(first_day, next_first, today)

    def _rate(self, party: Party) -> int:
        return tax.rate_for(self.seller.country, party.buyer.country)

    def _draft(self, party: Party, currency: str, lines: Sequence[tuple[DocumentLine, Span]]) -> Draft:
        document = InvoiceDocument(
            number="",
            issued_on=self.on,
            currency=currency,
            property_name=party.property_name,
            seller=self.seller,
            buyer=party.buyer,
            lines=tuple(line for line, _ in lines),
            taxes=tax.groups((line.tax_rate, line.net_minor) for line, _ in lines),
            charged_to=party.charged_to,
        )
        return Draft(document, tuple(span for _, span in lines))


def _pending(subscription: Subscription, change: PlannedChange | None) -> PendingSnapshot | None:
    if change is None:
        return None
    plan = change.price.plan
    at = subscription.period_end_at if change.payment_id is None else None
    return PendingSnapshot(plan.name, change.price.interval, change.quantity, at, change.id)


def buyer_of(address: BillingAddress | None, admin: str, country: str) -> Buyer:
    """Without an address, the Billing Admin by name, in the property's country (product, line 10)."""
    if address is None:
        return Buyer(admin, (), country)
    return Buyer(address.name, address.lines(), address.country)


def _line(
    price: Price, quantity: int, first_day: date, last_day: date, net_minor: int, rate: int
) -> DocumentLine:
    return DocumentLine(
        add_on=price.plan.add_on.name,
        plan=price.plan.name,
        interval=price.interval,
        first_day=first_day,
        last_day=last_day,
        quantity=quantity,
        unit_minor=price.minor,
        net_minor=net_minor,
        tax_rate=rate,
    )
