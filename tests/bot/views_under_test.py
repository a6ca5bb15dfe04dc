"""Every view and message the bot can show, made of ordinary, hostile and very long values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from billing.i18n import Translator
from billing.models.help import HelpTopic
from billing.services.payment_methods import CardChoice
from billing.services.verify import INVARIANTS
from billing.values import declines
from billing.values.actors import Role
from billing.values.acts import Act
from billing.values.addresses import LIMITS, BillingAddress
from billing.values.channels import ChannelProblem
from billing.values.companies import LIMITS as company_limits
from billing.values.companies import Company
from billing.values.contacts import ContactKind
from billing.values.cycles import Interval
from billing.values.disputes import DisputeState
from billing.values.documents import Buyer, DocumentLine, InvoiceDocument, LineKind, Seller
from billing.values.events import (
    AppInstalled,
    AuthenticationNeeded,
    BillingAdminLeft,
    BillingAdminReplaced,
    BudgetReached,
    CancellationUndone,
    CardReminder,
    CardSaved,
    ChangePlanned,
    ChannelUnusable,
    ContactRefused,
    CreditNoteIssued,
    DetailsMissing,
    LatePaymentCredited,
    MemberChanged,
    MonthReported,
    PaymentDisputed,
    PaymentFailed,
    PaymentReceived,
    PlanChanged,
    PlannedChangeDropped,
    PlannedChangeUndone,
    PurchaseRequested,
    QuotaUsed,
    ReceiptUndelivered,
    RecipientLeft,
    RefundFailed,
    RenewalOverdue,
    RenewalReminder,
    RoleAskedFor,
    RoleDeclined,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionRestarted,
    SubscriptionStarted,
    SubscriptionTransferred,
    SupportAsked,
    SupportReceived,
    Topic,
    TrialExtended,
    TrialReminder,
    UnissuedPaymentCredited,
    VatNumberRejected,
)
from billing.values.holds import HoldReason, WhyHeld
from billing.values.money import Money
from billing.values.refusals import NotAllowed
from billing.values.snapshots import (
    AgendaEntry,
    AgendaPage,
    AttemptPage,
    AttemptSnapshot,
    AuditLine,
    AuditPage,
    BudgetPage,
    BudgetSnapshot,
    CardSetupSnapshot,
    CardSnapshot,
    ChannelTrouble,
    ContactSnapshot,
    ContactsPage,
    CreditNoteSnapshot,
    DocumentRow,
    DownloadChoices,
    DownloadSnapshot,
    Dunning,
    Health,
    InvoiceFile,
    InvoicePage,
    InvoiceSnapshot,
    InvoiceState,
    MemberSnapshot,
    MembersPage,
    MethodSnapshot,
    MoneyRow,
    Offer,
    PaidTimeLost,
    Papers,
    PaymentSnapshot,
    PendingSnapshot,
    PlanChoices,
    PlanOffer,
    ProfileSnapshot,
    PropertyDeletion,
    PropertySnapshot,
    PurchaseLimitPage,
    PurchaseReview,
    PurchasesPage,
    Quote,
    ReceiptChoices,
    SalesChoices,
    Spend,
    SpendRow,
    SubscriptionSnapshot,
    TransferChoices,
    Votes,
)
from billing.values.spans import Months, Span, spans_between
from billing.values.tax_groups import TaxGroup
from bot import sentences
from bot.blocks import Message
from bot.data_blocks import in_plain
from bot.settings import Support
from bot.views import (
    addresses,
    agenda,
    announcements,
    audit,
    budgets,
    buyers,
    changes,
    channels,
    companies,
    contacts,
    credit_notes,
    downloads,
    following,
    health,
    help,
    home,
    invoices,
    members,
    notice,
    payment_methods,
    payments,
    picking,
    profiles,
    properties,
    property_deletions,
    purchase_limits,
    purchase_requests,
    receipts_by_mail,
    renewals,
    settings,
    spend,
    subscriptions,
    support,
    tables,
    transfers,
)
from bot.views import purchases as purchases_made
from bot.views.quotes import quote_blocks
from tests.bot.operator_views_under_test import operator_messages, operator_views

PURCHASED = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ENDS = datetime(2026, 12, 31, 9, 30, tzinfo=UTC)
# The words for a no.
REASONS = tuple(declines.REASONS)
OWN = ("growth", Interval.MONTH)
# What is allowed in every state that a reader sees.
SETTINGS = frozenset({Act.CHOOSE_PAYMENT_METHOD, Act.CHANGE_ADDRESS, Act.CHANGE_COMPANY, Act.CHANGE_RECEIPTS})
UNPAID = SETTINGS | {Act.CANCEL, Act.PAY_NOW}
SUPPORT = Support(
    "CSUPPORT",
    "https://example.com/chat?a=1&b=2",
    "https://example.com/call",
    "https://example.com/community",
)
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


def prop(people: People, role: Role = Role.ADMIN, number: int = 0) -> PropertySnapshot:
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
        allowed=SETTINGS | {Act.CANCEL, Act.CHANGE, Act.TRANSFER},
        version=3,
    )


def in_every_state(people: People) -> list[SubscriptionSnapshot]:
    """What else the engine can make of a running subscription."""
    change = PendingSnapshot(people.name("Business"), Interval.YEAR, 12, ENDS)
    return [
        replace(subscription(people, 301), status="trialing", quantity=10_000),
        replace(subscription(people, 302), status="trialing", next_charge=None),
        replace(subscription(people, 303), status="past_due", allowed=UNPAID),
        *(
            replace(
                subscription(people, 315 + number),
                status="past_due",
                allowed=UNPAID,
                dunning=Dunning(try_at, ENDS),
            )
            for number, try_at in enumerate((None, PURCHASED))
        ),
        replace(subscription(people, 304), pending=change, allowed=UNPAID | {Act.UNDO_CHANGE}),
        replace(
            subscription(people, 305),
            pending=replace(change, interval=Interval.MONTH, applies_at=None),
            allowed=SETTINGS,
        ),
        replace(
            cancelled(people, 306),
            status="past_due",
            allowed=SETTINGS | {Act.UNDO_CANCELLATION, Act.PAY_NOW},
        ),
        replace(cancelled(people, 315), dropped=change),
        replace(subscription(people, 313), allowance=1000, used=900),
        replace(subscription(people, 314), allowance=1000, used=10**12),
        replace(subscription(people, 307), receipts_refused_at=PURCHASED),
        replace(subscription(people, 308), next_charge=Money(1538, "EUR"), next_credit=Money(2000, "EUR")),
        replace(subscription(people, 309), next_charge=Money(0, "EUR"), next_credit=Money(3538, "EUR")),
        replace(subscription(people, 310), next_charge=Money(3568, "EUR"), next_credit=Money(-30, "EUR")),
        *(
            replace(
                subscription(people, 311 + credit),
                next_charge=Money(0, "EUR"),
                next_credit=Money(credit, "EUR"),
                next_carried=Money(30, "EUR"),
            )
            for credit in (0, 3508)
        ),
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
        allowed=SETTINGS | {Act.UNDO_CANCELLATION, Act.TRANSFER},
    )


def ended(people: People, number: int = 0) -> SubscriptionSnapshot:
    over = replace(
        cancelled(people, number),
        status="ended",
        ends_at=None,
        ended_at=ENDS,
        allowed=SETTINGS | {Act.RESTART, Act.TRANSFER},
    )
    begun_anew = PendingSnapshot(people.name("Growth"), Interval.MONTH, 1, None)
    return replace(over, pending=begun_anew) if number % 2 else over


def invoice(people: People, number: int = 12) -> InvoiceSnapshot:
    add_on, plan = people.name("AI Assist"), people.name("Growth")
    total = Money(3538, "EUR")
    states = list(InvoiceState)
    return InvoiceSnapshot(
        f"inv_{number}",
        f"2026-{number:06}",
        date(2026, 11, 23),
        total,
        "sub_0",
        add_on,
        plan,
        state=states[number % len(states)],
    )


def purchases(people: People, role: Role = Role.ADMIN, count: int = 1, choices: int = 1) -> PurchasesPage:
    running = [subscription(people, number) for number in range(count)]
    over = [ended(people, 200 + number) for number in range(count)]
    stopped = [cancelled(people, 100)] if count else []
    return PurchasesPage(
        property=prop(people, role),
        choices=tuple(prop(people, role, number) for number in range(choices)),
        running=(*running, *stopped),
        ended=tuple(over),
        invoices={one.id: tuple(invoice(people, number) for number in (12, 11, 10)) for one in running},
        unpaid={},
        credit=Money(0, "EUR"),
        now=PURCHASED,
        budget=budget() if count else None,
    )


def budget(every: Interval = Interval.MONTH, used: int = 41_200) -> BudgetSnapshot:
    span = Span.read("2026-11" if every is Interval.MONTH else "2026")
    return BudgetSnapshot(every, Money(50_000, "EUR"), Money(used, "EUR"), span, ENDS)


def budgets_in_every_state() -> Iterator[BudgetSnapshot | None]:
    yield None
    for every in Interval:
        yield from (budget(every, used) for used in (-1_200, 0, 41_200, 10**12))


def profile(people: People) -> ProfileSnapshot:
    """More that follow than are named, and one with its own."""
    has = subscription(people)
    followers = tuple(subscription(people, number) for number in range(14))
    own = (subscription(people, 20),)
    return ProfileSnapshot(prop(people), "IT", has.address, has.company, followers, own, "f" * 32)


def invoice_page(people: People, page: int = 2, count: int = 31) -> InvoicePage:
    shown = tuple(invoice(people, number) for number in range(min(count, 8)))
    title = f"{people.name('AI Assist')} {people.name('Growth')}"
    return InvoicePage(prop(people), "sub_0", title, shown, page, max(1, -(-count // 8)), count)


def in_states(people: People) -> PurchasesPage:
    running = tuple(in_every_state(people))
    states = payments_in_every_state().values()
    owed = dict(zip(["sub_304", "sub_305", "sub_306", "sub_201"], states, strict=True))
    for id_, state in (("sub_303", "declined"), ("sub_316", "bank")):
        owed[id_] = replace(payments_in_every_state()[state], try_at=ENDS, next_card="Mastercard 5555")
    over = (ended(people, 201), ended(people, 202))
    return replace(
        purchases(people, Role.OWNER, choices=3), running=running, ended=over, invoices={}, unpaid=owed
    )


def quote(people: People) -> Quote:
    """What a person is shown before they decide."""
    zero = Money(0, "EUR")
    return Quote(
        subscription(people),
        None,
        Money(3538, "EUR"),
        zero,
        zero,
        zero,
        ENDS,
        ENDS,
        Money(3538, "EUR"),
        zero,
        zero,
        "f1",
    )


def prorated(people: People) -> Quote:
    """The same where something is given back, the rest of a cycle charged, and some of it is credit."""
    about: dict[str, Any] = {"add_on": people.name("AI Assist"), "interval": Interval.MONTH, "tax_rate": 2200}
    span = {"first_day": date(2026, 12, 16), "last_day": date(2026, 12, 31)}
    part: dict[str, Any] = {**about, **span, "quantity": 1, "days": 15, "of_days": 30}
    growth, business = people.name("Growth"), people.name("Business")
    lines = (
        DocumentLine(
            **part, plan=growth, unit_minor=2900, net_minor=-1450, kind=LineKind.CREDIT, whole_minor=2900
        ),
        DocumentLine(
            **part, plan=growth, unit_minor=2900, net_minor=-1400, kind=LineKind.CREDIT, whole_minor=2900
        ),
        DocumentLine(
            **part, plan=business, unit_minor=9900, net_minor=4950, kind=LineKind.REST, whole_minor=9900
        ),
        DocumentLine(
            **about,
            plan=business,
            first_day=date(2027, 1, 1),
            last_day=date(2027, 1, 31),
            quantity=3,
            unit_minor=1000,
            net_minor=3000,
        ),
    )
    document = InvoiceDocument(
        "",
        date(2026, 12, 16),
        "EUR",
        people.name("Piazza"),
        Seller("Venditore S.p.A.", (), "IT", "IT00743110157", "Europe/Rome"),
        Buyer("Piazza S.r.l.", (), "IT"),
        lines,
        (TaxGroup(2200, 6500, 1430),),
        "Visa 4242",
    )
    pending = PendingSnapshot(business, Interval.YEAR, 12, None)
    return replace(
        quote(people),
        subscription=replace(subscription(people), pending=pending),
        document=document,
        charge_now=Money(3438, "EUR"),
        credit_used=Money(1000, "EUR"),
        credited=Money(100, "EUR"),
        carried=Money(-30, "EUR"),
    )


def credited_apart(people: People) -> Quote:
    """The same where an office's unused time is a credit note to it, and its table has another rate by now."""
    shown = prorated(people)
    assert shown.document
    charged = shown.document.lines[2:]
    office = TaxGroup(2100, -2850, 0, "split_payment"), TaxGroup(2200, 7950, 0, "split_payment")
    invoice = replace(shown.document, lines=charged, taxes=office[1:])
    return replace(shown, document=replace(shown.document, taxes=office), invoice=invoice)


