"""Two companies install the app in their Slack: nothing of the one reaches the other, whatever happens to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession, ClientTimeout

from billing.adapters.ciphers import FernetCipher, new_key
from billing.services import installations, members, properties
from billing.values.actors import Actor
from sandbox import demo
from sandbox.clock import TurnableClock
from sandbox.demo import EMMA, GIULIA
from sandbox.many import Many, running_many
from sandbox.people import Team
from sandbox.session import Session
from tests.billing.desk import Desk
from tests.stories.conversation import Conversation, text_of

ROSSI = Team("T0ROSSI0001", "Rossi S.r.l.", "rossi", "it-IT")
SMITH = Team("T0SMITH0001", "Smith Ltd", "smith", "en-GB")
GRID = "E0GRID00001"
NORTH = Team("T0NORTH0001", "North Ltd", "north", "en-GB", GRID)
SOUTH = Team("T0SOUTH0001", "South S.r.l.", "south", "it-IT", GRID)


@dataclass
class Companies:
    """Both, as a story sees them."""

    many: Many
    conversations: dict[str, Conversation]
    browser: ClientSession

    def __getitem__(self, team: Team) -> Conversation:
        return self.conversations[team.id]

    async def begins(self) -> tuple[str, str]:
        """Somebody opens the link: Slack's page to which it leads, and the browser's cookie."""
        async with self.browser.get("/slack/install", allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            return answer.headers["Location"], answer.headers["Set-Cookie"].partition(";")[0]

    async def answers(self, page: str, **given: str) -> str:
        """They press a button of Slack's page: where that leads."""
        async with self.browser.get(
            page + "".join(f"&{k}={v}" for k, v in given.items()), allow_redirects=False
        ) as a:
            assert a.status == 307, await a.text()
            return a.headers["Location"]

    async def comes_back(self, to: str, cookie: str, language: str = "en") -> tuple[int, str]:
        headers = {"Cookie": cookie, "Accept-Language": language}
        async with self.browser.get(to, headers=headers) as answer:
            return answer.status, await answer.text()

    async def install(self, team: Team | str) -> str:
        """In that workspace, or in the organisation of that id as a whole."""
        page, cookie = await self.begins()
        account = team if isinstance(team, str) else team.id
        status, said = await self.comes_back(await self.answers(page, team=account, answer="allow"), cookie)
        assert status == 200, said
        return said


@pytest.fixture
def keyed(desk: Desk) -> tuple[Desk, TurnableClock]:
    clock = TurnableClock()
    billing = replace(desk.billing, clock=clock, cipher=FernetCipher([new_key()]))
    return replace(desk, billing=billing), clock


@asynccontextmanager
async def companies_at(
    keyed: tuple[Desk, TurnableClock], teams: tuple[Team, ...] = (ROSSI, SMITH), *, rotates: bool = False
) -> AsyncIterator[Companies]:
    desk, clock = keyed
    async with (
        running_many(desk.billing, clock, teams, rotates=rotates) as many,
        ClientSession(many.bot_url, timeout=ClientTimeout(total=30)) as browser,
    ):
        conversations = {}
        for team in teams:
            session = SimpleNamespace(
                sandbox=many.sandboxes[team.id],
                billing=desk.billing,
                server=many.server,
                url=many.urls[team.id],
            )
            http = ClientSession(many.urls[team.id], timeout=ClientTimeout(total=30))
            conversations[team.id] = Conversation(cast("Session", session), http)
        try:
            yield Companies(many, conversations, browser)
        finally:
            for conversation in conversations.values():
                await conversation.http.close()


@pytest.fixture
async def companies(keyed: tuple[Desk, TurnableClock]) -> AsyncIterator[Companies]:
    async with companies_at(keyed) as companies:
        yield companies


def shop_of(desk: Desk, team: Team, name: str) -> str:
    """A property of that company with a plan of a month, its channel chosen."""
    emma = Actor(team.id, EMMA.id)
    members.meet(desk.billing, emma, EMMA.real_name, EMMA.email)
    shop = properties.create(desk.billing, emma, name, "Europe/Rome", "IT", is_workspace_owner=True)
    properties.announce_in(desk.billing, emma, shop.id, demo.BILLING_CHANNEL)
    desk.buy(emma, shop, "remove-branding/standard/month")
    return shop.id


async def everything_of(conversation: Conversation) -> str:
    """All that the page of the workspace could show, and all that crossed its wire."""
    log = conversation.session.sandbox.log.entries()
    return str(await conversation.state()) + str(log)


