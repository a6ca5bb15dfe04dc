"""The whole road in a real Chromium: type the command, confirm, turn the clock, see that the channel is told."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from sandbox.demo import EMMA, GIULIA
from tests.browser import chromium
from tests.stories.browsing import Desktop
from tests.stories.conversation import Conversation


async def test_an_owner_cancels_turns_the_clock_and_sees_the_plan_end(demo_slack: Conversation) -> None:
    async with chromium() as browser, Desktop.of(browser, demo_slack.stage.url, EMMA) as desktop:
        await desktop.types("/billing cancel ai")
        form = desktop.modal("Cancel subscription")
        await expect(form.get_by_role("combobox")).to_contain_text("AI Assist Growth")
        await form.get_by_role("radio", name="We do not use it enough").check()
        await form.get_by_role("button", name="Continue").click()
        await desktop.page.get_by_role("button", name="Yes, cancel subscription").click()
        await expect(desktop.page.get_by_role("dialog")).to_contain_text("is cancelled")
        await desktop.page.keyboard.press("Escape")
        await desktop.reads("cancelled AI Assist Growth of Piazza")
        await desktop.turns_clock("Clock", "AI Assist Growth of Piazza ends")
        await desktop.reads("AI Assist Growth of Piazza ended on")
        assert desktop.complaints == []


async def test_an_italian_admin_changes_an_address_and_gets_a_pdf(demo_slack: Conversation) -> None:
    async with chromium() as browser, Desktop.of(browser, demo_slack.stage.url, GIULIA) as desktop:
        await desktop.types("/billing indirizzo remove")
        form = desktop.page.get_by_role("dialog")
        street = form.get_by_label("Via e numero civico")
        await expect(street).to_have_value("Via Roma 1")
        await street.fill("Via Verdi 4242 4242 4242 4242")
        await form.get_by_role("button", name="Salva indirizzo").click()
        await expect(form.get_by_role("alert")).to_contain_text("carta")
        await street.fill("Via Verdi 7")
        await form.get_by_role("button", name="Salva indirizzo").click()
        await expect(desktop.page.get_by_role("dialog")).to_contain_text("Via Verdi 7")
        await desktop.page.keyboard.press("Escape")
        await desktop.types("/billing fatture remove")
        await desktop.page.get_by_role("dialog").get_by_role("button", name="PDF").first.click()
        await expect(desktop.page.get_by_role("dialog")).to_contain_text("messaggio diretto")
        await desktop.page.keyboard.press("Escape")
        await desktop.page.get_by_role("link", name="Billing desk").last.click()
        await desktop.reads(".pdf")
        assert desktop.complaints == []


@pytest.mark.parametrize("width", [390])
async def test_the_page_works_at_the_width_of_a_phone(demo_slack: Conversation, width: int) -> None:
    async with chromium() as browser, Desktop.of(browser, demo_slack.stage.url, EMMA, width=width) as desktop:
        await desktop.types("/billing cancel ai")
        box = await desktop.modal("Cancel subscription").bounding_box()
        assert box is not None
        assert round(box["width"]) == width
        overflow = await desktop.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0
        assert desktop.complaints == []