def at_the_end(people: People) -> Quote:
    """The same for a change that waits for the end of the cycle."""
    pending = PendingSnapshot(people.name("Business"), Interval.MONTH, 1, ENDS)
    shown = replace(subscription(people), pending=pending)
    return replace(quote(people), subscription=shown, charge_now=Money(0, "EUR"))


def plan_choices(people: People, policy: str = "prorate") -> PlanChoices:
    plans = (("growth", people.name("Growth")), ("business", people.name("Business")))
    offers = tuple(
        PlanOffer(plan_id, plan, interval, Money(2900, "EUR"), is_own=(plan_id, interval) == OWN)
        for interval in Interval
        for plan_id, plan in plans
    )
    return PlanChoices(subscription(people), policy, offers)


def buyer_typed(people: People) -> dict[str, str]:
    """Who was typed in the form of a buyer, each field as long as it may be."""
    address = people.address or _address_of("n")
    return {**address.as_dict(), "country": "DE", "vat_number": "DE136695976"}


def sales_choices(people: People, count: int) -> SalesChoices:
    offers = tuple(
        Offer(
            f"add-on-{n}",
            people.name(f"AI Assist {n}"),
            "growth",
            people.name("Growth"),
            Interval.MONTH,
            Money(2900, "EUR"),
            n % 2 * 14,
        )
        for n in range(count)
    )
    addresses = ((("sub_0", people.address),) if people.address else ()) if count else ()
    known = ("emma@esempio.example",) if count % 2 else ()
    return SalesChoices(
        prop(people), offers, addresses, known, known[0] if known else None, "DE" if count else "IT"
    )


