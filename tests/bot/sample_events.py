"""All that may be told, for tests of how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from billing.values.actors import Role
from billing.values.channels import ChannelProblem
from billing.values.disputes import DisputeState
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
    TrialExtended,
    TrialReminder,
    UnissuedPaymentCredited,
    VatNumberRejected,
)
from billing.values.money import Money
from billing.values.snapshots import (
    PurchaseLimitPage,
)
from tests.bot.sample_documents import REASONS
from tests.bot.sample_people import ENDS, PURCHASED, People, prop


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
