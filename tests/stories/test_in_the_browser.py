"""Whole roads in a real Chromium, in both languages, their pictures kept: the page is looked at as a person does."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from billing.i18n import Translator, language_of
from sandbox.demo import EMMA
from tests.stories.browsing import Desktop
from tests.stories.conversation import Conversation

LOCALES = Path(__file__).parents[2] / "bot" / "locales"
# The page's own words and the words of the commands, where the bot's catalogue has none.
OF_PAGE = {
    "en": {
        "help": "Type it for me",
        "cancel": "cancel ai",
        "turn": "Turn it to",
        "over": "That was it.",
        "clock": "Clock",
        "mailbox": "Mailbox",
        "invoices": "/billing invoices ai",
        "buy": "/billing buy",
        "card": "/billing payment remove",
        "transfer": "/billing transfer remove",
        "address": "/billing address video",
        "sent": "direct message",
    },
    "it": {
        "help": "Scrivilo per me",
        "cancel": "annulla ai",
        "turn": "Spostalo al",
        "over": "Tutto qui.",
        "clock": "Orologio",
        "mailbox": "Posta",
        "invoices": "/billing fatture ai",
        "buy": "/billing acquista",
        "card": "/billing carta remove",
        "transfer": "/billing trasferisci remove",
        "address": "/billing indirizzo video",
        "sent": "messaggio diretto",
    },
}
BOUGHT = "Video and Voice Plus"
NO_MONEY, MASTERCARD = "4000 0000 0000 9995", "5555 5555 5555 4444"


@pytest.mark.product(8, 18, 19, 22, languages="en it")
@pytest.mark.asyncio(loop_scope="session")
async def test_the_roads_of_the_desk_in_a_browser(either_slack: Conversation, browser: Browser) -> None:
    language = language_of(either_slack.session.sandbox.workspace.team.locale)
    await either_slack.session.sandbox.change_user(
        EMMA.id, locale=either_slack.session.sandbox.workspace.team.locale
    )
    t, words = Translator(LOCALES, language), OF_PAGE[language]
    either_slack.may_fail.add(
        "views.update"
    )  # a form that waited for its card is closed before it is drawn anew
    async with Desktop.of(browser, either_slack.session.url, EMMA, album=language) as desktop:
        await _first_minute(desktop, t, words)
        await _purchase_with_a_new_card(desktop, t, words)
        await either_slack.deliver_mail()
        await _receipt_in_the_mailbox(desktop, words)
        await _failed_renewal(desktop, t, words)
        await _transfer(desktop, t, words)
        await _changed_address(desktop, t, words)
        assert desktop.complaints == []


async def _first_minute(desktop: Desktop, t: Translator, words: dict[str, str]) -> None:
    guide = desktop.page.get_by_role("complementary")
    await guide.get_by_role("button", name=words["help"]).click()
    await desktop.page.keyboard.press("Enter")
    await desktop.reads("AI Assist Growth")
    await _cancel_by_keyboard(desktop, t, words)
    await guide.get_by_role("button", name=words["turn"]).click()
    await expect(guide.get_by_role("status")).to_contain_text(words["over"])
    await desktop.keeps("first-minute")
    await desktop.types(words["invoices"])
    await desktop.modal().get_by_role("button", name="PDF").first.click()
    await desktop.reads_in_modal(words["sent"])
    await desktop.leaves_modal()
    await desktop.page.get_by_role("link", name="Billing desk").click()
    await desktop.page.get_by_role("button", name=".pdf").first.click()
    await desktop.sees_paper()
    await desktop.keeps("invoice")
    await desktop.leaves_modal()
    await desktop.page.get_by_role("link", name="billing", exact=True).click()


async def _cancel_by_keyboard(desktop: Desktop, t: Translator, words: dict[str, str]) -> None:
    """No mouse: Tab completes the command and walks the form, Enter sends it, Escape leads back to the composer."""
    keyboard = desktop.page.keyboard
    await keyboard.type("/bil")
    await keyboard.press("Tab")
    await keyboard.type(words["cancel"])
    await keyboard.press("Enter")
    await desktop.tabs_to(t("It's too expensive"))
    await keyboard.press("ArrowDown")
    await expect(desktop.modal().get_by_role("radio", name=t("We don't use it enough"))).to_be_checked()
    await desktop.keeps("cancel")
    await keyboard.press("Enter")
    await desktop.tabs_to(t("Yes, cancel subscription"))
    await keyboard.press("Enter")
    await expect(desktop.modal()).not_to_contain_text(t("Yes, cancel subscription"))
    await desktop.leaves_modal()
    await expect(desktop.page.get_by_role("textbox", name="#billing")).to_be_focused()


async def _purchase_with_a_new_card(desktop: Desktop, t: Translator, words: dict[str, str]) -> None:
    await desktop.types(words["buy"])
    await desktop.presses(t("Add a new card"))
    await desktop.enters_card(t("Open the card page"), MASTERCARD)
    await desktop.leaves_modal()
    await desktop.types(words["buy"])
    await desktop.chooses(t("Add-on and plan"), BOUGHT)
    await desktop.chooses(t("Card"), "4444")
    await desktop.keeps("buy")
    await desktop.sends(t("Continue"))
    await desktop.reads_in_modal("4444")
    await desktop.keeps("quote")
    await desktop.sends(t("Yes, buy it"))
    await desktop.leaves_modal()
    await desktop.reads(BOUGHT)
    await desktop.keeps("receipt")


async def _receipt_in_the_mailbox(desktop: Desktop, words: dict[str, str]) -> None:
    await desktop.page.get_by_role("button", name=words["mailbox"], exact=True).click()
    mailbox = desktop.page.get_by_role("complementary")
    await mailbox.get_by_role("button").filter(has_text="emma@esempio.example").first.click()
    letter = mailbox.frame_locator("iframe").locator("body")
    await expect(letter).to_contain_text(BOUGHT)
    await expect(mailbox.get_by_role("button", name=".pdf")).to_be_visible()
    await desktop.keeps("mail")


async def _failed_renewal(desktop: Desktop, t: Translator, words: dict[str, str]) -> None:
    await desktop.types(words["card"])
    await desktop.presses(t("Add a new card"))
    await desktop.enters_card(t("Open the card page"), NO_MONEY)
    await desktop.leaves_modal()
    await desktop.turns_clock(words["clock"], "Remove Branding Standard")
    told = await desktop.reads(t("Pay now"))
    await desktop.keeps("unpaid")
    await desktop.types(words["card"])
    await desktop.modal().get_by_role("radio", name="4242").check()
    await desktop.sends(t("Use this card"))
    await desktop.leaves_modal()
    await told.get_by_role("button", name=t("Pay now")).click()
    await desktop.page.get_by_role("alertdialog").get_by_role("button", name=t("Yes, pay now")).click()
    await desktop.reads_in_modal("Remove Branding")
    await desktop.keeps("paid")
    await desktop.leaves_modal()


async def _transfer(desktop: Desktop, t: Translator, words: dict[str, str]) -> None:
    await desktop.types(words["transfer"])
    await desktop.sends(t("Continue"))
    await desktop.keeps("transfer")
    await desktop.sends(t("Yes, transfer"))
    await desktop.leaves_modal()
    await desktop.keeps("transferred")


async def _changed_address(desktop: Desktop, t: Translator, words: dict[str, str]) -> None:
    await desktop.types(words["address"])
    street = desktop.modal().get_by_label(t("Street and number"))
    await expect(street).to_have_value("Via Roma 1")
    await street.fill("Via Verdi 4242 4242 4242 4242")
    await desktop.presses(t("Save address"))
    await expect(desktop.modal().get_by_role("alert")).to_be_visible()
    await desktop.keeps("card-number-refused")
    await street.fill("Via Verdi 7")
    await desktop.presses(t("Save address"))
    await desktop.reads_in_modal("Via Verdi 7")
    await desktop.keeps("address")
    await desktop.leaves_modal()