def receipt_choices(people: People) -> Iterator[ReceiptChoices]:
    """Nobody to choose, some, and more than one list holds; with all that can keep them from arriving."""
    yield ReceiptChoices(subscription(people), (), None, sends=False, waiting_since=PURCHASED)
    for count in (1, 130):
        known = (*(f"n{n}@{'long.' * 12}example" for n in range(count)), f"{'n' * 64}@{'long.' * 30}example")
        refused = replace(subscription(people), receipts_to=known[0], receipts_refused_at=PURCHASED)
        lost = replace(refused, receipts_to=None, receipts_lost_by="U2")
        yield ReceiptChoices(lost, known, None, sends=True, waiting_since=None)
        yield ReceiptChoices(refused, known, known[0], sends=True, waiting_since=None)


def transfer_choices(people: People) -> TransferChoices:
    return TransferChoices((subscription(people), ended(people, 1)), (prop(people, Role.OWNER, 1),))


def payments_in_every_state() -> dict[str, PaymentSnapshot]:
    amount = Money(3538, "EUR")
    paid = PaymentSnapshot(
        "pay_1", "sub_0", "inv_1", "renewal", "paid", amount, None, None, False, None, None, None
    )
    opened = replace(paid, state="open", waiting_for="gateway")
    declined = replace(
        opened, waiting_for="schedule", reason="insufficient_funds", for_good=True, ends_at=ENDS
    )
    bank = replace(opened, waiting_for="authentication", action_url="https://bank.example/3ds")
    return {"paid": paid, "unknown": opened, "declined": declined, "bank": bank}


def methods(people: People, count: int) -> tuple[MethodSnapshot, ...]:
    states = (None, "soon", "expired")
    cards = [CardSnapshot(people.name("Visa")[:20], f"{4242 + n}", 12, 2030) for n in range(count)]
    return tuple(
        MethodSnapshot(f"pm_{n}", card, ("AI Assist",) if n % 2 else (), states[n % 3])
        for n, card in enumerate(cards)
    )


def agenda_page(people: People) -> AgendaPage:
    names = (people.name("Piazza"), people.name("AI Assist"), people.name("Growth"))
    kinds = ("renews", "ends", "trial_ends", "changes", "converts", "retries", "collects", "ends_unpaid")
    entries = [
        AgendaEntry(ENDS, kind, *names, None if kind.startswith("ends") else Money(3538, "EUR"))
        for kind in kinds
    ]
    paid = AgendaEntry(ENDS, "renews", *names, Money(0, "EUR"), Money(3538, "EUR"))
    partly = AgendaEntry(ENDS, "renews", *names, Money(1538, "EUR"), Money(2000, "EUR"))
    total, credit = Money(15690, "EUR"), Money(5538, "EUR")
    return AgendaPage(prop(people), (*entries, paid, partly), total, credit, 2, 3, 21)


def spends(people: People) -> Iterator[Spend]:
    """Of nothing, of one add-on, and of more add-ons and months than a chart can show."""
    this_month = Span(2026, Months.MONTH, 3)
    past = list(spans_between(date(2025, 4, 1), date(2026, 3, 1), Months.MONTH))
    coming = list(spans_between(date(2026, 3, 1), date(2027, 3, 1), Months.MONTH))
    for add_ons in (0, 1, 2, 14):
        rows = [
            SpendRow(month, people.name(f"AI Assist {number}"), Money(1220 - 700 * number, "EUR"), is_to_come)
            for number in range(add_ons)
            for is_to_come, months in ((False, past), (True, coming))
            for month in months
        ]
        ordered = sorted(rows, key=lambda row: row.month.first_day)
        yield Spend(prop(people), "EUR", tuple(ordered), this_month)


def with_data(people: People, t: Translator) -> Iterator[Message]:
    """Charts and tables."""
    yield from (spend.spend(found, t) for found in spends(people))
    yield tables.agenda(agenda_page(people), t)
    attempts = attempt_page(people)
    yield tables.history(attempts, t)
    yield tables.history(replace(attempts, attempts=attempts.attempts * 12, count=9_000, title=None), t)


def attempt_page(people: People) -> AttemptPage:
    outcomes = (
        "succeeded",
        "declined",
        "declined_for_good",
        "not_tried",
        "action_required",
        "unknown",
        "sent",
    )
    card, add_on = f"{people.name('Visa')} 4242", people.name("AI Assist")
    attempts = tuple(
        AttemptSnapshot(ENDS, Money(3538, "EUR"), card, outcome, "stolen_card", number, add_on)
        for outcome in outcomes
        for number in ("2026-000012", None)
    ) + tuple(
        AttemptSnapshot(ENDS, Money(3538, "EUR"), card, "succeeded", None, "2026-000012", add_on, state)
        for state in DisputeState
    )
    attempts += tuple(
        AttemptSnapshot(ENDS, Money(3538, "EUR"), card, "declined", reason, None, add_on)
        for reason in REASONS
    )
    return AttemptPage(prop(people), "sub_0", add_on, attempts, 2, 3, 41)


