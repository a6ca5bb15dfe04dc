"""Every view and message the bot can show, made of ordinary, hostile and very long values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from billing.domain.actors import Role
from billing.domain.addresses import LIMITS, BillingAddress
from billing.domain.companies import LIMITS as company_limits
from billing.domain.companies import Company
from billing.domain.cycles import Interval
from billing.domain.events import (
    AuthenticationNeeded,
    CancellationUndone,
    ChangePlanned,
    CreditNoteIssued,
    LatePaymentCredited,
    PaymentFailed,
    PaymentReceived,
    PlanChanged,
    PlannedChangeUndone,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionRestarted,
    SubscriptionStarted,
    SubscriptionTransferred,
)
from billing.domain.money import Money
from billing.domain.snapshots import (
    CardSnapshot,
    CreditNoteSnapshot,
    InvoiceFile,
    InvoicePage,
    InvoiceSnapshot,
    PendingSnapshot,
    PropertySnapshot,
    PurchasesPage,
    Quote,
    SubscriptionSnapshot,
)
from billing.i18n import Words
from bot.blocks import Message
from bot.views import (
    addresses,
    announcements,
    companies,
    credit_notes,
    help,
    home,
    invoices,
    properties,
    subscriptions,
)

PURCHASED = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ENDS = datetime(2026, 12, 31, 9, 30, tzinfo=UTC)
# The gateway's words for a no.
REASONS = ("insufficient_funds", "stolen_card", "expired", "no_payment_method", "authentication_required")
HOSTILE_TEXT = '<!channel> *x* _y_ ~z~ `q` <http://a|b> & "'


@dataclass(frozen=True)
class People:
    """What people typed: the names of everything."""

    text: str
    address: BillingAddress | None

    def __str__(self) -> str:
        return self.text[:12]

    def name(self, ordinary: str) -> str:
        return self.text or ordinary


def _address_of(text: str) -> BillingAddress:
    return BillingAddress(country="IT", **{name: text[:limit] for name, limit in LIMITS.items()})


ORDINARY = People("", BillingAddress("Piazza S.r.l.", "Via Garibaldi 12", "Milano", "IT", "20121", "MI"))
HOSTILE = People(HOSTILE_TEXT, _address_of(HOSTILE_TEXT))
LONG = People("W" * 80, _address_of("W" * 120))
ALL_ENTITIES = People("&" * 80, _address_of("&" * 120))


def company(people: People) -> Company:
    """With every number that can be typed."""
    if people.text:
        return Company(**{name: people.text[:limit] for name, limit in company_limits.items()})
    return Company(
        "Piazza Holding S.r.l.", "IT00743110157", "00743110157", "M5UXCR1", "piazza@pec.example", "PO 7"
    )


def of_property(people: People, role: Role = Role.ADMIN, number: int = 0) -> PropertySnapshot:
    return PropertySnapshot(f"prop_{number}", people.name("Piazza"), "Europe/Rome", role, "C1")


def subscription(people: People, number: int = 0) -> SubscriptionSnapshot:
    return SubscriptionSnapshot(
        id=f"sub_{number}",
        property_id="prop_0",
        property_name=people.name("Piazza"),
        time_zone="Europe/Rome",
        add_on_id="ai-assist",
        add_on=people.name(f"AI Assist {number}" if number else "AI Assist"),
        plan=people.name("Growth"),
        interval=Interval.MONTH,
        quantity=1,
        status="active",
        price=Money(2900, "EUR"),
        purchased_at=PURCHASED,
        period_end_at=ENDS,
        next_charge_at=ENDS,
        next_charge=Money(3538, "EUR"),
        card=CardSnapshot("Visa", "4242", 12, 2030),
        address=people.address,
        company=company(people),
        billing_admin_id="U1",
        billing_admin_name=people.name("Anna Conti"),
        receipts_to=f"{people.text}conti@piazza.example",
        cancelled_by=None,
        cancel_reason=None,
        ends_at=None,
        ended_at=None,
        pending=None,
        version=3,
    )


def in_every_state(people: People) -> list[SubscriptionSnapshot]:
    """What else the engine can make of a running subscription."""
    change = PendingSnapshot(people.name("Business"), Interval.YEAR, 12, ENDS)
    return [
        replace(subscription(people, 301), status="trialing", quantity=10_000),
        replace(subscription(people, 302), status="trialing", next_charge=None),
        replace(subscription(people, 303), status="past_due"),
        replace(subscription(people, 304), pending=change),
        replace(subscription(people, 305), pending=replace(change, interval=Interval.MONTH, applies_at=None)),
        replace(cancelled(people, 306), status="past_due"),
    ]


def cancelled(people: People, number: int = 0) -> SubscriptionSnapshot:
    return replace(
        subscription(people, number),
        next_charge_at=None,
        next_charge=None,
        card=None,
        address=None,
        receipts_to=None,
        cancelled_by="U1",
        cancel_reason=people.text or "Costa troppo",
        ends_at=ENDS,
    )


def ended(people: People, number: int = 0) -> SubscriptionSnapshot:
    over = replace(cancelled(people, number), status="ended", ends_at=None, ended_at=ENDS)
    begun_anew = PendingSnapshot(people.name("Growth"), Interval.MONTH, 1, None)
    return replace(over, pending=begun_anew) if number % 2 else over


def invoice(people: People, number: int = 12) -> InvoiceSnapshot:
    add_on, plan = people.name("AI Assist"), people.name("Growth")
    total = Money(3538, "EUR")
    return InvoiceSnapshot(
        f"inv_{number}", f"2026-{number:06}", date(2026, 11, 23), total, "sub_0", add_on, plan
    )


def purchases(people: People, role: Role = Role.ADMIN, count: int = 1, choices: int = 1) -> PurchasesPage:
    running = [subscription(people, number) for number in range(count)]
    over = [ended(people, 200 + number) for number in range(count)]
    stopped = [cancelled(people, 100)] if count else []
    return PurchasesPage(
        property=of_property(people, role),
        choices=tuple(of_property(people, role, number) for number in range(choices)),
        running=(*running, *stopped),
        ended=tuple(over),
        invoices={one.id: tuple(invoice(people, number) for number in (12, 11, 10)) for one in running},
        now=PURCHASED,
    )


def invoice_page(people: People, page: int = 2, count: int = 31) -> InvoicePage:
    shown = tuple(invoice(people, number) for number in range(min(count, 8)))
    title = f"{people.name('AI Assist')} {people.name('Growth')}"
    return InvoicePage(of_property(people), "sub_0", title, shown, page, max(1, -(-count // 8)), count)


def in_states(people: People) -> PurchasesPage:
    running = tuple(in_every_state(people))
    return replace(purchases(people), running=running, ended=(ended(people, 201),), invoices={})


def quote(people: People) -> Quote:
    """What a person is shown before they decide."""
    zero = Money(0, "EUR")
    return Quote(
        subscription(people), None, Money(3538, "EUR"), zero, zero, ENDS, ENDS, Money(3538, "EUR"), "f1"
    )


def events(people: People) -> Iterator[Any]:
    about = {
        "property_id": "prop_0",
        "property_name": people.name("Piazza"),
        "time_zone": "Europe/Rome",
        "subscription_id": "sub_0",
        "add_on": people.name("AI Assist"),
        "plan": people.name("Growth"),
    }
    yield SubscriptionCancelled(
        **about, by="U1", reason=(people.text or "Costa troppo") * 6, ends_at=ENDS, unpaid=False
    )
    yield CancellationUndone(**about, by="U1", next_charge_at=ENDS)
    yield SubscriptionEnded(**about, ended_at=ENDS)
    for trial_ends_at in (None, ENDS):
        yield SubscriptionStarted(**about, by="U1", trial_ends_at=trial_ends_at)
    yield SubscriptionRestarted(**about, by="U1")
    yield ChangePlanned(**about, by="U1", next_plan=people.name("Business"), quantity=3, applies_at=ENDS)
    yield PlannedChangeUndone(**about, by="U1")
    for by in ("U1", ""):
        for before in (people.name("Starter"), about["plan"]):
            yield PlanChanged(**about, by=by, before=before)
    yield SubscriptionTransferred(**about, by="U1", from_property=people.name("Bottega"))
    yield from payment_events(about, people)


def payment_events(about: dict[str, str], people: People) -> Iterator[Any]:
    card = f"{people.name('Visa')} 4242"
    invoice = {"invoice_id": "inv_12", "number": "2026-000012", "currency": "EUR"}
    for minor, total in ((3538, 3538), (2538, 3538), (0, 3538), (0, 0), (0, -3538)):
        yield PaymentReceived(**about, **invoice, minor=minor, total_minor=total, card=card if minor else "")
    for reason in (*REASONS, people.name("do_not_honor")):
        yield payment_failed(about, reason, ENDS)
    yield payment_failed(about, "insufficient_funds", None)
    url = "https://bank.example/confirm?a=1&b=<!channel>|x"
    yield AuthenticationNeeded(**about, payment_id="pay_1", minor=3538, currency="EUR", url=url)
    yield LatePaymentCredited(**about, minor=3538, currency="EUR")
    for owed, lost, refund in ((0, 0, 0), (3538, 0, 0), (0, 3538, 0), (0, 0, 3538), (0, 0, 1000)):
        yield CreditNoteIssued(
            **about,
            credit_note_id="cn_3",
            number="CN-2026-000003",
            invoice_number="2026-000012",
            total_minor=3538,
            owed_minor=owed,
            lost_minor=lost,
            refund_minor=refund,
            currency="EUR",
        )


def payment_failed(about: dict[str, str], reason: str, try_at: datetime | None) -> PaymentFailed:
    return PaymentFailed(
        **about, payment_id="pay_1", minor=3538, currency="EUR", reason=reason, try_at=try_at
    )


def every_view(people: People, t: Words) -> Iterator[dict[str, Any]]:
    """Each modal and each Home tab."""
    one, stopped = subscription(people), cancelled(people)
    for role in (Role.OWNER, Role.ACCOUNTANT):
        for count in (0, 1, 6, 40):
            yield home.home(purchases(people, role, count, choices=1 + count * 3), t)
    yield home.home(in_states(people), t)
    yield home.home_without_property(t, can_create=True)
    yield home.home_without_property(t, can_create=False)
    yield home.home_refused("No.", t)
    for state in in_every_state(people):
        yield subscriptions.cancel_form([state], state, t)
        yield subscriptions.cancel_confirmation(state, people.name("Costa troppo"), t)
    yield subscriptions.cancel_form([one, subscription(people, 1)], one, t)
    yield subscriptions.cancel_form([subscription(people, number) for number in range(230)], None, t)
    yield subscriptions.cancel_form([], None, t)
    yield subscriptions.cancel_confirmation(stopped, people.name("Costa troppo") * 5, t)
    yield addresses.address_form(one, t)
    yield addresses.address_form(stopped, t)
    yield companies.company_form(one, t)
    yield companies.company_form(replace(stopped, company=None), t)
    yield companies.company_form(one, t, replace(_address_of(people.text), country="DE"))
    yield addresses.choose_subscription([one, subscription(people, 1)], addresses.EDIT, t)
    yield addresses.choose_subscription([], addresses.EDIT, t)
    yield invoices.invoice_list(invoice_page(people), t, invoices.sent(invoice_file(people), t))
    yield invoices.invoice_list(corrected_page(people), t, credit_notes.sent(credit_note_file(people), t))
    yield invoices.invoice_list(replace(invoice_page(people), subscription_id=None, title=None), t)
    yield invoices.invoice_list(invoice_page(people, page=1, count=0), t)
    yield properties.create_form(t, "Europe/Rome")


def every_message(people: People, t: Words) -> Iterator[Message]:
    """Each message and each private answer."""
    for role in (Role.OWNER, Role.ACCOUNTANT):
        for count in (0, 1, 6, 40):
            yield home.card(purchases(people, role, count, choices=1 + count * 3), t)
    yield home.card(in_states(people), t)
    yield home.without_property(t, can_create=True)
    yield home.without_property(t, can_create=False)
    for state in in_every_state(people):
        yield subscriptions.cancelled(state, t)
        yield subscriptions.cancellation_undone(state, t)
    yield subscriptions.cancelled(cancelled(people), t)
    yield subscriptions.cancellation_undone(subscription(people), t)
    yield addresses.address_changed(subscription(people), t)
    yield companies.company_changed(subscription(people), t)
    yield companies.company_changed(replace(subscription(people), company=None), t)
    yield invoices.sent(invoice_file(people), t)
    yield credit_notes.sent(credit_note_file(people), t)
    yield properties.created(of_property(people), t)
    yield properties.chosen(of_property(people), t)
    yield help.help_text(t, None, None)
    yield help.help_text(t, people.name("cancle"), "cancel")
    yield from (announcements.announcement(event, t) for event in events(people))


def credit_note(number: int = 3) -> CreditNoteSnapshot:
    return CreditNoteSnapshot(
        f"cn_{number}", f"CN-2026-{number:06}", date(2026, 11, 24), Money(1220, "EUR"), "inv_12"
    )


def corrected_page(people: People) -> InvoicePage:
    """Each invoice with more credit notes than are shown."""
    shown = tuple(
        replace(one, credit_notes=tuple(credit_note(20 * number + n) for n in range(12)))
        for number, one in enumerate(invoice_page(people).invoices)
    )
    return replace(invoice_page(people), invoices=shown)


def credit_note_file(people: People) -> InvoiceFile:
    return InvoiceFile(credit_note(), people.name("Piazza"), "CN-2026-000003.pdf", b"%PDF-1.7")


def invoice_file(people: People) -> InvoiceFile:
    return InvoiceFile(invoice(people), people.name("Piazza"), "2026-000012.pdf", b"%PDF-1.7")