async def until_there_are(desk: Desk, these: str, *, none: bool = False) -> None:
    """Waits for rows of these, or until there is none: the database says nothing by itself, so it is asked again."""
    async with asyncio.timeout(20):
        while bool(desk.rows(f"SELECT 1 FROM {these}")) is none:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_two_companies_install_it_and_each_sees_its_own(
    keyed: tuple[Desk, TurnableClock], companies: Companies
) -> None:
    assert "Rossi S.r.l." in await companies.install(ROSSI)
    assert "Smith Ltd" in await companies.install(SMITH)
    shop_of(keyed[0], ROSSI, "Trattoria")
    shop_of(keyed[0], SMITH, "Bakery")
    companies[ROSSI].wakes_the_app()
    for team, own, foreign in ((ROSSI, "Trattoria", "Bakery"), (SMITH, "Bakery", "Trattoria")):
        emma = companies[team].as_person(
            EMMA
        )  # the same person's id in both: only the workspace tells them apart
        await emma.types("/billing")
        card = text_of(await emma.reads("Remove Branding"))
        assert own in card
        assert foreign not in card
    await companies[ROSSI].until_announced("Remove Branding")
    await companies[SMITH].until_announced("Remove Branding")
    assert "Bakery" not in await everything_of(companies[ROSSI])
    assert "Trattoria" not in await everything_of(companies[SMITH])
    for conversation in companies.conversations.values():
        assert not conversation.failures()


async def test_who_installs_it_is_told_how_to_begin_in_their_language(companies: Companies) -> None:
    await companies.install(ROSSI)
    courier = companies.many.server.courier
    assert courier is not None
    await courier.drain()
    emma = companies[ROSSI].as_person(EMMA)
    said = text_of((await emma.direct_messages(1))[0])
    assert "You have installed the billing desk" in said
    steps = ("1. Create the property", "`/billing channel`", "3. Add the others with `/billing members`")
    assert [step for step in steps if step not in said] == []


async def test_a_company_that_takes_it_out_loses_nothing_and_disturbs_nobody(
    keyed: tuple[Desk, TurnableClock], companies: Companies
) -> None:
    desk, _ = keyed
    await companies.install(ROSSI)
    await companies.install(SMITH)
    shop_of(desk, ROSSI, "Trattoria")
    shop_of(desk, SMITH, "Bakery")
    companies[ROSSI].wakes_the_app()
    await companies[ROSSI].until_announced("Remove Branding")
    await until_there_are(desk, "outbox WHERE told_at IS NULL", none=True)
    told = len(await companies[ROSSI].announcements())
    await companies.many.federation.uninstall(ROSSI.id)
    await until_there_are(desk, "workspaces WHERE asleep_since IS NOT NULL")
    await companies[SMITH].turn_clock(advance="31d")
    await until_there_are(desk, "payments WHERE (SELECT COUNT(*) FROM payments WHERE state = 'paid') = 4")
    newest = (
        "SELECT number FROM invoices WHERE workspace_id = :of ORDER BY issued_at DESC, sequence DESC LIMIT 1"
    )
    ((number,),) = desk.rows(newest, of=SMITH.id)
    await companies[SMITH].until_announced(f"invoice {number}")
    assert (
        len(await companies[ROSSI].announcements()) == told
    )  # it was renewed and paid, and nobody was told yet
    refused = companies[ROSSI].session.sandbox.log.entries()
    assert not [one for one in refused if one["direction"] == "call" and "token_revoked" in str(one)]

    await companies.install(ROSSI)
    courier = companies.many.server.courier
    assert courier is not None
    await courier.drain()
    assert len(await companies[ROSSI].announcements()) > told
    emma = companies[ROSSI].as_person(EMMA)
    await emma.types("/billing")
    assert "Trattoria" in text_of(await emma.reads("Remove Branding"))


