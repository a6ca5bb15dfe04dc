"""The clock, the stream and the state, as the page uses them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import TurnableClock, Upcoming
from tests.sandbox.workbench import START, Slack, plain, pretend_slack


async def test_turning_the_clock_waits_for_the_due_work(slack: Slack) -> None:
    answer = await slack.control("clock", advance="31d")
    assert answer["now"].startswith("2026-12-24T09:00")
    assert [moment.date() for moment in slack.turned] == [(START + timedelta(days=31)).date()]
    clock = (await slack.look("state"))["clock"]
    assert clock["turned_seconds"] == 31 * 86_400


async def test_turning_to_what_is_upcoming_does_not_land_before_it(slack: Slack) -> None:
    slack.upcoming = [Upcoming(START + timedelta(days=1, microseconds=1), "AI Assist ends")]
    (upcoming,) = (await slack.look("state"))["clock"]["upcoming"]
    await slack.control("clock", to=upcoming["at"])
    assert slack.turned[0] >= slack.upcoming[0].at


@pytest.mark.parametrize("given", [{"to": "2026-01-01T00:00:00Z"}, {"advance": "soon"}, {"to": "2027-01-01"}])
async def test_the_clock_cannot_be_turned_back_or_to_nowhere(slack: Slack, given: dict[str, str]) -> None:
    assert (await slack.control("clock", **given))["error"] == "invalid_time"
    assert slack.turned == []


async def test_messages_carry_the_time_of_the_turned_clock(slack: Slack) -> None:
    await slack.control("clock", to="2026-12-31T23:00:00Z")
    posted = await slack.api("chat.postMessage", channel="C1", text="Happy new year")
    assert datetime.fromtimestamp(float(posted["ts"]), UTC).isoformat().startswith("2026-12-31T23:00")


async def test_a_clock_without_a_start_runs_with_real_time() -> None:
    clock = TurnableClock()
    assert abs(clock() - datetime.now(UTC)) < timedelta(seconds=1)
    with pytest.raises(ValueError, match="turned back"):
        clock.advance(timedelta(seconds=-1))


async def test_the_stream_tells_of_each_change_at_once(slack: Slack) -> None:
    async with slack.http.get(f"{slack.url}/_control/stream") as stream:
        assert stream.content_type == "text/event-stream"
        assert await stream.content.readuntil(b"\n\n") == b": listening\n\n"
        await slack.control("say", user="U1", channel="C1", text="Ciao")
        slack.workspace.post_mail("giulia@example.com", "Fattura", "Ecco", attachments={"f.pdf": b"%PDF"})
        said, mailed = [
            json.loads((await stream.content.readuntil(b"\n\n")).removeprefix(b"data: ")) for _ in range(2)
        ]
    assert (said["kind"], said["message"]["text"]) == ("message", "Ciao")
    assert mailed["mail"]["attachments"][0]["name"] == "f.pdf"


async def test_the_stream_tells_of_who_is_new_or_has_changed(slack: Slack) -> None:
    async with slack.http.get(f"{slack.url}/_control/stream") as stream:
        await stream.content.readuntil(b"\n\n")
        await slack.sandbox.change_user("U2", locale="it-IT", title="Contabile")
        slack.workspace.add_user("anna", "Anna Keller", id="U3")
        changed, new = [
            json.loads((await stream.content.readuntil(b"\n\n")).removeprefix(b"data: ")) for _ in range(2)
        ]
    assert (changed["kind"], changed["user"]["id"]) == ("user", "U2")
    assert (changed["user"]["locale"], changed["user"]["title"]) == ("it-IT", "Contabile")
    assert (new["kind"], new["user"]["real_name"]) == ("user", "Anna Keller")


async def test_the_state_has_what_the_page_draws(slack: Slack) -> None:
    state = await slack.look("state")
    giulia = next(user for user in state["users"] if user["id"] == "U1")
    assert (giulia["initials"], giulia["is_owner"], giulia["is_bot"]) == ("GR", True, False)
    assert state["app"]["commands"][0]["command"] == "/billing"
    assert [one["callback_id"] for one in state["app"]["shortcuts"]] == ["home.open"]
    assert {"T0SANDBOX01", "Esempio S.r.l.", "esempio", "en-GB", ""} == set(state["team"].values())
    direct = [(one["user"], one["members"]) for one in state["channels"] if one.get("is_im")]
    app = state["app"]["bot_user_id"]
    assert direct == [("U1", ["U1", app]), ("U2", ["U2", app]), (None, ["U2", "U1"])]


async def test_what_people_write_to_each_other_is_no_business_of_the_app() -> None:
    async with pretend_slack(scopes="chat:write im:read") as slack:
        app = slack.workspace.app.bot_user_id
        (between,) = [one.id for one in slack.workspace.channels.values() if one.members == ["U2", "U1"]]
        for user in ("U1", "U2"):
            assert (await slack.control("say", user=user, channel=between, text=f"<@{app}> Ciao"))["ok"]
        slack.workspace.add_user("anna", "Anna Keller", id="U3")
        refused = await slack.control("say", user="U3", channel=between, text="Ciao")
        assert refused["error"] == "channel_not_found"
        assert len((await slack.look("state"))["messages"]) == 2
        assert slack.bot.received == []
        assert (await slack.api("chat.postMessage", channel=between, text="Hi"))[
            "error"
        ] == "channel_not_found"
        listed = (await slack.api("conversations.list", types="im"))["channels"]
        assert [one["user"] for one in listed] == ["U1", "U2", "U3"]


async def test_a_modal_is_told_with_the_whole_stack(slack: Slack) -> None:
    async with slack.http.get(f"{slack.url}/_control/stream") as stream:
        await stream.content.readuntil(b"\n\n")
        await slack.open_modal(title=plain("Cancel it?"))
        told = json.loads((await stream.content.readuntil(b"\n\n")).removeprefix(b"data: "))
    assert (told["kind"], told["user"]) == ("views", "U1")
    assert [view["title"]["text"] for view in told["stack"]] == ["Cancel it?"]


async def test_a_button_without_an_answer_brings_slacks_notice(slack: Slack) -> None:
    view = await slack.open_modal()
    slack.bot.replies["block_actions"] = (500, "")
    async with slack.http.get(f"{slack.url}/_control/stream") as stream:
        await stream.content.readuntil(b"\n\n")
        await slack.control("action", user="U1", view_id=view["id"], action_id="more")
        told = json.loads((await stream.content.readuntil(b"\n\n")).removeprefix(b"data: "))
    assert (told["kind"], told["user"]) == ("notice", "U1")
    assert "dispatch_failed" in told["text"]


async def test_the_log_forgets_what_is_long_ago(slack: Slack) -> None:
    for number in range(2001):
        slack.sandbox.log.add("call", f"No. {number}", {}, {}, 200, 1)
    log = (await slack.look("log"))["log"]
    assert (len(log), log[0]["method"]) == (2000, "No. 1")


@pytest.mark.parametrize("path", ["/", "/_control/state", "/api/auth.test", "/page/app.js"])
@pytest.mark.parametrize(
    "host",
    ["elsewhere.example", "elsewhere.example:8090", "127.0.0.1.elsewhere.example", "8.8.8.8", "[::1", ""],
)
async def test_a_name_that_another_site_lets_mean_this_machine_gets_nothing(
    slack: Slack, path: str, host: str
) -> None:
    async with slack.http.get(f"{slack.url}{path}", headers={"host": host}) as answer:
        assert answer.status == 421
        assert await answer.text() == (
            "This page is for this machine alone: open it as http://127.0.0.1 or http://localhost."
        )


@pytest.mark.parametrize("host", ["127.0.0.1:8090", "LOCALHOST:1", "localhost", "[::1]:8090", "127.0.0.2"])
async def test_this_machines_own_names_are_answered(slack: Slack, host: str) -> None:
    async with slack.http.get(f"{slack.url}/_control/state", headers={"host": host}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("origin", "status"), [("https://elsewhere.example", 403), ("null", 403), (None, 200), ("", 200)]
)
async def test_a_page_of_another_site_makes_no_gestures(
    slack: Slack, origin: str | None, status: int
) -> None:
    """The sandbox's own page names itself; a program names nothing."""
    own = slack.url if origin == "" else origin
    headers = {} if own is None else {"origin": own}
    body = {"user": "U1", "channel": "C1", "text": "Ciao"}
    async with slack.http.post(f"{slack.url}/_control/say", json=body, headers=headers) as answer:
        assert answer.status == status
    assert [message.text for message in slack.workspace.messages.values()] == (
        ["Ciao"] if status == 200 else []
    )
