"""Plans in every state, what they would cost and what is chosen for them, for tests of what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from billing.values.actors import Role
from billing.values.acts import Act
from billing.values.cycles import Interval
from billing.values.documents import Buyer, DocumentLine, InvoiceDocument, LineKind, Seller
from billing.values.money import Money
from billing.values.snapshots import (
    AgendaEntry,
    AgendaPage,
    AuditLine,
    AuditPage,
    BudgetSnapshot,
    CardSnapshot,
    Dunning,
    MethodSnapshot,
    Offer,
    PendingSnapshot,
    PlanChoices,
    PlanOffer,
    ProfileSnapshot,
    PropertyDeletion,
    PurchasesPage,
    Quote,
    ReceiptChoices,
    SalesChoices,
    SubscriptionSnapshot,
    TransferChoices,
)
from billing.values.spans import Span
from billing.values.tax_groups import TaxGroup
from bot.settings import Support
from tests.bot.sample_documents import invoice, payments_in_every_state
from tests.bot.sample_people import ENDS, PURCHASED, People, company, prop

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


def deletions(people: People) -> Iterator[PropertyDeletion]:
    """Without anything against it, with credit, and with more than fits."""
    mine, nothing = prop(people, Role.OWNER), Money(0, "EUR")
    yield PropertyDeletion(mine, (), False, nothing, Money(30, "EUR"))
    yield PropertyDeletion(mine, (), True, Money(1220, "EUR"), nothing)
    many = tuple(subscription(people, number) for number in range(60))
    yield PropertyDeletion(mine, (*in_every_state(people), *many), True, nothing, nothing)


def profile(people: People) -> ProfileSnapshot:
    """More that follow than are named, and one with its own."""
    has = subscription(people)
    followers = tuple(subscription(people, number) for number in range(14))
    own = (subscription(people, 20),)
    return ProfileSnapshot(prop(people), "IT", has.address, has.company, followers, own, "f" * 32)
