"""Budgets: what documents come to in a month or year, told once at each mark, and nothing is blocked (line 48)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from billing import Actor
from billing.renewals import bulk
from billing.renewals.single import catch_up
from billing.services import budgets, changes, contacts, credit_notes, due_work, properties, transfers
from billing.services.changes import PlanSelection
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.contacts import ContactKind
from billing.values.cycles import Interval
from billing.values.errors import NotAnAmount
from billing.values.money import Money
from billing.values.refusals import ChangedMeanwhile, NotAllowed, NotFound
from billing.values.snapshots import BudgetSnapshot, PropertySnapshot
from billing.values.spans import Span
from tests.billing.desk import WORKSPACE, Desk, at_once
from tests.billing.office import Office
from tests.billing.test_statements import counted
from tests.mailboxes import text_in

# With 22 % VAT: 35.38, 24.40 and 12.20.
ASSIST, VIDEO = "ai-assist/growth/month", "video-voice/standard/month"
PRO, BASIC = "live-chat/pro/month", "live-chat/basic/month"
MONTH, YEAR = Interval.MONTH, Interval.YEAR


def told(desk: Desk, audience: str = "slack_channel") -> list[tuple[str, int, int, int, int | None]]:
    """Of each warning its span, mark, what was spent, the budget, and what is to come."""
    rows = desk.rows(
        "SELECT fact FROM outbox WHERE kind = 'BudgetReached' AND audience = :a ORDER BY number", a=audience
    )
    facts = [fact if isinstance(fact, dict) else json.loads(fact) for (fact,) in rows]
    names = ("span", "mark", "used_minor", "budget_minor", "coming_minor")
    found = [tuple(fact["event"].get(name) for name in names) for fact in facts]
    return [(str(span), *amounts) for span, *amounts in found]


def marks(desk: Desk) -> list[tuple[str, int]]:
    return [(span, mark) for span, mark, *_ in told(desk)]


def shown(desk: Desk, owner: Actor, prop: PropertySnapshot) -> BudgetSnapshot:
    """As it stands on the page, which says the same as the form."""
    properties.choose(desk.billing, owner, prop.id)
    on_page = properties.purchases(desk.billing, owner).budget
    assert on_page == budgets.look_at(desk.billing, owner, prop.id).budget
    assert on_page is not None
    return on_page


def in_the_books(desk: Desk, prop: PropertySnapshot, first: datetime, after: datetime) -> int:
    """What the documents of that time come to, added up one by one."""
    issued = [one for one in desk.invoices() if one.property_id == prop.id and first <= one.issued_at < after]
    notes = desk.rows(
        "SELECT total_minor FROM credit_notes WHERE property_id = :p AND issued_at >= :f AND issued_at < :a",
        p=prop.id,
        f=first if desk.billing.engine.dialect.name == "postgresql" else f"{first:%Y-%m-%d %H:%M:%S}",
        a=after if desk.billing.engine.dialect.name == "postgresql" else f"{after:%Y-%m-%d %H:%M:%S}",
    )
    return sum(one.total_minor for one in issued) - sum(int(minor) for (minor,) in notes)


def test_a_budget_is_set_changed_and_removed_and_the_log_says_who(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    assert budgets.look_at(desk.billing, owner, piazza.id).budget is None
    assert budgets.change(desk.billing, owner, piazza.id, None, "").budget is None
    desk.buy(owner, piazza, ASSIST)
    admin = desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    made = budgets.change(desk.billing, admin, piazza.id, MONTH, "500,50").budget
    over_at = datetime(2026, 1, 31, 23, tzinfo=UTC)  # midnight in Rome
    assert made == BudgetSnapshot(
        MONTH, Money(50050, "EUR"), Money(3538, "EUR"), Span.read("2026-01"), over_at
    )
    assert made == shown(desk, owner, piazza)
    assert made.percent == 7
    assert budgets.change(desk.billing, owner, piazza.id, MONTH, "500.50").budget == made
    yearly = budgets.change(desk.billing, owner, piazza.id, YEAR, "6000").budget
    assert yearly == shown(desk, owner, piazza)
    assert (yearly.amount, str(yearly.span)) == (Money(600000, "EUR"), "2026")
    assert budgets.change(desk.billing, owner, piazza.id, None, "what was typed before").budget is None
    assert properties.purchases(desk.billing, owner).budget is None
    assert [(one.user_id, one.before or {}, one.after or {}) for one in desk.audit("budget.change")] == [
        ("UADMIN", {}, {"minor": 50050, "every": "month"}),
        ("UOWNER", {"minor": 50050, "every": "month"}, {"minor": 600000, "every": "year"}),
        ("UOWNER", {"minor": 600000, "every": "year"}, {}),
    ]
    desk.buy(owner, piazza, VIDEO)
    due_work.run_due(desk.billing)
    assert told(desk) == []
    assert verify(desk.billing) == ()


@pytest.mark.parametrize("amount", ["", "0", "-5", "1.200", "much"])
def test_what_is_no_amount_is_refused(
    desk: Desk, owner: Actor, piazza: PropertySnapshot, amount: str
) -> None:
    with pytest.raises(NotAnAmount):
        budgets.change(desk.billing, owner, piazza.id, MONTH, amount)
    assert budgets.look_at(desk.billing, owner, piazza.id).budget is None


def test_only_admins_set_it_and_accountants_read_it(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    budgets.change(desk.billing, owner, piazza.id, MONTH, "100")
    reader = desk.member(owner, piazza, "UREADS", Role.ACCOUNTANT)
    with pytest.raises(NotAllowed):
        budgets.change(desk.billing, reader, piazza.id, MONTH, "1")
    with pytest.raises(NotAllowed):
        budgets.look_at(desk.billing, reader, piazza.id)
    with pytest.raises(NotFound):
        budgets.change(desk.billing, desk.person("USTRANGER"), piazza.id, MONTH, "1")
    assert properties.purchases(desk.billing, reader).budget == shown(desk, owner, piazza)


def test_each_mark_is_told_once_in_a_month_and_of_several_the_highest_alone(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    desk.clock.now = datetime(2026, 2, 2, 9, tzinfo=UTC)
    budgets.change(desk.billing, owner, piazza.id, MONTH, "100")
    seen = []
    for what in (ASSIST, PRO, VIDEO, "ai-bot/large/month", "remove-branding/standard/month"):
        desk.buy(owner, piazza, what)
        due_work.run_due(desk.billing)
        due_work.run_due(desk.billing)
        seen.append((shown(desk, owner, piazza).used.minor, marks(desk)))
    # From 59.78 to 95.16 two marks are passed at once; what comes after the last mark is told no more.
    assert seen == [
        (3538, []),
        (5978, []),
        (9516, [("2026-02", 90)]),
        (13176, [("2026-02", 90), ("2026-02", 100)]),
        (16714, [("2026-02", 90), ("2026-02", 100)]),
    ]
    assert told(desk) == [("2026-02", 90, 9516, 10000, 0), ("2026-02", 100, 13176, 10000, 0)]
    first, after = Span.read("2026-02").moments("Europe/Rome")
    assert shown(desk, owner, piazza).used.minor == in_the_books(desk, piazza, first, after) == 16714
    assert shown(desk, owner, piazza).percent == 167
    # The next month begins at nothing, and what renews in it is told anew.
    desk.turn_to(datetime(2026, 3, 1, 9, tzinfo=UTC))
    assert shown(desk, owner, piazza).used.minor == 0
    desk.turn_to(datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert told(desk)[2:] == [("2026-03", 100, 16714, 10000, 0)]
    assert verify(desk.billing) == ()


def bulk_renewal(desk: Desk, plan: str) -> None:
    assert bulk.renew(desk.billing) == 1


def single_renewal(desk: Desk, plan: str) -> None:
    assert catch_up(desk.billing, WORKSPACE, plan).renewed == 1


@pytest.mark.parametrize("renew", [bulk_renewal, single_renewal], ids=["in bulk", "one at a time"])
def test_renewals_count_however_they_are_written(
    desk: Desk, owner: Actor, piazza: PropertySnapshot, renew: Callable[[Desk, str], None]
) -> None:
    plan = desk.buy(owner, piazza, ASSIST)
    budgets.change(desk.billing, owner, piazza.id, MONTH, "40")
    # Looked at just before, it is due again for no other reason than the renewal.
    desk.turn_to(plan.period_end_at - timedelta(hours=1))
    desk.clock.now = plan.period_end_at
    renew(desk, plan.id)
    due_work.run_plans(desk.billing)
    assert told(desk) == [("2026-02", 75, 3538, 4000, 0)]


def test_an_upgrade_counts_with_what_it_gives_back(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, BASIC)
    budgets.change(desk.billing, owner, piazza.id, MONTH, "15")
    due_work.run_due(desk.billing)
    changes.change(desk.billing, owner, plan.id, PlanSelection("pro", Interval.MONTH), key=desk.key())
    due_work.run_due(desk.billing)
    # The second invoice is 24.40 for Pro, less 12.20 that Basic gives back.
    assert told(desk) == [("2026-01", 100, 2440, 1500, 0)]
    first, after = Span.read("2026-01").moments("Europe/Rome")
    assert in_the_books(desk, piazza, first, after) == 2440


def test_a_document_belongs_to_the_month_of_the_propertys_time_zone(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    """Looked at after midnight, the month that is over is told all the same."""
    budgets.change(desk.billing, owner, piazza.id, MONTH, "40")
    desk.clock.now = datetime(2026, 1, 31, 22, 59, 59, tzinfo=UTC)
    desk.buy(owner, piazza, ASSIST)
    desk.clock.now = datetime(2026, 1, 31, 23, 0, 1, tzinfo=UTC)
    assert shown(desk, owner, piazza).used.minor == 0
    desk.buy(owner, piazza, VIDEO)
    due_work.run_due(desk.billing)
    assert told(desk) == [("2026-01", 75, 3538, 4000, None), ("2026-02", 75, 3538, 4000, 3538)]
    due_work.run_due(desk.billing)
    assert len(told(desk)) == 2


def test_a_page_that_was_kept_begins_at_nothing_once_the_month_is_over(desk: Desk, owner: Actor) -> None:
    """Midnight in Auckland is none in the seller's time zone, where a page is read anew anyway."""
    shop = properties.create(
        desk.billing, owner, "Queen Street", "Pacific/Auckland", "IT", is_workspace_owner=True
    )
    desk.buy(owner, shop, ASSIST)
    budgets.change(desk.billing, owner, shop.id, MONTH, "40")
    used = []
    for hour in (10, 10, 11):
        desk.clock.now = datetime(2026, 1, 31, hour, 30, tzinfo=UTC)
        budget = properties.purchases(desk.billing, owner).budget
        used.append((str(budget.span), budget.used.minor) if budget else None)
    assert used == [("2026-01", 3538), ("2026-01", 3538), ("2026-02", 0)]


