"""The demo's exchange system: its switch decides what becomes of e-invoices, and what was rejected goes again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from billing import Billing
from billing.services.verify import verify
from bot.runner import in_thread
from sandbox import demo
from sandbox.clock import TurnableClock
from sandbox.demo import EMMA
from tests.stories.browsing import Desktop
from tests.stories.conftest import furnished_demo, opened_demo
from tests.stories.conversation import Conversation, text_of

FIRST, SECOND, THIRD = (f"IT00743110157_0000{number}.xml" for number in (1, 2, 3))


@pytest.fixture(scope="module")
def furnished_with_companies(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `make demo` furnishes it."""
    return furnished_demo(migrated_sqlite, tmp_path_factory.mktemp("companies"), companies=True)


@pytest.fixture
def desk_of_demo(
    furnished_with_companies: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Billing, TurnableClock]]:
    for billing, clock in opened_demo(furnished_with_companies, tmp_path_factory.getbasetemp()):
        yield demo.with_e_invoices(billing), clock


async def posted(slack: Conversation) -> None:
    """What two ticks of the demo do: send, and read what came back."""
    assert slack.session.post_to_sdi is not None
    for _ in range(2):
        await in_thread(slack.session.post_to_sdi)


async def said(slack: Conversation) -> list[tuple[str, str, str]]:
    files = (await slack.state())["sdi"]["files"]
    return [(file["name"], file["says"], file["code"]) for file in files]


async def test_the_switch_decides_and_what_was_rejected_is_sent_again(demo_slack: Conversation) -> None:
    assert (await demo_slack.state())["sdi"] == {"says": "RC", "code": "00311", "files": []}
    await demo_slack.post("sdi", says="silent")
    await demo_slack.turn_clock(advance="14d")
    await posted(demo_slack)
    assert await said(demo_slack) == [(FIRST, "", "")]
    await demo_slack.post("sdi", says="NS", code="00324")
    await posted(demo_slack)
    assert await said(demo_slack) == [(FIRST, "NS", "00324")]
    emma = demo_slack.as_person(EMMA)
    branding = await emma.opens("/billing invoices branding", "Remove Branding")
    assert "e-invoice rejected, to be sent again" in text_of(branding)
    await demo_slack.post("sdi", says="MC")
    number = (await demo_slack.state())["sdi"]["files"][0]["number"]
    for _ in range(2):
        assert (await demo_slack.post("sdi-again", number=number))["ok"]
    await posted(demo_slack)
    assert await said(demo_slack) == [(SECOND, "MC", ""), (FIRST, "NS", "00324")]
    assert verify(demo_slack.session.billing) == ()


@pytest.mark.parametrize(
    ("route", "given", "error"),
    [
        ("sdi", {"says": "EC01"}, "invalid_answer"),
        ("sdi", {"code": "99999"}, "invalid_answer"),
        ("sdi-again", {}, "missing_number"),
        ("sdi-again", {"number": "2026-000001"}, "not_rejected"),
        ("sdi-again", {"number": "2026-999999"}, "not_rejected"),
    ],
)
async def test_what_the_switch_cannot_do_is_refused(
    demo_slack: Conversation, route: str, given: dict[str, Any], error: str
) -> None:
    assert await demo_slack.post(route, **given) == {"ok": False, "error": error}


@pytest.mark.asyncio(loop_scope="session")
async def test_the_tab_has_the_switch_and_what_was_sent(shown_slack: Conversation, browser: Browser) -> None:
    async with Desktop.of(browser, shown_slack.session.url, EMMA) as desktop:
        page = desktop.page
        await page.get_by_role("button", name="SdI", exact=True).click()
        await expect(page.get_by_text("Nothing yet: buy something")).to_be_visible()
        await page.get_by_role("radio", name="rejected").check()
        await page.get_by_role("combobox", name="Why").select_option("00404")
        await shown_slack.until(lambda state: state["sdi"]["code"] == "00404")
        await shown_slack.turn_clock(advance="14d")
        await posted(shown_slack)
        await expect(page.get_by_role("listitem").filter(has_text="rejected 00404")).to_be_visible()
        assert await desktop.shuts_out(".drawer") == []
        await page.get_by_role("radio", name="delivered", exact=True).check()
        await shown_slack.until(lambda state: state["sdi"]["says"] == "RC")
        await page.get_by_role("button", name="Send again").click()
        await expect(page.get_by_role("button", name="Send again")).to_be_visible()
        await posted(shown_slack)
        await expect(page.get_by_role("listitem").filter(has_text=": delivered")).to_be_visible()
        await expect(page.get_by_role("button", name="Send again")).to_have_count(0)
        assert desktop.complaints == []
