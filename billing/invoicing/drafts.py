"""Drafts: what an invoice will say and charge, before it has a number. Previews and acts use the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from billing.invoicing.creditable import Billed
from billing.invoicing.euro_taxes import RateOn, lacks_rate
from billing.invoicing.parties import Party
from billing.models.catalogue import Price
from billing.models.changes import PlannedChange
from billing.models.rules import Situation
from billing.models.subscription_snapshots import snapshot_of
from billing.models.subscriptions import Subscription
from billing.values import tax
from billing.values.cycles import Anchor, Period, local_date
from billing.values.documents import Buyer, DocumentLine, InvoiceDocument, LineKind, Seller
from billing.values.errors import InvoiceIncomplete, TaxCaseUnknown
from billing.values.exchange_rates import TAX_IN_EURO
from billing.values.fatturapa import refuse_unless_sendable
from billing.values.money import Money
from billing.values.proration import DaysLeft, credit, share
from billing.values.shares import NextCharge, Shares
from billing.values.snapshots import PaidTimeLost, PendingSnapshot, SubscriptionSnapshot
from billing.values.tax import TaxTable, Treatment


@dataclass(frozen=True, slots=True)
class Span:
    """The exact time that a line is for, and the line that a credit gives back from: (invoice, position)."""

    start_at: datetime
    end_at: datetime
    credited: tuple[str, int] | None = None


@dataclass(frozen=True)
class Draft:
    """A document without a number, and the span of each of its lines.

    `lost` is the paid time that it ends and gives nothing back for. `lacks_rate`: no rate is known for its VAT.
    """

    document: InvoiceDocument
    spans: tuple[Span, ...]
    lost: PaidTimeLost | None = None
    lacks_rate: bool = False

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The document as plain data; not to be changed."""
        return self.document.as_json()

    @property
    def fingerprint(self) -> str:
        """The same for drafts that say and charge the same, at whatever second they are written."""
        said = [self.plain, [span.credited for span in self.spans]]
        said += [repr(self.lost)] if self.lost else []
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def refuse_if_incomplete(self) -> None:
        """Raises InvoiceIncomplete where more than the number is missing, NotSendable where SdI would reject it."""
        self.document.refuse_if_incomplete(numbered=False)
        if self.lacks_rate:
            raise InvoiceIncomplete(TAX_IN_EURO)
        refuse_unless_sendable(self.document)

    def shared(self, credit: int, carried: int) -> Draft:
        """The draft that says how much of it the credit balance pays, and what is carried to or from it."""
        document = replace(self.document, credit_minor=max(credit, 0), carried_minor=carried)
        return replace(self, document=document)

    @property
    def charges(self) -> Draft:
        """What it charges, without what it gives back."""
        lines = zip(self.document.lines, self.spans, strict=True)
        kept = [(line, span) for line, span in lines if line.kind is not LineKind.CREDIT]
        taxes = tax.groups((Treatment(line.tax_rate, line.tax_note), line.net_minor) for line, _ in kept)
        document = replace(self.document, lines=tuple(line for line, _ in kept), taxes=taxes)
        return Draft(document, tuple(span for _, span in kept))

    def as_json(self) -> dict[str, Any]:
        spans: list[dict[str, Any]] = json.loads(
            json.dumps([asdict(span) for span in self.spans], default=datetime.isoformat)
        )
        lost = {"lost": asdict(self.lost)} if self.lost else {}
        return {"document": self.plain, "spans": spans, **lost}

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
        lost = plain.get("lost")
        gone = PaidTimeLost(**lost | {"amount": Money(**lost["amount"])}) if lost else None
        return cls(InvoiceDocument.from_json(plain["document"]), spans, gone)


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next charge of a subscription, VAT included, the cycle that it is for, and when it falls due."""

    subscription_id: str
    due_at: datetime
    anchor: Anchor
    period: Period
    total: Money

    @classmethod
    def of(cls, subscription: Subscription, anchor: Anchor, period: Period, draft: Draft) -> Upcoming:
        """What that cycle will cost when it begins."""
        return cls(subscription.id, period.start_at, anchor, period, draft.document.total)

    def charge(self, shares: Shares) -> NextCharge:
        """The same as a reader sees it, paid as `shares` says."""
        card, credit, carried = (
            Money(minor, self.total.currency)
            for minor in (shares.card, shares.credit + min(shares.carried, 0), max(shares.carried, 0))
        )
        return NextCharge(self.period.start_at, card, credit, carried)


@dataclass(frozen=True, slots=True)
class Drafter:
    """Writes drafts in the name of the seller, on one date."""

    seller: Seller
    taxes: TaxTable
    on: date
    rates: RateOn | None = field(default=None, compare=False)
    # By what it depends on alone: in bulk, one after the other has the same.
    _treatments: dict[tuple[str, str, str, bool], Treatment] = field(
        default_factory=dict, init=False, compare=False
    )

    def treatment_of(self, buyer: Buyer) -> Treatment:
        """The VAT that this buyer is charged. Raises TaxCaseUnknown."""
        key = buyer.country, buyer.postal_code, buyer.vat_number, buyer.is_public_office
        if key not in self._treatments:
            self._treatments[key] = self.taxes.treatment(self.seller, buyer, self.on)
        return self._treatments[key]

    def cycle(self, subscription: Subscription, price: Price, quantity: int, period: Period) -> Draft:
        """One whole period. Raises TaxCaseUnknown."""
        return self.cycle_for(Party.of(subscription), price, quantity, period)

    def cycle_for(self, party: Party, price: Price, quantity: int, period: Period) -> Draft:
        """The same for whom only the party is known of."""
        first_day, last_day = party.days_of(period)
        treatment = self.treatment_of(party.buyer)
        line = _line(price, quantity, first_day, last_day, price.minor * quantity, treatment)
        return self._draft(party, price.currency, [(line, Span(period.start_at, period.end_at))])

    def switch(
        self,
        subscription: Subscription,
        price: Price,
        quantity: int,
        billed: Sequence[Billed],
        at: datetime,
    ) -> Draft:
        """The rest of the current cycle at another price or quantity, and the credit for what it replaces.

        `billed` are the lines that cover the rest of the cycle; what is given back of one has the VAT that it had.
        The day of the change belongs to the new plan (billing rules, "Proration"). Raises TaxCaseUnknown.
        """
        party, today = Party.of(subscription), local_date(at, subscription.days_zone)
        credits = _credits(subscription, billed, today)
        whole = price.minor * quantity
        days = self._days_left(subscription, today)
        last_day = local_date(subscription.period_end_at, subscription.days_zone) - timedelta(days=1)
        rest = replace(
            _line(price, quantity, today, last_day, share(whole, days), self.treatment_of(party.buyer)),
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
        billed: Sequence[Billed],
    ) -> Draft:
        """A whole period that begins now, and the credit for the unused days of the one that it ends."""
        party, today = Party.of(subscription), local_date(period.start_at, subscription.days_zone)
        credits = _credits(subscription, billed, today)
        cycle = self.cycle_for(party, price, quantity, period)
        return self._draft(party, price.currency, [*credits, (cycle.document.lines[0], cycle.spans[0])])

    def lost(self, subscription: Subscription, billed: Sequence[Billed], at: datetime) -> PaidTimeLost | None:
        """What of those lines would be given back under proration; None where nothing of them is left."""
        credits = _credits(subscription, billed, local_date(at, subscription.days_zone))
        lines = [line for line, _ in credits if line.net_minor < 0]
        if not lines:
            return None
        amount = Money(-sum(line.net_minor for line in lines), subscription.price.currency)
        return PaidTimeLost(subscription.price.plan.name, lines[0].days or 0, lines[0].of_days or 0, amount)

    def next_cycle(
        self, subscription: Subscription, change: PlannedChange | None
    ) -> tuple[Anchor, Period, Draft]:
        """The cycle that follows, at the price that it will have then. Raises TaxCaseUnknown."""
        comes = change is not None and change.payment_id is None
        price = change.price if change and comes else subscription.price
        quantity = change.quantity if change and comes else subscription.quantity
        anchor, period = subscription.next_cycle(price)
        return anchor, period, self.cycle(subscription, price, quantity, period)

    def upcoming(self, subscription: Subscription, change: PlannedChange | None) -> Upcoming | None:
        """Its next charge; None where none will come, or none can, which the due work reports."""
        with suppress(TaxCaseUnknown):
            anchor, period, draft = self.next_cycle(subscription, change)
            if subscription.renews:
                # what failed is tried later, and others take their credit before it
                return replace(Upcoming.of(subscription, anchor, period, draft), due_at=subscription.due_at)
        return None

    def charge_after_trial(self, subscription: Subscription) -> Upcoming:
        """What the first invoice will charge. Raises what issuing it would raise."""
        anchor, period, first = self.next_cycle(subscription, None)
        first.refuse_if_incomplete()
        return Upcoming.of(subscription, anchor, period, first)

    def snapshot(
        self, subscription: Subscription, now: Situation, comes: NextCharge | None
    ) -> SubscriptionSnapshot:
        """What a reader sees of it, with its next charge."""
        pending = pending_of(subscription, now.change)
        return snapshot_of(subscription, comes, pending, subscription.allowed(now))

    def _days_left(self, subscription: Subscription, today: date) -> DaysLeft:
        first_day, next_first = (
            local_date(moment, subscription.days_zone)
            for moment in (subscription.period_start_at, subscription.period_end_at)
        )
        return DaysLeft.of(first_day, next_first, today)

    def _draft(self, party: Party, currency: str, lines: Sequence[tuple[DocumentLine, Span]]) -> Draft:
        document = InvoiceDocument(
            number="",
            issued_on=self.on,
            currency=currency,
            property_name=party.property_name,
            seller=self.seller,
            buyer=party.buyer,
            lines=tuple(line for line, _ in lines),
            taxes=tax.groups((Treatment(line.tax_rate, line.tax_note), line.net_minor) for line, _ in lines),
            charged_to=party.charged_to,
        )
        return Draft(document, tuple(span for _, span in lines), None, lacks_rate(document, self.rates))


def _credits(
    subscription: Subscription, billed: Sequence[Billed], today: date
) -> list[tuple[DocumentLine, Span]]:
    # nothing is left of a line whose last day is over
    return [_credit(subscription, one, today) for one in billed if today <= one.line.last_day]


def _credit(subscription: Subscription, billed: Billed, today: date) -> tuple[DocumentLine, Span]:
    was = billed.line
    days = DaysLeft.of(was.first_day, was.last_day + timedelta(days=1), today)
    back = credit(was.net_minor, billed.credited, days)
    price, quantity = subscription.price, subscription.quantity
    line = replace(
        _line(price, quantity, today, was.last_day, -back, billed.treatment),
        kind=LineKind.CREDIT,
        days=days.left,
        of_days=days.whole,
        whole_minor=was.net_minor,
        of_invoice=billed.number,
    )
    return line, Span(was.period_start_at, was.period_end_at, (was.invoice_id, was.position))


def pending_of(subscription: Subscription, change: PlannedChange | None) -> PendingSnapshot | None:
    """The change as a reader sees it."""
    if change is None:
        return None
    plan = change.price.plan
    at = subscription.period_end_at if change.payment_id is None else None
    return PendingSnapshot(plan.name, change.price.interval, change.quantity, at, change.id)


def _line(
    price: Price, quantity: int, first_day: date, last_day: date, net_minor: int, treatment: Treatment
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
        tax_rate=treatment.rate,
        tax_note=treatment.note,
    )