def test_a_year_adds_up_its_months_and_says_what_the_agenda_has_left_of_it(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    desk.clock.now = datetime(2026, 10, 5, 9, tzinfo=UTC)
    budgets.change(desk.billing, owner, piazza.id, YEAR, "60")
    desk.buy(owner, piazza, BASIC)
    desk.buy(owner, piazza, VIDEO)
    for month in (11, 12):
        desk.turn_to(datetime(2026, month, 5, 9, 30, tzinfo=UTC))
    desk.turn_to(datetime(2027, 1, 5, 9, 30, tzinfo=UTC))
    assert told(desk) == [
        ("2026", 75, 4758, 6000, 4758),
        ("2026", 100, 9516, 6000, 4758),
        ("2027", 75, 4758, 6000, 4758),
    ]


def test_a_credit_note_lowers_what_was_spent_and_warns_of_nothing(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    budgets.change(desk.billing, owner, piazza.id, MONTH, "40")
    desk.buy(owner, piazza, ASSIST)
    due_work.run_due(desk.billing)
    assert marks(desk) == [("2026-01", 75)]
    credit_notes.issue(desk.billing, desk.invoices()[-1].number, Wanted("30.00"))
    due_work.run_due(desk.billing)
    assert shown(desk, owner, piazza).used == Money(538, "EUR")
    first, after = Span.read("2026-01").moments("Europe/Rome")
    assert in_the_books(desk, piazza, first, after) == 538
    # 75 per cent is passed a second time, and was told.
    desk.buy(owner, piazza, "ai-bot/large/month")
    due_work.run_due(desk.billing)
    assert told(desk)[1:] == [("2026-01", 100, 4198, 4000, 0)]
    credit_notes.issue(desk.billing, desk.invoices()[-1].number, Wanted("36.60"))
    desk.turn(minutes=5)
    assert shown(desk, owner, piazza).used == Money(538, "EUR")
    assert len(told(desk)) == 2


def test_another_amount_is_told_of_its_own_marks_but_not_of_those_passed_already(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    desk.clock.now = datetime(2026, 2, 2, 9, tzinfo=UTC)
    budgets.change(desk.billing, owner, piazza.id, MONTH, "40")
    desk.buy(owner, piazza, ASSIST)
    due_work.run_due(desk.billing)
    # Of 36 euros 98 % are spent, which whoever lowers it sees; of 45 it is 78 %.
    for amount in ("36", "45"):
        budgets.change(desk.billing, owner, piazza.id, MONTH, amount)
        due_work.run_due(desk.billing)
    assert marks(desk) == [("2026-02", 75)]
    budgets.change(desk.billing, owner, piazza.id, MONTH, "60")
    desk.buy(owner, piazza, BASIC)
    due_work.run_due(desk.billing)
    assert told(desk)[1:] == [("2026-02", 75, 4758, 6000, 0)]


def test_documents_in_another_currency_are_not_counted(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    budgets.change(desk.billing, owner, piazza.id, MONTH, "40")
    desk.execute("UPDATE budgets SET currency = 'USD'")
    desk.buy(owner, piazza, ASSIST)
    due_work.run_due(desk.billing)
    assert shown(desk, owner, piazza).used == Money(0, "USD")
    assert told(desk) == []


def test_a_transfer_takes_no_amounts_along(desk: Desk, owner: Actor, piazza: PropertySnapshot) -> None:
    corso = desk.property_of(owner, "Corso")
    plan = desk.buy(owner, piazza, ASSIST)
    for prop in (piazza, corso):
        budgets.change(desk.billing, owner, prop.id, MONTH, "40")
    transfers.transfer(desk.billing, owner, plan.id, corso.id)
    due_work.run_due(desk.billing)
    assert [shown(desk, owner, prop).used.minor for prop in (piazza, corso)] == [3538, 0]
    assert told(desk) == []


def test_of_several_who_found_it_due_one_tells_it(desk: Desk, owner: Actor, piazza: PropertySnapshot) -> None:
    budgets.change(desk.billing, owner, piazza.id, MONTH, "40")
    desk.buy(owner, piazza, ASSIST)
    at_once(*[lambda: budgets.warn(desk.billing, owner.workspace_id, piazza.id)] * 6)
    assert marks(desk) == [("2026-01", 75)]


def test_two_who_set_the_first_budget_at_once_leave_one(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    """The other one comes after it, or is told that something changed meanwhile."""
    answers = at_once(
        *[
            lambda amount=amount: budgets.change(desk.billing, owner, piazza.id, MONTH, amount)
            for amount in ("40", "50")
        ]
    )
    done = [one.budget.amount.minor for one in answers if not isinstance(one, ChangedMeanwhile)]
    (kept,) = desk.rows("SELECT minor FROM budgets")
    assert kept.minor in done
    logged = [one.after for one in desk.audit("budget.change") if one.refused_as is None]
    assert sorted((after or {})["minor"] for after in logged) == sorted(done)


def test_what_an_older_version_issued_is_found_within_a_day(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    """It marks no budget."""
    desk.clock.now = datetime(2026, 2, 2, 9, tzinfo=UTC)
    budgets.change(desk.billing, owner, piazza.id, MONTH, "40")
    due_work.run_due(desk.billing)
    desk.execute("UPDATE properties SET has_budget = :no", no=False)
    desk.buy(owner, piazza, ASSIST)
    desk.turn(hours=23)
    assert told(desk) == []
    desk.turn(hours=2)
    assert marks(desk) == [("2026-02", 75)]


def test_a_budget_costs_a_tick_that_finds_nothing_no_statement(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    """Which kinds of work have any is asked in one statement, and renewals mark in none where nobody has one."""
    plan = desk.buy(owner, piazza, ASSIST)
    due_work.run_due(desk.billing)

    def statements(act: Callable[[], object]) -> list[str]:
        with counted(desk.billing.engine) as seen:
            act()
        return seen

    without = statements(lambda: due_work.run_plans(desk.billing))
    desk.clock.now = plan.period_end_at
    assert not [one for one in statements(lambda: bulk.renew(desk.billing)) if "UPDATE budgets" in one]
    due_work.run_due(desk.billing)
    budgets.change(desk.billing, owner, piazza.id, MONTH, "40")
    due_work.run_due(desk.billing)
    assert len(statements(lambda: due_work.run_plans(desk.billing))) == len(without)
    desk.clock.now = desk.plan(plan.id).period_end_at
    assert [one for one in statements(lambda: bulk.renew(desk.billing)) if "UPDATE budgets" in one]


def test_nothing_is_told_of_a_property_that_was_deleted(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    budgets.change(desk.billing, owner, piazza.id, MONTH, "40")
    properties.delete(desk.billing, owner, piazza.id)
    due_work.run_due(desk.billing)
    assert [row.due_at for row in desk.rows("SELECT due_at FROM budgets")] == [None]


@pytest.mark.slow
def test_while_no_channel_is_chosen_the_admins_hear_it_in_private(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    desk.member(owner, piazza, "UACCOUNTANT", Role.ACCOUNTANT)
    properties.announce_in(desk.billing, owner, piazza.id, None)
    budgets.change(desk.billing, owner, piazza.id, MONTH, "40")
    desk.buy(owner, piazza, ASSIST)
    due_work.run_due(desk.billing)
    warned = [one[:2] for one in told(desk, "slack_person")]
    assert (told(desk), warned) == ([], [("2026-01", 75)] * 2)


def test_contacts_who_get_receipts_are_mailed_and_admins_where_there_are_no_contacts(both: Office) -> None:
    billing = both.desk.billing
    budgets.change(billing, both.owner, both.shop.id, MONTH, "40")
    both.buy(None, ASSIST)
    due_work.run_due(billing)
    both.deliver()
    assert both.subjects() == ["Budget di Piazza: speso al 88%"]
    (mail,) = both.box.taken
    assert str(mail["To"]) == "Giulia Rossi <uowner@example.com>"
    said = text_in(mail).replace("\xa0", " ")
    assert "Budget di Piazza (gennaio 2026): spesi 35,38 € su 40,00 € (88%)." in said
    assert "nessun’altra fattura entro il 31 gennaio 2026" in said
    both.box.taken.clear()
    contacts.add(billing, both.owner, both.shop.id, "UANNA", "", [ContactKind.RECEIPTS])
    contacts.add(billing, both.owner, both.shop.id, "UOWNER", "", [ContactKind.REMINDERS])
    both.desk.clock.now += timedelta(days=1)
    budgets.change(billing, both.owner, both.shop.id, YEAR, "60")
    both.buy(None, "video-voice/standard/month")
    due_work.run_due(billing)
    both.deliver()
    (mail,) = both.box.taken
    assert str(mail["To"]) == "Anna Bianchi <uanna@example.com>"
    said = text_in(mail)
    assert "Piazza has spent 117% of its budget for 2026: €70.76 of €60.00." in said
    assert "Still to come by December 31, 2026, as things stand: €70.76 (the next invoice" in said
    assert "/billing spend" in said