def events(people: People) -> Iterator[Any]:
    about = about_growth(people)
    yield SubscriptionCancelled(
        **about, by="U1", reason=(people.text or "Costa troppo") * 6, ends_at=ENDS, unpaid=False
    )
    yield SubscriptionCancelled(**about, by="U1", reason="not_used", ends_at=ENDS, trial=True)
    yield CancellationUndone(**about, by="U1", next_charge_at=ENDS)
    for try_at, given_up_at in ((None, None), (None, PURCHASED), (PURCHASED, PURCHASED)):
        owed: dict[str, Any] = {"unpaid": True, "try_at": try_at, "given_up_at": given_up_at}
        yield SubscriptionCancelled(**about, by="U1", reason="not_used", ends_at=ENDS, **owed)
        yield CancellationUndone(**about, by="U1", next_charge_at=ENDS, **owed)
    for was in ("active", "past_due", "trialing"):
        yield SubscriptionEnded(**about, ended_at=ENDS, was=was)
    for is_cancelled in (False, True):
        yield RenewalOverdue(**about, due_at=ENDS, cancelled=is_cancelled)
    for trial_ends_at in (None, ENDS):
        yield SubscriptionStarted(**about, by="U1", trial_ends_at=trial_ends_at)
    paid: dict[str, Any] = {"payment_id": "pay_1", "total_minor": 3538, "currency": "EUR"}
    yield SubscriptionStarted(**about, by="U1", **paid)
    yield SubscriptionRestarted(**about, by="U1")
    yield SubscriptionRestarted(**about, by="U1", **paid)
    yield ChangePlanned(
        **about, by="U1", next_plan=people.name("Business"), quantity=3, applies_at=ENDS, change_id="chg_1"
    )
    yield PlannedChangeUndone(**about, by="U1")
    terms: dict[str, Any] = {"interval": "year", "before_quantity": 1, "before_interval": "month"}
    for by, is_replaced in (("U1", True), ("U1", False), ("", False)):
        yield PlannedChangeDropped(
            **about, by=by, next_plan=people.name("Business"), quantity=3, is_replaced=is_replaced, **terms
        )
    for by in ("U1", ""):
        for before in (people.name("Starter"), about["plan"]):
            for minor in (1830, 0) if by else (0,):
                yield PlanChanged(**about, by=by, before=before, total_minor=minor, currency="EUR")
    for lost in (1, 246):
        yield _changed(about, "U1", people.name("Starter"), lost)
    for renews in (True, False):
        yield SubscriptionTransferred(**about, by="U1", from_property=people.name("Bottega"), renews=renews)
    yield TrialExtended(**about, days=14, ends_at=ENDS)
    for percent, used in ((80, 800), (100, 10**12)):
        yield QuotaUsed(**about, percent=percent, used=used, allowance=1000, ends_at=ENDS)
    yield from reminders(about, people)
    yield from budget_events(people)
    yield from requests_in_every_state(people)
    yield from payment_events(about, people)
    yield from people_events(people)


def about_growth(people: People) -> dict[str, Any]:
    return {
        "property_id": "prop_0",
        "property_name": people.name("Piazza"),
        "time_zone": "Europe/Rome",
        "subscription_id": "sub_0",
        "add_on": people.name("AI Assist"),
        "plan": people.name("Growth"),
    }


def reminders(about: dict[str, Any], people: People) -> Iterator[Any]:
    card = f"{people.name('Visa')} 4242"
    said: dict[str, Any] = {**about, "charge_at": ENDS, "currency": "EUR"}
    change: dict[str, Any] = {"next_plan": people.name("Business"), "quantity": 3, "before_quantity": 1}
    for kind in (RenewalReminder, TrialReminder):
        yield kind(**said, minor=35380, card=card)
        yield kind(**said, minor=35380)
        yield kind(**said, minor=0, credit_minor=35380, card=card)
        yield kind(**said, minor=35380, card=card, kept_by="U1")
    yield RenewalReminder(**said, minor=35380, credit_minor=-30, carried_minor=20, card=card, **change)
    yield CardReminder(**said, minor=35380, card=card, last_day="2026-02-28")


def budget_events(people: People) -> Iterator[BudgetReached]:
    about = ("prop_0", people.name("Piazza"), "Europe/Rome")
    for span, mark, used, coming in (
        ("2026-11", 75, 38_000, 2_900),
        ("2026", 90, 46_900, 0),
        ("2026-10", 100, 10**12, None),
    ):
        yield BudgetReached(*about, span, mark, used, 50_000, "EUR", coming)


def requested(people: People, act: str = "purchase", **said: Any) -> PurchaseRequested:
    """Business, which somebody wants to have, in the place of Growth where it is a change."""
    if act == "change":
        said |= {"had_plan": people.name("Growth"), "had_quantity": 1, "had_interval": "month"}
    return PurchaseRequested(
        "prop_0",
        people.name("Piazza"),
        "Europe/Rome",
        request_id="req_1",
        act=act,
        by="U1",
        add_on=people.name("AI Assist"),
        plan=people.name("Business"),
        quantity=3 if act == "change" else 1,
        interval="month",
        currency="EUR",
        minor=120_780,
        next_minor=120_780,
        next_charge_at=ENDS,
        expires_at=ENDS,
        card=f"{people.name('Visa')} 4242",
        **said,
    )


def requests_in_every_state(people: People) -> Iterator[PurchaseRequested]:
    for act in ("purchase", "change", "restart"):
        yield requested(people, act)
        yield requested(people, act, state="done", decided_by="U2", charged_minor=120_780)
    for state in ("approved", "waiting", "done", "failed", "declined"):
        yield requested(people, state=state, decided_by="U2")
    yield requested(people, state="withdrawn", decided_by="U1")
    yield requested(people, state="expired")


def limits_in_every_state(people: People) -> Iterator[PurchaseLimitPage]:
    waiting = tuple(requested(people, act) for act in ("purchase", "change", "restart") * 3)
    for role in (Role.OWNER, Role.ADMIN):
        yield PurchaseLimitPage(prop(people, role), "EUR", None, is_alone=False)
        for is_alone in (True, False):
            yield PurchaseLimitPage(prop(people, role), "EUR", Money(50_000, "EUR"), is_alone, waiting)


def _changed(about: dict[str, Any], by: str, before: str, lost: int = 0) -> PlanChanged:
    return PlanChanged(
        **about,
        by=by,
        before=before,
        change_id="",
        lost_days=lost,
        lost_of_days=365,
        lost_minor=lost * 271,
        currency="EUR",
    )


def backup_events(people: People) -> Iterator[Any]:
    """What is told of a plan that has a backup card."""
    about = about_growth(people)
    brand = people.name("Mastercard")[:20]
    first, backup = f"{people.name('Visa')[:20]} 4242", f"{brand} 5555"
    paid: dict[str, Any] = {
        **about,
        "invoice_id": "inv_12",
        "number": "2026-000012",
        "currency": "EUR",
        "minor": 3538,
        "total_minor": 3538,
        "card": backup,
        "declined_card": first,
    }
    yield PaymentReceived(**paid, declined_reason="stolen_card", now_pays=True)
    yield PaymentReceived(**paid, declined_reason="insufficient_funds")
    failed = payment_failed(about, "stolen_card", ENDS)
    yield replace(failed, backup_card=backup, backup_reason="insufficient_funds", next_card=backup)
    url = "https://bank.example/confirm"
    needed = AuthenticationNeeded(**about, payment_id="pay_1", minor=3538, currency="EUR", url=url)
    yield replace(needed, backup_card=backup, backup_at=ENDS)
    charge: dict[str, Any] = {"charge_at": ENDS, "currency": "EUR", "minor": 35380, "last_day": "2026-02-28"}
    yield CardReminder(**about, **charge, card=first, backup_card=backup)


