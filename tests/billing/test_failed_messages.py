"""Messages that Slack does not take: tried for three days, then dead letters on which the operator decides."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.commands.desk import translator
from billing.commands.outbox_words import PLACES, WHAT, WHY
from billing.services import channels, failed_messages, outbox
from billing.services.outbox import MAX_WAIT, MIN_TRIES, TRIED_FOR
from billing.services.verify import health, remember, verify
from billing.values.channels import ChannelProblem
from billing.values.events import EVENTS
from billing.values.outbox import Delivery
from tests.billing.desk import WORKSPACE, Desk

HOUR = timedelta(hours=1)


def bought(desk: Desk, name: str = "Piazza") -> None:
    """Two facts to tell in #CBILLING: the start and its payment."""
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner, name, "CBILLING"))


def fails(desk: Desk, times: int, error: str = "internal_error") -> Delivery:
    for _ in range(times):
        (row,) = outbox.claim(desk.billing)
        outbox.failed(desk.billing, row.number, error)
        desk.wait(MAX_WAIT)
    return row


def given_up(desk: Desk) -> Delivery:
    bought(desk)
    fails(desk, MIN_TRIES)
    desk.age_messages(TRIED_FOR)
    return fails(desk, 1)


def test_after_three_days_it_is_given_up_and_what_came_after_it_is_told(desk: Desk) -> None:
    dead = given_up(desk)
    (found,) = failed_messages.failed(desk.billing)
    assert (found.number, found.error, found.about) == (
        dead.number,
        "internal_error",
        "Piazza AI Assist Growth",
    )
    assert found.given_up_at is not None
    while rows := outbox.claim(desk.billing):
        assert rows[0].number > dead.number
        outbox.told(desk.billing, rows[0].number)
    remember(desk.billing)
    said = health(desk.billing, desk.owner())
    assert (said.given_up, said.untold, said.broken) == (1, 0, ("messages arrive within a day",))
    (finding,) = verify(desk.billing)
    assert finding.what == f"It was given up after {MIN_TRIES + 1} tries: internal_error."


def test_before_three_days_or_a_dozen_tries_it_is_not_given_up(desk: Desk) -> None:
    bought(desk)
    desk.age_messages(2 * TRIED_FOR)  # the bot was away for so long
    fails(desk, MIN_TRIES - 1)
    assert failed_messages.failed(desk.billing)[0].given_up_at is None
    desk.age_messages(-2 * TRIED_FOR + HOUR)
    fails(desk, MIN_TRIES)
    assert failed_messages.failed(desk.billing)[0].given_up_at is None


def test_what_waits_for_a_channel_is_never_given_up_and_has_its_three_days_when_that_is_usable(
    desk: Desk,
) -> None:
    bought(desk)
    channels.found_unusable(desk.billing, WORKSPACE, "CBILLING", ChannelProblem.ARCHIVED)
    desk.execute("UPDATE outbox SET told_at = queued_at WHERE audience = 'slack_person'")
    fails(desk, MIN_TRIES, "archived")
    desk.age_messages(10 * TRIED_FOR)
    fails(desk, 1, "archived")
    assert health(desk.billing, desk.owner()).given_up == 0
    channels.found_usable(desk.billing, WORKSPACE, "CBILLING")
    fails(desk, 1)
    assert health(desk.billing, desk.owner()).given_up == 0
    (first,) = outbox.claim(desk.billing)
    outbox.told(desk.billing, first.number)


def test_a_channel_in_which_something_was_told_after_all_gives_the_rest_its_three_days(desk: Desk) -> None:
    bought(desk)
    channels.found_unusable(desk.billing, WORKSPACE, "CBILLING", ChannelProblem.NOT_IN_IT)
    desk.execute("UPDATE outbox SET told_at = queued_at WHERE audience = 'slack_person'")
    desk.age_messages(10 * TRIED_FOR)
    (first,) = outbox.claim(desk.billing)
    outbox.told(desk.billing, first.number)
    fails(desk, MIN_TRIES)
    assert health(desk.billing, desk.owner()).given_up == 0


