"""A copy of the books charges nobody: it is noticed and left alone, and nothing is collected twice after."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters.gateways.sandbox import SandboxGateway
from billing.adapters.gateways.stripe_line import PAUSES
from billing.ports import GatewayPayment, GatewayUnavailable
from billing.renewals.single import DueReport
from billing.scheduler import Proof
from billing.services import copies, due_work, outbox, payment_methods, payments, subscriptions
from billing.services.reconciliation import reconcile
from billing.services.verify import health, verify
from billing.values.actors import Actor
from billing.values.holds import HoldReason, WhyHeld
from billing.values.money import Money
from billing.values.refusals import OnHold
from billing.values.snapshots import SubscriptionSnapshot
from bot.i18n import words
from bot.views.health import health as in_words
from sandbox.gateway.faults import Fault
from tests.billing.desk import WORKSPACE, Desk
from tests.postgresql import SavedRows
from tests.pretend_stripe import RunningStripe, running_stripe

A_DAY_AND_MORE = timedelta(hours=26)  # so long that the gateway has forgotten its keys


@pytest.fixture
def stripe(desk: Desk) -> Iterator[RunningStripe]:
    with running_stripe(desk.clock) as running:
        yield running


@pytest.fixture
def by_wire(desk: Desk, stripe: RunningStripe) -> Desk:
    return replace(desk, billing=replace(desk.billing, gateway=stripe.gateway()))


@pytest.fixture
def plan(by_wire: Desk) -> SubscriptionSnapshot:
    owner = by_wire.owner()
    return by_wire.buy(owner, by_wire.property_of(owner), token="pm_card_visa")


def restored(desk: Desk, live_on: Callable[[], object]) -> None:
    """The books as they were before that was lived."""
    url = desk.billing.engine.url.set(drivername=desk.billing.engine.url.get_backend_name())
    if url.drivername == "sqlite":
        path = Path(str(url.database))
        saved = path.with_suffix(".saved")
        desk.billing.engine.dispose()
        shutil.copy(path, saved)
        live_on()
        desk.billing.engine.dispose()
        for beside in path.parent.glob(f"{path.name}-*"):
            beside.unlink()
        shutil.move(saved, path)
        return
    where = url.render_as_string(hide_password=False)
    kept = SavedRows(where)
    live_on()
    kept.restore()
    kept.forget()
    desk.billing.engine.dispose()


def test_books_that_nobody_copied_are_at_work(by_wire: Desk, plan: SubscriptionSnapshot) -> None:
    by_wire.turn_to(plan.period_end_at)
    assert copies.look(by_wire.billing).unknown == ()
    copies.prove(by_wire.billing)
    assert copies.held_why(by_wire.billing) is None


def test_with_a_restored_copy_nothing_is_done_and_all_can_be_seen(
    by_wire: Desk, stripe: RunningStripe, plan: SubscriptionSnapshot
) -> None:
    desk = by_wire
    restored(desk, lambda: desk.turn_to(plan.period_end_at))
    desk.clock.now += A_DAY_AND_MORE
    proof = Proof(desk.billing)
    before = desk.everything(but=("holds", "audit_entries", "persons"))
    assert (
        proof.plans(desk.billing)
        == proof.payments(desk.billing)
        == due_work.run_due(desk.billing)
        == DueReport()
    )
    assert copies.held_why(desk.billing) == WhyHeld(HoldReason.AHEAD, "1")
    with pytest.raises(OnHold):
        subscriptions.cancel(desk.billing, desk.owner(), plan.id, "price")
    assert outbox.claim(desk.billing) == []
    assert desk.plan(plan.id).status == "active"
    assert desk.everything(but=("holds", "audit_entries", "persons")) == before
    assert stripe.collected() == [1220, 1220]


def test_another_process_that_opens_the_same_copy_is_held_as_well(
    by_wire: Desk, plan: SubscriptionSnapshot
) -> None:
    copies.hold(by_wire.billing, "A drill.")
    other = replace(by_wire.billing, held=Event())
    assert due_work.run_due(other) == DueReport()
    assert other.held.is_set()


def test_health_says_why_nothing_is_done_in_the_readers_language(
    by_wire: Desk, plan: SubscriptionSnapshot
) -> None:
    desk = by_wire
    assert health(desk.billing, desk.owner()).held is None
    restored(desk, lambda: desk.turn_to(plan.period_end_at))
    copies.prove(desk.billing)
    found = health(desk.billing, Actor(WORKSPACE, "UOWNER"))
    said = {language: in_words(found, words(language)).text for language in ("en", "it")}
    assert said["en"].endswith("Payments that the gateway collected and these books do not have: 1.")
    assert said["it"].endswith("Pagamenti incassati dal gateway e assenti da questi dati: 1.")


@pytest.mark.parametrize("times", [1, 3])
def test_what_was_collected_for_lost_books_pays_the_same_renewals_and_nothing_is_charged_twice(
    by_wire: Desk, stripe: RunningStripe, plan: SubscriptionSnapshot, times: int
) -> None:
    desk = by_wire

    def live_on() -> None:
        for _ in range(times):
            desk.turn_to(desk.plan(plan.id).period_end_at)

    restored(desk, live_on)
    desk.clock.now += A_DAY_AND_MORE
    copies.prove(desk.billing)
    assert copies.resume(desk.billing) == times
    for _ in range(2):
        due_work.run_due(desk.billing)
    assert stripe.collected() == [1220] * (1 + times)
    assert [str(payment.state) for payment in desk.payments()] == ["paid"] * (1 + times)
    assert verify(desk.billing) == ()
    assert reconcile(desk.billing, plan.period_end_at - timedelta(days=40)) == ()
    desk.turn_to(desk.plan(plan.id).period_end_at)
    assert stripe.collected() == [1220] * (2 + times)
    assert [entry.after for entry in desk.audit("desk.resume")] == [{"payments": times}]


def resumed_without_a_second_charge(desk: Desk, stripe: RunningStripe, renewals: int = 1) -> None:
    """These books are known for a copy; once they are resumed what was collected is theirs, and nothing is again."""
    desk.clock.now += A_DAY_AND_MORE
    copies.prove(desk.billing)
    assert copies.held_why(desk.billing) == WhyHeld(HoldReason.AHEAD, str(renewals))
    assert copies.resume(desk.billing) == renewals
    desk.turn(days=8)
    assert stripe.collected() == [1220] * (1 + renewals)
    assert {str(payment.state) for payment in desk.payments()} == {"paid"}
    assert verify(desk.billing) == ()
    assert reconcile(desk.billing, desk.clock.now - timedelta(days=60)) == ()


def test_what_was_issued_before_the_backup_and_collected_after_it_is_not_collected_again(
    by_wire: Desk, stripe: RunningStripe, plan: SubscriptionSnapshot
) -> None:
    desk = by_wire
    desk.clock.now = plan.period_end_at
    due_work.run_plans(desk.billing)
    restored(desk, lambda: due_work.run_payments(desk.billing))
    resumed_without_a_second_charge(desk, stripe)


def test_what_the_bank_asked_for_before_the_backup_and_another_card_paid_after_it_is_not_collected_again(
    by_wire: Desk, stripe: RunningStripe
) -> None:
    desk = by_wire
    owner = desk.owner()
    prop = desk.property_of(owner)
    plan = desk.buy(owner, prop, token="pm_card_visa")
    careful = desk.card(owner, prop, "pm_card_authenticationRequired")
    payment_methods.choose(desk.billing, owner, plan.id, careful)
    desk.turn_to(plan.period_end_at)
    (unpaid,) = payments.unpaid(desk.billing, owner, plan.id)

    def live_on() -> None:
        payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, prop, "pm_card_visa"))
        payments.pay_now(desk.billing, owner, unpaid.id)

    restored(desk, live_on)
    resumed_without_a_second_charge(desk, stripe)


def test_a_copy_that_renewed_while_the_gateway_was_silent_is_known_once_it_answers(
    by_wire: Desk, stripe: RunningStripe, plan: SubscriptionSnapshot
) -> None:
    desk = by_wire
    restored(desk, lambda: desk.turn_to(plan.period_end_at))
    desk.clock.now += A_DAY_AND_MORE
    stripe.stripe.faults.plan("/payment_intents", *[Fault.DEAF] * (1 + len(PAUSES)))
    proof = Proof(desk.billing)
    assert proof.plans(desk.billing).renewed == 1
    assert proof.payments(desk.billing) == DueReport()
    assert copies.held_why(desk.billing) == WhyHeld(HoldReason.AHEAD, "1")
    assert copies.resume(desk.billing) == 1
    due_work.run_due(desk.billing)
    assert stripe.collected() == [1220, 1220]
    assert [str(payment.state) for payment in desk.payments()] == ["paid", "paid"]


def test_a_renewal_that_is_issued_as_payments_are_collected_takes_what_was_collected_for_it(
    by_wire: Desk, stripe: RunningStripe, plan: SubscriptionSnapshot
) -> None:
    desk = by_wire
    restored(desk, lambda: desk.turn_to(plan.period_end_at))
    desk.clock.now += A_DAY_AND_MORE
    copies.prove(desk.billing)
    copies.resume(desk.billing)
    due_work.run_plans(desk.billing)
    (unpaid,) = payments.unpaid(desk.billing, desk.owner(), plan.id)
    assert payments.pay_now(desk.billing, desk.owner(), unpaid.id).state == "paid"
    assert stripe.collected() == [1220, 1220]


def test_books_are_on_hold_whichever_gateway_they_are_worked_with(desk: Desk) -> None:
    copies.hold(desk.billing, "A drill.")
    other = replace(desk.billing, gateway=replace(desk.gateway, name="other"), held=Event())
    assert copies.held_why(other) == WhyHeld(HoldReason.OPERATOR, "A drill.")
    assert copies.resume(other) == 0
    assert copies.held_why(desk.billing) is None


def test_what_was_bought_with_lost_books_stays_a_difference_that_is_named(
    by_wire: Desk, stripe: RunningStripe, plan: SubscriptionSnapshot
) -> None:
    desk = by_wire
    other = desk.property_of(desk.owner(), "Corso")
    restored(desk, lambda: desk.buy(desk.owner(), other, token="pm_card_visa"))
    copies.prove(desk.billing)
    assert copies.resume(desk.billing) == 1
    assert copies.held_why(desk.billing) is None
    copies.prove(desk.billing)  # the next process that starts knows what was taken over
    assert copies.held_why(desk.billing) is None
    (difference,) = reconcile(desk.billing, plan.period_end_at - timedelta(days=40))
    assert "which is not in our books" in difference.what


def test_payments_of_other_desks_at_the_same_account_are_none_of_ours(desk: Desk) -> None:
    class Shared(SandboxGateway):
        def collected_since(self, moment: object) -> Iterator[GatewayPayment]:
            for number, key in enumerate(("T9999-pay_1", None, "no key of ours")):
                yield GatewayPayment(f"pi_{number}", key, Money(1220, "EUR"), 0, desk.clock.now)

    assert copies.look(replace(desk.billing, gateway=Shared())).unknown == ()


def test_a_start_looks_through_what_was_collected_since_the_start_before_it(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    asked_from, (payment,) = [], desk.payments()

    class Asked(SandboxGateway):
        def collected_since(self, moment: datetime) -> Iterator[GatewayPayment]:
            asked_from.append(moment)
            yield GatewayPayment("pi_1", f"{WORKSPACE}-{payment.id}", payment.amount, 0, made_at)

    asked = replace(desk.billing, gateway=Asked())
    made_at = desk.clock.now + timedelta(minutes=20)  # a gateway's clock is its own
    for _ in range(2):
        copies.prove(asked)
    made_at -= timedelta(minutes=5)  # found by a process that began to look before the one before it ended
    for _ in range(2):
        copies.prove(asked)
    far = desk.clock.now + timedelta(minutes=20) - copies.MARGIN
    assert asked_from == [desk.clock.now - copies.LEEWAY, far, far, far]


def test_what_was_looked_through_before_the_backup_hides_nothing_that_came_after(
    by_wire: Desk, stripe: RunningStripe, plan: SubscriptionSnapshot
) -> None:
    desk = by_wire
    copies.prove(desk.billing)

    def live_on() -> None:
        desk.turn_to(plan.period_end_at)
        copies.prove(desk.billing)

    restored(desk, live_on)
    copies.prove(desk.billing)
    assert copies.held_why(desk.billing) == WhyHeld(HoldReason.AHEAD, "1")
    copies.prove(desk.billing)
    assert len(copies.look(desk.billing).unknown) == 1  # whoever resumes is shown it


def test_more_than_one_statement_takes_is_looked_through(desk: Desk) -> None:
    count = 17_000  # PostgreSQL takes 65,535 values with one statement, and each stands in it four times

    class Busy(SandboxGateway):
        def collected_since(self, moment: datetime) -> Iterator[GatewayPayment]:
            for number in range(count):
                yield GatewayPayment(f"pi_{number}", f"{WORKSPACE}-pay_{number}", Money(1, "EUR"), 0, moment)

    desk.owner()
    busy = replace(desk.billing, gateway=Busy())
    assert len(copies.look(busy).unknown) == count


def test_while_the_gateway_gives_no_answer_plans_go_on_and_nothing_is_collected(desk: Desk) -> None:
    class Silent(SandboxGateway):
        def collected_since(self, moment: object) -> Iterator[GatewayPayment]:
            raise GatewayUnavailable

    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.clock.now = plan.period_end_at
    silent = replace(desk.billing, gateway=Silent())
    proof = Proof(silent)
    assert proof.plans(silent).renewed == 1
    assert proof.payments(silent) == DueReport()
    assert desk.charged() == [1220]
    assert Proof(desk.billing).payments(desk.billing).collected == 1


def test_a_hold_for_a_reason_of_a_later_version_holds_and_says_what_that_names(desk: Desk) -> None:
    copies.hold(desk.billing, "17", HoldReason.AHEAD)
    desk.execute("UPDATE holds SET reason = 'haunted'")
    assert copies.held_why(desk.billing) == WhyHeld(HoldReason.OPERATOR, "17")
    with pytest.raises(OnHold):
        copies.refuse_if_held(desk.billing)


@pytest.mark.parametrize(
    ("language", "held", "resumed"),
    [
        ("en", "These books are on hold", "Resumed. There was no payment to take over."),
        ("it", "Questi dati sono sospesi", "Ripreso. Non c’era alcun pagamento da acquisire."),
    ],
)
def test_the_operator_holds_and_resumes_by_command(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, language: str, held: str, resumed: str
) -> None:
    url = desk.billing.engine.url.set(drivername=desk.billing.engine.url.get_backend_name())
    monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
    run = CliRunner().invoke
    said = run(program, ["hold", "A drill.", "--language", language])
    assert (said.exit_code, held in said.output) == (0, True)
    assert copies.held_why(desk.billing) == WhyHeld(HoldReason.OPERATOR, "A drill.")
    refused = run(program, ["run-due"])
    assert (refused.exit_code, "These books are on hold" in refused.output) == (1, True)
    refused = run(program, ["resume", "--language", language], input="n\n")
    assert (refused.exit_code, "A drill." in refused.output) == (1, True)
    assert copies.held_why(desk.billing) == WhyHeld(HoldReason.OPERATOR, "A drill.")
    said = run(program, ["resume", "--yes", "--language", language])
    assert (said.exit_code, resumed in said.output) == (0, True)
    assert copies.held_why(desk.billing) is None


@pytest.mark.parametrize(
    ("language", "answer", "code"), [("en", "y", 0), ("it", "sì", 0), ("it", "S", 0), ("it", "", 1)]
)
def test_a_question_takes_a_yes_in_the_readers_language(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, language: str, answer: str, code: int
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_desk.billing.engine.url.render_as_string(hide_password=False))
    copies.hold(sqlite_desk.billing, "A drill.")
    said = CliRunner().invoke(program, ["resume", "--language", language], input=f"{answer}\n")
    assert said.exit_code == code
    assert (copies.held_why(sqlite_desk.billing) is None) == (code == 0)
    if code:
        assert said.stderr == "Non è cambiato nulla.\n"


def test_where_nobody_answers_nothing_is_done_and_the_reader_is_told_so(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_desk.billing.engine.url.render_as_string(hide_password=False))
    copies.hold(sqlite_desk.billing, "A drill.")
    said = CliRunner().invoke(program, ["resume", "--language", "it"], input="")
    assert (said.exit_code, said.stderr) == (1, "\nNon è cambiato nulla.\n")
    assert copies.held_why(sqlite_desk.billing) is not None