def payment_events(about: dict[str, Any], people: People) -> Iterator[Any]:
    card = f"{people.name('Visa')} 4242"
    invoice: dict[str, Any] = {"invoice_id": "inv_12", "number": "2026-000012", "currency": "EUR"}
    shares = (
        (3538, 3531, 0),
        (3538, 3538, 0),
        (2538, 3538, 0),
        (0, 3538, 0),
        (0, 0, 0),
        (0, -3538, 0),
        (3568, 3538, -30),
        (0, 3538, 30),
        (3530, 3538, 8),
        (0, 30, 30),
    )
    for minor, total, carried in shares:
        yield PaymentReceived(
            **about,
            **invoice,
            minor=minor,
            total_minor=total,
            card=card if minor else "",
            carried_minor=carried,
        )
    for reason in (*REASONS, people.name("do_not_honor")):
        yield payment_failed(about, reason, ENDS)
    yield payment_failed(about, "insufficient_funds", None)
    yield payment_failed(about, "stolen_card", None, is_reminder=True)
    url = "https://bank.example/confirm?a=1&b=<!channel>|x"
    needed = AuthenticationNeeded(**about, payment_id="pay_1", minor=3538, currency="EUR", url=url)
    yield from (needed, replace(needed, url="", is_over=True))
    yield CardSaved(**about, card=card)
    for due_at in (None, ENDS):
        yield CardSaved(**about, card=card, due_minor=1220, currency="EUR", due_at=due_at)
    yield CardSaved(**{**about, "subscription_id": "", "add_on": "", "plan": ""}, card=card)
    yield LatePaymentCredited(**about, minor=3538, currency="EUR")
    for paid_for in ("purchase", "change", "restart"):
        yield UnissuedPaymentCredited(**about, minor=3538, currency="EUR", paid_for=paid_for)
    for state in DisputeState:
        yield PaymentDisputed(**about, payment_id="pay_1", minor=3538, currency="EUR", state=state)
    for missing, reminder in (
        ("card address receipts", False),
        ("card address receipts", True),
        ("address", True),
    ):
        yield DetailsMissing(
            **about, missing=missing, charge_at=ENDS, minor=3538, currency="EUR", is_reminder=reminder
        )
    refund_failed = RefundFailed(
        "prop_0",
        people.name("Piazza"),
        "Europe/Rome",
        number="2026-000012",
        minor=3538,
        promised_minor=3538,
        currency="EUR",
        reason="lost_or_stolen_card",
    )
    yield refund_failed
    yield replace(refund_failed, promised_minor=1000, workspace_name=people.name("Esempio"), asked_by="U1")
    yield replace(refund_failed, promised_minor=0, number="pay_1", workspace_name=people.name("Esempio"))
    yield RecipientLeft(**about, user_id="U2")
    yield VatNumberRejected("prop_0", people.name("Piazza"), "Europe/Rome", number="DE136695976")
    yield ContactRefused("prop_0", people.name("Piazza"), "Europe/Rome", contact_id="con_1", code=550)
    for code in (550, None):
        yield ReceiptUndelivered(**about, number="2026-000012", code=code)
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


def payment_failed(
    about: dict[str, str], reason: str, try_at: datetime | None, *, is_reminder: bool = False
) -> PaymentFailed:
    return PaymentFailed(
        **about,
        payment_id="pay_1",
        minor=3538,
        currency="EUR",
        reason=reason,
        try_at=try_at,
        ends_at=None,
        can_pay_now=try_at is not None,
        is_reminder=is_reminder,
    )


def every_view(people: People, t: Translator) -> Iterator[dict[str, Any]]:
    """Each modal and each Home tab."""
    one, stopped = subscription(people), cancelled(people)
    for role in (Role.OWNER, Role.ACCOUNTANT):
        for count in (0, 1, 6, 40):
            yield home.home(purchases(people, role, count, choices=1 + count * 3), t)
    yield home.home(in_states(people), t)
    for page in (purchases(people, Role.OWNER), in_states(people)):
        for bought in (*page.running, *page.ended):
            yield home.details(bought, page, t)
    for role in (Role.OWNER, Role.ADMIN, Role.ACCOUNTANT):
        for channel in (None, "C1"):
            yield settings.settings(replace(prop(people, role), billing_channel=channel), t)
    for owners in ((), ("U1", "U2")):
        yield home.home_without_property(t, owners, can_create=True)
        yield home.home_without_property(t, owners, can_create=False)
    yield home.home_refused(sentences.message(NotAllowed("admin", ("U1",), "prop_0"), t), t)
    yield from people_views(people, t)
    yield from operator_views(people.name, purchases(people), payments_in_every_state(), t)
    for state in in_every_state(people):
        yield subscriptions.cancel_form([state], state, t)
        yield subscriptions.cancel_confirmation(state, people.name("Costa troppo"), t)
    yield subscriptions.cancel_form([one, subscription(people, 1)], one, t)
    yield subscriptions.cancel_form([subscription(people, number) for number in range(230)], None, t)
    yield subscriptions.cancel_form([], None, t)
    yield subscriptions.cancel_confirmation(stopped, people.name("Costa troppo") * 5, t)
    yield addresses.address_form(one, t)
    yield addresses.address_form(stopped, t)
    for has_own in (True, False):
        yield addresses.address_form(replace(one, property_has_profile=True, has_own_buyer=has_own), t)
    for has in budgets_in_every_state():
        yield budgets.budget_form(BudgetPage(prop(people), "EUR", has), t)
    for limited in limits_in_every_state(people):
        yield purchase_limits.limit_form(limited, "U1", t)
    for asked in requests_in_every_state(people):
        yield purchase_requests.review(PurchaseReview(asked, quote(people)), t)
    yield purchase_requests.review_again("req_1", quote(people), "It is not true any more.", t)
    yield profiles.profile_form(profile(people), t)
    yield companies.company_form(one, t)
    yield companies.company_form(replace(stopped, company=None), t)
    yield companies.company_form(one, t, _address_of(people.text), for_e_invoices=True)
    yield companies.company_form(one, t, replace(_address_of(people.text), country="DE"))
    yield picking.choose([one, subscription(people, 1), ended(people, 2)], addresses.EDIT, t)
    yield picking.choose([], addresses.EDIT, t)
    yield invoices.invoice_list(invoice_page(people), t, invoices.sent(invoice_file(people), t))
    yield invoices.invoice_list(corrected_page(people), t, credit_notes.sent(credit_note_file(people), t))
    yield invoices.invoice_list(replace(invoice_page(people), subscription_id=None, title=None), t)
    yield invoices.invoice_list(invoice_page(people, page=1, count=0), t)
    yield properties.create_form(t, "Europe/Rome", ["EUR"])
    yield properties.create_form(t, "Europe/Rome", ["EUR", "JPY", "USD"])
    yield from views_of_acts(people, t)
    yield from views_of_lists(people, t)


