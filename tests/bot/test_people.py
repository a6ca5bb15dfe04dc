"""Who somebody is to Slack: asked once, remembered, forgotten when they change, kept when Slack is away."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from billing import Actor
from bot.people import People
from bot.refusals import SlackUnavailable
from tests.billing.desk import WORKSPACE, Desk
from tests.bot.conftest import FarSide

GIULIA = Actor(WORKSPACE, "UGIULIA")


def giulia(**changed: Any) -> dict[str, Any]:
    profile = {"real_name": "Giulia Rossi", "email": "giulia@example.com"}
    about = {
        "id": "UGIULIA",
        "team_id": WORKSPACE,
        "locale": "it-IT",
        "tz": "Europe/Rome",
        "profile": profile,
    }
    return {"user": about | changed}


@pytest.fixture
def people(sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide) -> People:
    far_side.usual["users.info"] = giulia()
    return People(sqlite_desk.billing, slack)


async def test_a_person_is_asked_for_once_and_then_remembered(people: People, far_side: FarSide) -> None:
    first, second = await people.profile(GIULIA), await people.profile(GIULIA)
    assert first == second
    assert (first.name, first.email, first.language, first.time_zone) == (
        "Giulia Rossi",
        "giulia@example.com",
        "it",
        "Europe/Rome",
    )
    assert [method for method, _ in far_side.calls] == ["users.info"]
    assert far_side.calls[0][1]["include_locale"] in ("1", "true", True)


async def test_name_and_address_are_kept_for_documents(people: People, sqlite_desk: Desk) -> None:
    await people.profile(GIULIA)
    assert sqlite_desk.rows("SELECT name, email FROM persons") == [("Giulia Rossi", "giulia@example.com")]


async def test_who_changed_is_asked_for_again(people: People, far_side: FarSide) -> None:
    await people.profile(GIULIA)
    far_side.usual["users.info"] = giulia(locale="en-GB")
    assert (await people.profile(GIULIA)).language == "it"
    people.forget("UGIULIA")
    assert (await people.profile(GIULIA)).language == "en"


async def test_after_a_while_a_person_is_asked_for_again_and_kept_when_slack_is_away(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    far_side.usual["users.info"] = giulia()
    people = People(sqlite_desk.billing, slack, seconds=0)
    known = await people.profile(GIULIA)
    far_side.plans("users.info", web.json_response({"ok": False, "error": "internal_error"}, status=500))
    assert await people.profile(GIULIA) == known
    assert len(far_side.calls) == 2


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.json_response({"ok": False, "error": "ratelimited"}, status=429),
        lambda: web.Response(text="down", content_type="text/plain", status=503),
        lambda: web.Response(text="<h1>down</h1>", content_type="text/html", status=502),
        lambda: web.Response(text="{", content_type="application/json"),
    ],
    ids=["limited", "plain", "page", "broken"],
)
async def test_nobody_is_guessed_when_slack_does_not_say(
    people: People, far_side: FarSide, answer: Any
) -> None:
    far_side.plans("users.info", answer())
    with pytest.raises(SlackUnavailable):
        await people.profile(GIULIA)


@pytest.mark.parametrize(
    "changed",
    [
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"is_bot": True},
        {"deleted": True},
        {"team_id": "TOTHER"},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_guests_strangers_and_bots_are_outsiders(
    people: People, far_side: FarSide, changed: dict[str, Any]
) -> None:
    assert not (await people.profile(GIULIA)).is_outsider
    people.forget("UGIULIA")
    far_side.usual["users.info"] = giulia(**changed)
    assert (await people.profile(GIULIA)).is_outsider


async def test_whom_slack_does_not_have_is_a_stranger_and_left_for_billing_until_they_are_back(
    people: People, far_side: FarSide, sqlite_desk: Desk
) -> None:
    await people.profile(GIULIA)
    people.forget("UGIULIA")
    far_side.plans("users.info", web.json_response({"ok": False, "error": "user_not_found"}))
    assert await people.profile(GIULIA) == people.stranger
    ((name, left),) = sqlite_desk.rows("SELECT name, deactivated_at FROM persons")
    assert name == "Giulia Rossi"
    assert left
    assert not (await people.profile(GIULIA)).is_outsider
    assert sqlite_desk.rows("SELECT deactivated_at FROM persons") == [(None,)]


async def test_of_what_slack_says_of_somebody_the_last_word_stays(people: People, sqlite_desk: Desk) -> None:
    """Several wait for the database at once, which serves them in no order."""
    await people.profile(GIULIA)
    said = [giulia(is_restricted=number % 2 == 0)["user"] for number in range(8)]
    with sqlite_desk.billing.work("test"):
        waiting = [asyncio.create_task(people.changed(GIULIA, user)) for user in said]
        await asyncio.sleep(0)  # each of them begins, and waits
    await asyncio.gather(*waiting)
    assert sqlite_desk.rows("SELECT deactivated_at FROM persons") == [(None,)]


def in_grid(*teams: str) -> dict[str, Any]:
    return {"enterprise_user": {"id": "W1", "enterprise_id": "E1", "teams": list(teams)}}


@pytest.mark.parametrize(
    "changed",
    [
        {"team_id": "TOTHER"} | in_grid("TOTHER", WORKSPACE),
        {"team_id": "E1"} | in_grid(WORKSPACE),
        {"team_id": None, "teams": ["TOTHER", WORKSPACE]},
        {"team_id": None},
    ],
    ids=["another workspace first", "the organisation", "a list alone", "nothing"],
)
async def test_whom_the_workspace_lists_is_at_home_whatever_their_own_team(
    people: People, far_side: FarSide, changed: dict[str, Any]
) -> None:
    far_side.usual["users.info"] = giulia(**changed)
    profile = await people.profile(GIULIA)
    assert not profile.is_outsider
    assert WORKSPACE in profile.teams


@pytest.mark.parametrize(
    "changed",
    [
        {"team_id": "TOTHER"} | in_grid("TOTHER"),
        {"team_id": "E1"} | in_grid("TOTHER", "TTHIRD"),
        {"team_id": WORKSPACE} | in_grid("TOTHER"),
        in_grid(WORKSPACE) | {"is_restricted": True},
        in_grid(WORKSPACE) | {"is_stranger": True},
    ],
    ids=["elsewhere", "elsewhere in the organisation", "was here", "a guest", "a stranger"],
)
async def test_in_a_grid_too_strangers_and_guests_are_outsiders(
    people: People, far_side: FarSide, changed: dict[str, Any]
) -> None:
    far_side.usual["users.info"] = giulia(**changed)
    assert (await people.profile(GIULIA)).is_outsider


async def test_who_could_not_be_written_down_is_not_remembered_either(
    people: People, sqlite_desk: Desk
) -> None:
    sqlite_desk.execute("ALTER TABLE persons RENAME TO taken_away")
    with pytest.raises(Exception, match="persons"):
        await people.profile(GIULIA)
    sqlite_desk.execute("ALTER TABLE taken_away RENAME TO persons")
    await people.profile(GIULIA)
    assert sqlite_desk.rows("SELECT user_id FROM persons") == [("UGIULIA",)]
