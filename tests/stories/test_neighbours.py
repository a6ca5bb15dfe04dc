"""The demo's second workspace: its page shows the way there, the app is installed from it, and taken out again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, ClientTimeout

from billing import Billing
from sandbox.clock import TurnableClock
from sandbox.demo import BILLING_CHANNEL, EMMA, GRID, NEIGHBOUR, TEAM
from sandbox.session import running_session
from tests.stories.conversation import Conversation, Seen
from tests.stories.records import rows

BOTH = [(TEAM.name, True), (NEIGHBOUR.name, False)]


@pytest.fixture
async def demo_slack(desk_of_demo: tuple[Billing, TurnableClock]) -> AsyncIterator[Conversation]:
    async with (
        running_session(*desk_of_demo, by_wire=False, others=(NEIGHBOUR,)) as session,
        ClientSession(session.url, timeout=ClientTimeout(total=30)) as http,
    ):
        yield Conversation(session, http)


async def seen_at(http: ClientSession, url: str = "") -> Seen:
    async with http.get(f"{url}/_control/workspaces") as answer:
        seen: Seen = await answer.json()
        return seen


def shown(seen: Seen) -> list[tuple[str, bool]]:
    return [(one["name"], one["installed"]) for one in seen["workspaces"]]


async def installs(http: ClientSession, link: str, account: str = NEIGHBOUR.id) -> str:
    async with http.get(link, allow_redirects=False) as answer:
        page, cookie = answer.headers["Location"], answer.headers["Set-Cookie"].partition(";")[0]
    async with http.get(f"{page}&team={account}&answer=allow", allow_redirects=False) as answer:
        back = answer.headers["Location"]
    async with http.get(back, headers={"Cookie": cookie}) as answer:
        return await answer.text()


async def test_each_page_shows_both_and_the_app_lives_in_the_second_until_it_is_taken_out(
    demo_slack: Conversation,
) -> None:
    http = demo_slack.http
    seen = await seen_at(http)
    assert shown(seen) == BOTH
    own, other = (one["url"] for one in seen["workspaces"])
    assert urlsplit(own).netloc != urlsplit(other).netloc
    assert await seen_at(http, other) == seen
    assert NEIGHBOUR.name in await installs(http, seen["install_url"])
    assert shown(await seen_at(http)) == [(TEAM.name, True), (NEIGHBOUR.name, True)]

    async with ClientSession(other, timeout=ClientTimeout(total=30)) as there:
        rossi = Conversation(demo_slack.session, there).as_person(EMMA)
        await rossi.types("/billing")
        await rossi.reads("You don't belong to any property yet")
        await demo_slack.as_person(EMMA).types("/billing")
        await demo_slack.as_person(EMMA).reads("AI Assist Growth")
        assert "AI Assist" not in str(await rossi.conversation.state())

    assert (await demo_slack.post("uninstall", team=NEIGHBOUR.id))["ok"]
    assert shown(await seen_at(http)) == BOTH
    asleep = "SELECT id FROM workspaces WHERE asleep_since IS NOT NULL"
    await demo_slack.becomes(lambda: rows(demo_slack.session.billing, asleep) == [(NEIGHBOUR.id,)])
    assert (await demo_slack.post("revoke", team=NEIGHBOUR.id))["error"] == "not_installed"
    assert (await demo_slack.post("revoke", team="T0NOBODY001"))["error"] == "team_not_found"
    assert (await demo_slack.post("revoke"))["ok"]  # the first one, where none is named
    assert shown(await seen_at(http)) == [(TEAM.name, False), (NEIGHBOUR.name, False)]


async def test_an_organisation_of_two_installs_the_app_in_both_at_once(
    desk_of_demo: tuple[Billing, TurnableClock],
) -> None:
    organisation = GRID[0].enterprise_id
    async with (
        running_session(*desk_of_demo, by_wire=False, others=GRID) as session,
        ClientSession(session.url, timeout=ClientTimeout(total=30)) as http,
    ):
        seen = await seen_at(http)
        assert [one["organisation"] for one in seen["workspaces"]] == ["", organisation, organisation]
        await installs(http, seen["install_url"], organisation)
        assert [installed for _, installed in shown(await seen_at(http))] == [True, True, True]
        for one in seen["workspaces"][1:]:
            async with ClientSession(one["url"], timeout=ClientTimeout(total=30)) as there:
                channel = f"{BILLING_CHANNEL}{one['id'][-3:]}"
                emma = Conversation(session, there).as_person(EMMA, channel)
                await emma.types("/billing")
                await emma.reads("You don't belong to any property yet")