def views_of_acts(people: People, t: Translator) -> Iterator[dict[str, Any]]:
    """The forms and questions of changes, renewals and transfers."""
    form = changes.ChangeForm("sub_0", "business", Interval.YEAR, 12)
    for policy in ("", "trial", "period_end", "prorate", "reset"):
        yield changes.change_form(plan_choices(people, policy), None, (), t)
    lost = PaidTimeLost(people.name("Growth"), 246, 365, Money(66723, "EUR"))
    replaces = PendingSnapshot(people.name("Growth"), Interval.YEAR, 12, ENDS)
    losing = replace(quote(people), lost=lost, replaces=replaces)
    above = replace(quote(people), above=Money(1_000, "EUR"))
    for quoted in (
        quote(people),
        above,
        losing,
        prorated(people),
        credited_apart(people),
        at_the_end(people),
    ):
        yield changes.change_form(plan_choices(people), form, quote_blocks(quoted, t), t)
        yield changes.change_confirmation(quoted, form, "k1", t)
        yield changes.change_confirmation(quoted, form, "k1", t, "It is not true any more.")
        yield renewals.restart_confirmation(quoted, "k1", t)
    bought = purchases_made.PurchaseForm(
        "prop_0", "ai-assist", "growth", Interval.MONTH, 1, "pm_0", "", "a@b.example"
    )
    for quoted in (quote(people), above, prorated(people)):
        yield purchases_made.confirmation(quoted, bought, "k1", t, "It is not true any more.")
    for count in (0, 1, 130):
        choices, cards = sales_choices(people, count), methods(people, min(count, 12))
        yield purchases_made.purchase_form(choices, cards, t)
        yield purchases_made.purchase_form(choices, cards, t, buyer=buyer_typed(people))
        yield purchases_made.purchase_form(replace(choices, offers=(), unsold_currency="JPY"), cards, t)
        yield buyers.buyer_form(choices, t)
        for place, country in (("", "DE"), ("", "IT"), ("Islas Canarias", "ES"), ("AX", "FI")):
            typed = replace(bought, buyer=buyer_typed(people))
            yield buyers.buyer_form(choices, t, typed, buyers.why_asked(place, country, t))
    for receipts in receipt_choices(people):
        yield receipts_by_mail.receipt_form(receipts, t)
    yield picking.choose([], renewals.CHOSEN, t, renewals.nothing_to_renew(t))
    yield picking.choose([cancelled(people), ended(people, 1)], renewals.CHOSEN, t)
    yield renewals.keep_question(cancelled(people), t)
    yield renewals.no_longer_sold(ended(people), t)
    yield transfers.transfer_form(transfer_choices(people), None, t)
    yield transfers.transfer_form(replace(transfer_choices(people), subscriptions=()), None, t)
    for moved in (subscription(people), ended(people)):
        yield transfers.transfer_confirmation(subscription(people), moved, t)
    yield notice.in_progress(t)
    for count in (0, 1, 12):
        yield payment_methods.method_form(subscription(people), methods(people, count), t)
    yield payment_methods.method_form(subscription(people), methods(people, 1), t, Money(1220, "EUR"))
    cards = tuple(replace(one, pays=(), backs=(people.name("AI Assist"),)) for one in methods(people, 130))
    backed = replace(subscription(people), card=cards[0].card, backup=cards[1].card, backup_id="pm_1")
    for count in (2, 130):
        yield payment_methods.method_form(backed, cards[:count], t)


def download(people: People, span: str = "2026-Q1") -> DownloadSnapshot:
    name = people.name("Piazza")
    return DownloadSnapshot("T1", "dl_1", "prop_0", name, "U1", Span.read(span), ENDS, is_new=span == "2026")


def papers(people: People) -> Papers:
    """Three invoices, a credit note in another currency, a payment and a refund."""
    about, on = (people.name("AI Assist"), people.name("Esempio"), "", ""), date(2026, 3, 1)
    net, tax = Money(2900, "EUR"), Money(638, "EUR")
    row = DocumentRow("2026-000001", on, *about, net, tax, None)
    note = replace(row, net=Money(-2900, "JPY"), tax=Money(0, "JPY"), corrects="2026-000001")
    paid = MoneyRow(on, False, "2026-000001", net + tax, Money(0, "EUR"), "Visa 4242", "pi_1")
    return Papers(
        people.name("Piazza"), Span.read("2026"), [row, row, row, note], [paid, replace(paid, is_refund=True)]
    )


def views_of_lists(people: People, t: Translator) -> Iterator[dict[str, Any]]:
    for first in (date(2026, 11, 30), date(2001, 1, 1)):
        yield downloads.form(DownloadChoices(prop(people), first, date(2026, 11, 30)), t)
    yield agenda.agenda(agenda_page(people), t)
    yield agenda.agenda(replace(agenda_page(people), entries=(), total=None), t)
    yield agenda.agenda(replace(agenda_page(people), total=None, page=1, pages=1), t)
    yield payments.history(attempt_page(people), t)
    yield payments.history(replace(attempt_page(people), subscription_id=None, title=None), t)
    yield payments.history(replace(attempt_page(people), attempts=()), t)