def test_retried_it_is_told_and_dropped_it_is_not_and_both_stand_in_the_audit_log(desk: Desk) -> None:
    dead = given_up(desk)
    assert failed_messages.retry(desk.billing, dead.number)
    (again,) = outbox.claim(desk.billing)
    assert (again.number, again.tries) == (dead.number, 1)
    outbox.failed(desk.billing, again.number, "internal_error")
    assert failed_messages.drop(desk.billing, again.number, "They know by now")
    assert failed_messages.failed(desk.billing) == ()
    assert not failed_messages.retry(desk.billing, again.number)
    assert not failed_messages.drop(desk.billing, again.number, "Twice")
    (retried,), (dropped,) = desk.audit("outbox.retry"), desk.audit("outbox.drop")
    assert (retried.workspace_id, retried.via, retried.subject_id) == (
        WORKSPACE,
        "operator",
        str(dead.number),
    )
    assert retried.property_id == dead.event.property_id
    assert dropped.after == {"reason": "They know by now"}


def test_what_cannot_be_read_can_be_listed_and_dropped(desk: Desk) -> None:
    bought(desk)
    desk.execute("UPDATE outbox SET fact = '[]' WHERE number = (SELECT min(number) FROM outbox)")
    outbox.claim(desk.billing)
    (found,) = failed_messages.failed(desk.billing)
    assert (found.about, found.given_up_at) == ("", None)
    assert failed_messages.drop(desk.billing, found.number, "Of a test")
    assert failed_messages.failed(desk.billing) == ()


def test_the_operator_lists_shows_retries_and_drops_in_both_languages(
    desk: Desk, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    run = CliRunner().invoke
    assert run(program, ["outbox", "list"]).output == "No message has failed.\n"
    number = str(given_up(desk).number)
    (listed,) = json.loads(run(program, ["outbox", "list", "--json"]).output)
    assert (str(listed["number"]), listed["error"], listed["audience"]) == (
        number,
        "internal_error",
        "slack_channel",
    )
    what = {"SubscriptionStarted": ("subscription started", "abbonamento attivato")}.get(
        listed["kind"], ("payment received", "pagamento ricevuto")
    )
    since = listed["given_up_at"][:16]
    place = f"CBILLING ({WORKSPACE})"
    assert run(program, ["outbox", "list"]).output == (
        f"{number}  {what[0]}: Piazza AI Assist Growth -> channel {place}: Slack had an internal error; "
        f"dead letter since {since} UTC\n"
    )
    assert run(program, ["outbox", "list", "--language", "it"]).output == (
        f"{number}  {what[1]}: Piazza AI Assist Growth -> canale {place}: Slack ha avuto un errore interno; "
        f"non più inviato dal {since} UTC\n"
    )
    shown = run(program, ["outbox", "show", number]).output
    assert f"Tries: {MIN_TRIES + 1}." in shown
    assert "Last error, as it was reported: internal_error" in shown
    assert run(program, ["outbox", "show", "999"]).exit_code == 1
    assert run(program, ["outbox", "retry"]).exit_code == 2
    assert run(program, ["outbox", "retry", "999"]).exit_code == 1
    assert run(program, ["outbox", "retry", "--all"]).output == "1 message is sent again.\n"
    assert "next try" in run(program, ["outbox", "list"]).output
    assert run(program, ["outbox", "drop", number]).exit_code == 2
    dropped = run(program, ["outbox", "drop", number, "--reason", "Told by phone", "--json"])
    assert json.loads(dropped.output) == {"dropped": [int(number)]}
    assert run(program, ["outbox", "drop", number, "--reason", "Again"]).exit_code == 1
    assert len(desk.audit("outbox.drop")) == 1


def test_every_kind_of_message_and_every_known_reason_has_words_in_both_languages() -> None:
    assert WHAT.keys() == EVENTS.keys()
    italian = translator("it")
    sentences = {*WHAT.values(), *WHY.values(), *PLACES.values()}
    places = {"address": "C1", "workspace": "T1"}
    assert [one for one in sentences if italian(one, **places) == one.format(**places)] == []