@pytest.mark.parametrize("language", ["en", "it"])
async def test_what_is_wrong_with_an_installation_is_said_and_nothing_is_kept(
    keyed: tuple[Desk, TurnableClock], companies: Companies, language: str
) -> None:
    desk, clock = keyed
    page, cookie = await companies.begins()
    allowed = await companies.answers(page, team=ROSSI.id, answer="allow")
    other_page, other_cookie = await companies.begins()
    denied = await companies.answers(other_page, answer="deny")
    state = parse_qs(urlsplit(allowed).query)["state"][0]
    forged = allowed.replace(state, "forged")
    name = cookie.partition("=")[0]
    wrong = [
        (denied, other_cookie, 200, {"en": "You chose not to", "it": "Hai scelto di non"}),
        (allowed, "", 400, {"en": "another browser", "it": "altro browser"}),
        (forged, f"{name}=forged", 401, {"en": "used before", "it": "già stato usato"}),
        (allowed.replace("code=", "code=x"), cookie, 401, {"en": "does not take", "it": "non accetta più"}),
        (allowed, cookie, 401, {"en": "used before", "it": "già stato usato"}),
    ]
    for to, with_cookie, status, said in wrong:
        answered, page_said = await companies.comes_back(to, with_cookie, language)
        assert (answered, said[language] in page_said) == (status, True), (status, page_said)
        assert f'lang="{language}"' in page_said
    late_page, late_cookie = await companies.begins()
    late = await companies.answers(late_page, team=ROSSI.id, answer="allow")
    clock.advance(timedelta(minutes=11))
    answered, page_said = await companies.comes_back(late, late_cookie, language)
    assert answered == 401
    kept = {one.account_id for one in installations.listed(desk.billing)}
    assert kept.isdisjoint((ROSSI.id, SMITH.id)), kept
    refused = desk.rows("SELECT refused_as FROM audit_entries WHERE act = 'workspace.install' ORDER BY id")
    assert [row.refused_as for row in refused] == [
        "invalid_browser",
        "invalid_state",
        "invalid_code",
        "invalid_state",
        "invalid_state",
    ]


async def test_a_token_is_replaced_before_it_ends_though_nobody_clicks(
    keyed: tuple[Desk, TurnableClock],
) -> None:
    desk, clock = keyed
    async with companies_at(keyed, (ROSSI,), rotates=True) as companies:
        await companies.install(ROSSI)
        workspace = companies[ROSSI].session.sandbox.workspace
        first = workspace.app.bot_token
        clock.advance(timedelta(hours=11))
        connection = companies.many.server.connection
        assert connection is not None
        await connection.check()
        assert workspace.app.bot_token != first
        await connection.check()
        assert len(workspace.revoked_tokens) == 1  # once, not at every look
        shop_of(desk, ROSSI, "Trattoria")
        emma = companies[ROSSI].as_person(EMMA)
        await emma.types("/billing")
        await emma.reads("Trattoria")
        assert not companies[ROSSI].failures()
        kept = str(desk.rows("SELECT * FROM installations"))
        assert first not in kept
        assert workspace.app.bot_token not in kept


async def test_a_request_from_where_it_is_not_installed_is_refused_in_a_sentence(
    companies: Companies,
) -> None:
    await companies.install(ROSSI)
    emma = companies[SMITH].as_person(EMMA)
    await emma.types("/billing")
    await emma.reads("This app serves another workspace")
    assert SMITH.id not in {one.account_id for one in installations.listed(companies.many.billing)}


async def test_an_organisation_installs_it_once_and_each_of_its_workspaces_lives_apart(
    keyed: tuple[Desk, TurnableClock],
) -> None:
    async with companies_at(keyed, (NORTH, SOUTH)) as companies:
        people = {NORTH: EMMA, SOUTH: GIULIA}
        for team, person in people.items():  # everybody is in one of the two
            workspace = companies[team].session.sandbox.workspace
            for absent in {one.id for one in demo.PEOPLE} - {person.id}:
                del workspace.users[absent]
            workspace.users[person.id].is_owner = True
        assert "Grid" in await companies.install(GRID)
        for team, person in people.items():
            channels = companies[team].session.sandbox.workspace.channels.values()
            (place,) = (one.id for one in channels if one.name == "billing")
            somebody = companies[team].as_person(person, place)
            await somebody.types("/billing")
            asked = await somebody.reads("property.new")
            await somebody.presses(asked, "property.new")
            form = await somebody.sees_form("property.create")
            await somebody.submits(form, name=f"Shop of {team.name}", country="IT")
            await somebody.sees_modal(f"Shop of {team.name}")
            await somebody.opens_home(f"Shop of {team.name}")
        for team, other in ((NORTH, SOUTH), (SOUTH, NORTH)):
            assert f"Shop of {other.name}" not in await everything_of(companies[team])
            assert not companies[team].failures()
        places = keyed[0].rows("SELECT name, workspace_id FROM properties ORDER BY name")
        assert places == [(f"Shop of {team.name}", team.id) for team in (NORTH, SOUTH)]
        await companies.many.federation.uninstall(SOUTH.id)  # its token is the organisation's
        await until_there_are(keyed[0], "installations WHERE asleep_since IS NULL", none=True)