def every_message(people: People, t: Translator) -> Iterator[Message]:
    """Each message and each private answer."""
    for role in (Role.OWNER, Role.ACCOUNTANT):
        for count in (0, 1, 6, 40):
            yield home.card(purchases(people, role, count, choices=1 + count * 3), t)
    yield home.card(in_states(people), t)
    for message in with_data(people, t):
        yield message
        yield Message(message.text, in_plain(message.blocks))
    yield home.without_property(t, (), can_create=True)
    yield home.without_property(t, ("U1",), can_create=False)
    for state in in_every_state(people):
        yield subscriptions.cancelled(state, t)
        yield subscriptions.cancellation_undone(state, t)
    yield subscriptions.cancelled(cancelled(people), t)
    yield subscriptions.cancellation_undone(subscription(people), t)
    yield addresses.address_changed(subscription(people), t)
    for has in budgets_in_every_state():
        yield budgets.budget_changed(BudgetPage(prop(people), "EUR", has), t)
    for page in limits_in_every_state(people):
        yield purchase_limits.limit_changed(page, t)
    for asked in requests_in_every_state(people):
        yield purchase_requests.asked(asked, t)
    yield profiles.profile_changed(profile(people), t)
    yield profiles.profile_changed(replace(profile(people), following=(ended(people, 2),), own=()), t)
    yield following.follows_again(subscription(people), t)
    for receipts_to in (None, "a@b.example"):
        changed = replace(subscription(people), receipts_to=receipts_to)
        yield receipts_by_mail.receipts_changed(changed, t)
    yield companies.company_changed(subscription(people), t)
    yield companies.company_changed(replace(subscription(people), company=None), t)
    yield invoices.sent(invoice_file(people), t)
    yield credit_notes.sent(credit_note_file(people), t)
    yield properties.created(prop(people), t)
    yield properties.chosen(prop(people), t)
    yield property_deletions.deleted(prop(people), t)
    yield help.unknown_command(t, people.name("cancle"), SUPPORT)
    yield help.unknown_topic(t, people.name("prices"), SUPPORT)
    yield properties.which(people.name("Shop"), purchases(people, choices=3).choices, t)
    yield from people_messages(people, t)
    yield from operator_messages(people.name, purchases(people), payments_in_every_state(), t)
    for event in backup_events(people):
        yield announcements.announcement(event, t)
        yield announcements.for_one(event, t)
    yield from (announcements.announcement(event, t) for event in events(people))
    yield from messages_of_acts(people, t)
    yield from messages_of_downloads(people, t)


def messages_of_downloads(people: People, t: Translator) -> Iterator[Message]:
    for span in ("2026", "2026-Q1", "2026-03"):
        one = download(people, span)
        yield downloads.asked(one, t)
        yield downloads.given_up(one, t)
        yield from (downloads.preparing(one, done, 3000 * bool(done), t) for done in (0, 1, 1499, 3000))
        yield downloads.ready(one, papers(people), t)
        yield Message(downloads.comment(one, t), [])


def messages_of_acts(people: People, t: Translator) -> Iterator[Message]:
    """The outcomes of changes, renewals, transfers and payments."""
    one = subscription(people)
    states = payments_in_every_state()
    planned = replace(one, pending=PendingSnapshot(people.name("Business"), Interval.YEAR, 12, ENDS, "chg_1"))
    yield changes.changed(one, states["paid"], t)
    yield changes.changed(one, None, t)
    yield changes.changed(planned, None, t)
    gone = changes.Gone(
        PaidTimeLost(people.name("Growth"), 246, 365, Money(66723, "EUR")),
        PendingSnapshot(people.name("Growth"), Interval.YEAR, 12, ENDS),
    )
    for now in (one, planned):
        yield changes.changed(now, None, t, gone)
    yield changes.change_undone(one, t)
    yield renewals.restarted(one, None, t)
    for waiting in (states["unknown"], states["bank"]):
        yield changes.changed(one, waiting, t)
        yield renewals.restarted(ended(people), waiting, t)
    for payment in (None, states["paid"], states["unknown"], states["bank"]):
        yield purchases_made.bought(one, payment, t)
    for moved in (one, ended(people)):
        yield transfers.transferred(moved, t)
    for payment in (*states.values(), replace(states["declined"], ends_at=None, try_at=ENDS, for_good=False)):
        yield payments.outcome(one, payment, t)
        yield payment_methods.chosen(CardChoice(one, tried=payment), t)
    for due in (None, states["declined"], states["bank"]):
        yield payment_methods.chosen(CardChoice(one, due=due), t)
    setup = CardSetupSnapshot("cs_1", people.name("Piazza"), "https://bank.example/card")
    for waits in (None, Money(1220, "EUR")):
        yield payment_methods.card_page(setup, t, waits)


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


def members_page(people: People, role: Role, page: int = 2) -> MembersPage:
    shown = tuple(
        MemberSnapshot(
            f"U{number}", people.name(f"Anna {number}"), role, (people.name("AI Assist"),) * number
        )
        for number, role in enumerate(Role)
    )
    return MembersPage(prop(people, role), shown * 2, page, 3, 20)


def audit_page(people: People, page: int = 2) -> AuditPage:
    details = (
        ("role", "agent", "admin"),
        ("topics", "", "receipts, endings"),
        ("channel", "", "C1"),
        ("total", "", "3538"),
        ("period_end_at", "", ENDS.isoformat()),
        ("card", "pm_1", "pm_2"),
        ("reason", "", f"other: {people.name('Too dear')}"),
        ("decline", "", people.name("insufficient_funds")),
        (people.name("unheard of"), people.name("before"), ""),
    )
    lines = tuple(
        AuditLine(PURCHASED, user, via, act, people.name("AI Assist"), "U2", details, refused)
        for user, via, act, refused in (
            ("U1", "chat", "member.set_role", None),
            ("U1", "operator", "subscription.look_at", "NotAllowed"),
            ("", "schedule", "subscription.renew", None),
            ("U1", "chat", people.name("unheard.of"), people.name("Unheard")),
        )
    )
    return AuditPage(prop(people), "EUR", lines * 2, page, 3, 20)


def healths(people: People) -> Iterator[Health]:
    yield Health(len(INVARIANTS), (), None, 0, None, (), "Europe/Rome", ENDS)
    yield Health(len(INVARIANTS), (), None, 0, None, (), "Europe/Rome", None)
    for reason in HoldReason:
        held = WhyHeld(reason, people.name("2"))
        yield Health(len(INVARIANTS), (), None, 0, None, (), "Europe/Rome", ENDS, held=held)
    for count in (1, 2):
        yield Health(
            len(INVARIANTS),
            INVARIANTS[:count],
            PURCHASED,
            count,
            PURCHASED,
            (people.name("AI Assist"),) * count,
            "Europe/Rome",
            ENDS,
        )
    yield Health(len(INVARIANTS), INVARIANTS, PURCHASED, 1000, PURCHASED, (), "Europe/Rome", ENDS)
    for problem in ChannelProblem:
        troubles = (ChannelTrouble("C1", problem, PURCHASED), ChannelTrouble("C2", problem, PURCHASED))
        yield Health(len(INVARIANTS), (), None, 1, PURCHASED, (), "Europe/Rome", ENDS, *troubles)


def deletions(people: People) -> Iterator[PropertyDeletion]:
    """Without anything against it, with credit, and with more than fits."""
    mine, nothing = prop(people, Role.OWNER), Money(0, "EUR")
    yield PropertyDeletion(mine, (), False, nothing, Money(30, "EUR"))
    yield PropertyDeletion(mine, (), True, Money(1220, "EUR"), nothing)
    many = tuple(subscription(people, number) for number in range(60))
    yield PropertyDeletion(mine, (*in_every_state(people), *many), True, nothing, nothing)


def contacts_of(people: People) -> Iterator[ContactSnapshot]:
    """Members and addresses, and each way in which mail does not come."""
    kinds = tuple(ContactKind)
    for number, (address, is_here, code) in enumerate(
        (("a@b.example", True, None), (None, False, None), ("c@b.example", True, 550))
    ):
        name = people.name(f"Anna {number}")
        yield ContactSnapshot(
            f"con_{number}", f"U{number}", name, address, kinds, True, None, code, is_here=is_here
        )
    for number, (confirmed, code) in enumerate(((True, None), (False, None), (False, 554)), 3):
        address = f"{number}{'x' * 60}@studio.example"
        yield ContactSnapshot(
            f"con_{number}", None, address, address, kinds[:1], confirmed, PURCHASED, code, is_here=True
        )


def contact_views(people: People, t: Translator) -> Iterator[dict[str, Any]]:
    """The list of billing contacts and its forms."""
    found = tuple(contacts_of(people))
    for role in (Role.ADMIN, Role.ACCOUNTANT):
        yield contacts.contact_list(ContactsPage(prop(people, role), found, sends=True), t)
    yield contacts.contact_list(ContactsPage(prop(people), (), sends=False), t, contacts.removed(t))
    yield contacts.add_form(prop(people, Role.ADMIN), t)
    for one in found:
        yield contacts.change_form("prop_0", one, t)
        yield contacts.confirm_form("prop_0", one, t)
        page = ContactsPage(prop(people), (one,), sends=True)
        yield contacts.contact_list(page, t, contacts.added(one, t))
        yield contacts.contact_list(page, t, contacts.changed(one, t))


def people_views(people: People, t: Translator) -> Iterator[dict[str, Any]]:
    """Each modal about members, the channel, the audit log and the support."""
    for role in (Role.OWNER, Role.ACCOUNTANT):
        yield members.member_list(members_page(people, role), t)
    one = members_page(people, Role.OWNER, 1)
    yield members.member_list(one, t, members.done(members.MemberForm("prop_0", "U1", 1, None), t))
    yield members.add_form(one.property, 1, t)
    for member in one.members:
        yield members.change_form(member, one.property, 1, t)
    yield from contact_views(people, t)
    for channel, topics in (("C1", tuple(Topic)), ("C1", ()), (None, (Topic.MEMBERS,))):
        shop = replace(prop(people, Role.OWNER), billing_channel=channel, topics=topics)
        yield channels.channel_form(shop, None, t)
    for problem in ChannelProblem:
        trouble = ChannelTrouble("C1", problem, PURCHASED)
        yield channels.channel_form(replace(shop, billing_channel="C1"), trouble, t)
    for deletion in deletions(people):
        yield property_deletions.deletion(deletion, t)
    yield audit.audit_log(audit_page(people), t)
    yield audit.audit_log(replace(audit_page(people, 1), lines=(), pages=1, count=0), t)
    yield support.message_form(t)


def people_messages(people: People, t: Translator) -> Iterator[Message]:
    """Each message about members, the channel, health, help and the support."""
    for topic in HelpTopic:
        for own in (None, True, False):
            yield help.help_text(t, Votes(topic, 76, 130, own), SUPPORT)
    yield help.help_text(t, Votes("words", 0, 0, None), Support())
    yield sentences.message(NotAllowed("owner", ("U1", "U2"), "prop_0"), t)
    yield members.asked(tuple(f"U{number}" for number in range(10)), t)
    for channel, topics in (("C1", tuple(Topic)), ("C1", ()), (None, (Topic.MEMBERS,))):
        yield channels.chosen(replace(prop(people), billing_channel=channel, topics=topics), t)
    yield from (health.health(found, t) for found in healths(people))
    yield support.sent(people.name("Piazza"), t)
    yield support.sent("", t)


def months_reported() -> Iterator[MonthReported]:
    """Of four currencies, where sums differ; and of one that has nothing but a sale."""
    names = ("opening", "new", "expansion", "contraction", "churn", "reactivation", "closing")
    currencies = {"EUR": 30_933, "JPY": 1_500, "KWD": 1_500, "USD": 1_200}
    whose = {"property_id": "", "property_name": "", "time_zone": "Europe/Rome", "as_of": "2026-11-01"}
    lost = {"cancelled": 1, "failed": 0, "revenue_cancelled": 2_900, "revenue_failed": 0}
    sums = {"invoices": 5, "recovered": 3_440, "lost": 0, "credited": 1_440, "still_open": 1_220}
    buckets = ("0-30", "31-60", "61-90", "91+", "total")
    yield MonthReported(
        **whose,
        month="2026-10",
        revenue={
            each: {**dict.fromkeys(names, minor), "churn": -2_900} for each, minor in currencies.items()
        },
        customers={each: dict.fromkeys(names, 10) for each in currencies},
        lost={each: {**lost, "customer_share": 1_000, "revenue_share": 940} for each in currencies},
        recorded_late={"EUR": 1, "USD": 2},
        ageing={each: dict.fromkeys(buckets, 610) for each in currencies},
        recovery={month: dict.fromkeys(currencies, sums) for month in ("2026-09", "2026-10")},
        journal={each: {"debit": 2_074, "credit": 2_074} for each in currencies},
        differing=["mrr --month 2026-10", "recovery --month 2026-09"],
    )
    yield MonthReported(
        **whose,
        month="2026-10",
        revenue={"EUR": dict.fromkeys(names, 0) | {"new": 1_000, "closing": 1_000}},
        customers={"EUR": dict.fromkeys(names, 0) | {"new": 1, "closing": 1}},
        lost={"EUR": lost},
        recorded_late={},
        ageing={},
        recovery={"2026-09": {}, "2026-10": {}},
        journal={"EUR": {"debit": 2_440, "credit": 2_440}},
        differing=[],
    )


def people_events(people: People) -> Iterator[Any]:
    about = {"property_id": "prop_0", "property_name": people.name("Piazza"), "time_zone": "Europe/Rome"}
    for before, role in ((None, "admin"), ("admin", "agent"), ("agent", None)):
        yield MemberChanged(**about, by="U1", user_id="U2", before=before, role=role)
    plans = ", ".join(people.name(f"AI Assist {n} Growth") for n in range(12))
    yield BillingAdminLeft(**about, user_id="U2", plans=plans)
    yield BillingAdminReplaced(**about, by="U1", user_id="U2", plans=plans)
    yield RoleAskedFor(**about, by="U1", role="agent", needed="accountant")
    yield RoleAskedFor(**about, by="U1", role="", needed="accountant")
    yield RoleDeclined(**about, by="U1", needed="admin")
    message = people.name("Which plan fits?") * 2 + "\n\n" + "x" * 1800
    yield SupportAsked(**about, by="U1", message=message)
    yield SupportReceived(**about, message=message)
    yield AppInstalled(**about)
    yield from months_reported()
    for problem in ChannelProblem:
        yield ChannelUnusable(**about, channel="C1", problem=problem)
