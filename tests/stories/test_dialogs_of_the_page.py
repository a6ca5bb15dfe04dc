"""Dialogs of the page in a real Chromium: what keeps the focus, what Escape closes, and where the focus goes then."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Browser, Route, expect

from sandbox.demo import BILLING_CHANNEL, EMMA
from tests.stories.browsing import Desktop
from tests.stories.conversation import Conversation

in_one_loop = pytest.mark.asyncio(loop_scope="session")
WHERE_THE_FOCUS_IS = """() => {
    const { activeElement } = document;
    if (activeElement === document.body) return "nowhere";
    return activeElement.closest("dialog")?.ariaLabel ?? "page";
}"""
COMPOSER = "#billing"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def button(text: str, **about: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": text.lower(), "text": plain(text), **about}


def view(title: str, *elements: dict[str, Any]) -> dict[str, Any]:
    """A modal with a field and these elements under it."""
    field = {"type": "plain_text_input", "action_id": "name"}
    blocks: list[dict[str, Any]] = [
        {"type": "input", "block_id": "name", "label": plain("Name"), "optional": True, "element": field}
    ]
    if elements:
        blocks.append({"type": "actions", "block_id": "buttons", "elements": list(elements)})
    return {"type": "modal", "title": plain(title), "submit": plain("Send"), "blocks": blocks}


QUESTION = {
    "title": plain("Really?"),
    "text": plain("It cannot be undone."),
    "confirm": plain("Yes"),
    "deny": plain("No"),
}


@in_one_loop
async def test_tab_never_leaves_the_open_dialog(shown_slack: Conversation, browser: Browser) -> None:
    workspace = shown_slack.session.sandbox.workspace
    async with Desktop.of(browser, shown_slack.session.url, EMMA) as desktop:
        await desktop.page.get_by_role("textbox", name=COMPOSER).click()
        workspace.views.open(EMMA.id, view("First", button("Ask")))
        await expect(desktop.modal("First").get_by_role("textbox", name="Name")).to_be_focused()
        for key in ("Tab", "Shift+Tab"):
            visited = set()
            for _ in range(12):
                await desktop.page.keyboard.press(key)
                visited.add(await desktop.page.evaluate(WHERE_THE_FOCUS_IS))
            # On its way around the focus passes the browser's own bars.
            assert "First" in visited
            assert visited <= {"First", "nowhere"}
        assert await desktop.shuts_out("dialog") == []
        assert desktop.complaints == []


@in_one_loop
async def test_escape_closes_one_view_of_a_stack_and_the_last_leads_back(
    shown_slack: Conversation, browser: Browser
) -> None:
    views = shown_slack.session.sandbox.workspace.views
    async with Desktop.of(browser, shown_slack.session.url, EMMA) as desktop:
        composer = desktop.page.get_by_role("textbox", name=COMPOSER)
        await composer.click()
        views.open(EMMA.id, view("First"))
        await desktop.modal("First").get_by_role("textbox", name="Name").fill("typed")
        for title in ("Second", "Third"):
            views.push(EMMA.id, view(title))
            await expect(desktop.modal(title)).to_be_visible()
        await desktop.page.keyboard.press("Escape")
        await expect(desktop.modal("Second")).to_be_visible()
        await desktop.page.keyboard.press("Escape")
        await expect(desktop.modal("First").get_by_role("textbox", name="Name")).to_have_value("typed")
        await expect(desktop.modal("First").get_by_role("textbox", name="Name")).to_be_focused()
        async with desktop.page.expect_response("**/_control/close"):  # the page closes it before that
            await desktop.page.keyboard.press("Escape")
        await expect(desktop.modal()).to_have_count(0)
        await expect(composer).to_be_focused()
        assert views.stacks[EMMA.id] == []
        assert desktop.complaints == []


@in_one_loop
async def test_a_second_escape_at_once_closes_nothing_more(
    shown_slack: Conversation, browser: Browser
) -> None:
    views = shown_slack.session.sandbox.workspace.views
    pressed = asyncio.Event()

    async def closes_later(route: Route) -> None:
        await pressed.wait()
        await route.continue_()

    async with Desktop.of(browser, shown_slack.session.url, EMMA) as desktop:
        await desktop.intercepts("**/_control/close", closes_later)
        views.open(EMMA.id, view("First"))
        views.push(EMMA.id, view("Second"))
        views.push(EMMA.id, view("Third"))
        await expect(desktop.modal("Third")).to_be_visible()
        # The browser asks nobody before the second one, and closes the dialog by itself.
        await desktop.page.keyboard.press("Escape")
        await desktop.page.keyboard.press("Escape")
        pressed.set()
        await expect(desktop.modal("Second")).to_be_visible()
        await expect(desktop.modal("Second").get_by_role("textbox", name="Name")).to_be_focused()
        assert [shown["title"]["text"] for shown in views.stacks[EMMA.id]] == ["First", "Second"]
        await desktop.leaves_modal()
        assert desktop.complaints == []


@in_one_loop
async def test_a_modal_that_could_not_be_closed_is_closed_by_the_next_try(
    shown_slack: Conversation, browser: Browser
) -> None:
    views = shown_slack.session.sandbox.workspace.views
    async with Desktop.of(browser, shown_slack.session.url, EMMA) as desktop:
        await desktop.intercepts("**/_control/close", lambda route: route.abort())
        views.open(EMMA.id, view("First"))
        await expect(desktop.modal("First")).to_be_visible()
        await desktop.page.keyboard.press("Escape")
        await expect(desktop.page.get_by_role("status").filter(has_text="not_connected")).to_be_visible()
        await expect(desktop.modal("First")).to_be_visible()
        await desktop.page.unroute("**/_control/close")
        await desktop.leaves_modal()
        assert views.stacks[EMMA.id] == []


@in_one_loop
async def test_escape_leaves_a_question_and_not_the_modal_under_it(
    shown_slack: Conversation, browser: Browser
) -> None:
    views = shown_slack.session.sandbox.workspace.views
    async with Desktop.of(browser, shown_slack.session.url, EMMA, album="dialogs") as desktop:
        await desktop.page.get_by_role("textbox", name=COMPOSER).click()
        views.open(EMMA.id, view("First", button("Ask", confirm=QUESTION)))
        ask = desktop.modal("First").get_by_role("button", name="Ask")
        question = desktop.page.get_by_role("alertdialog", name="Really?")
        for _ in range(2):
            await ask.click()
            await expect(question.get_by_role("button", name="Yes")).to_be_focused()
            await desktop.keeps("question")
            await desktop.page.keyboard.press("Escape")
            await expect(question).to_have_count(0)
            await expect(ask).to_be_focused()
        await expect(desktop.modal("First")).to_be_visible()
        assert desktop.complaints == []


@in_one_loop
async def test_the_focus_goes_to_the_composer_when_what_had_it_is_gone(
    shown_slack: Conversation, browser: Browser
) -> None:
    workspace = shown_slack.session.sandbox.workspace
    blocks = [{"type": "actions", "block_id": "b", "elements": [button("Short-lived")]}]
    message = workspace.post_as_app(BILLING_CHANNEL, "soon gone", blocks=blocks)
    async with Desktop.of(browser, shown_slack.session.url, EMMA) as desktop:
        await desktop.page.get_by_role("button", name="Short-lived").focus()
        workspace.views.open(EMMA.id, view("First"))
        await expect(desktop.modal("First")).to_be_visible()
        workspace.delete(message)
        await expect(desktop.page.get_by_role("button", name="Short-lived")).to_have_count(0)
        await desktop.page.keyboard.press("Escape")
        await expect(desktop.page.get_by_role("textbox", name=COMPOSER)).to_be_focused()
        assert desktop.complaints == []


@in_one_loop
async def test_a_notice_is_read_and_dismissed_above_an_open_modal(
    shown_slack: Conversation, browser: Browser
) -> None:
    workspace = shown_slack.session.sandbox.workspace
    async with Desktop.of(browser, shown_slack.session.url, EMMA, album="dialogs") as desktop:
        workspace.views.open(EMMA.id, view("First"))
        await expect(desktop.modal("First")).to_be_visible()
        workspace.notice(EMMA.id, "We had some trouble")
        await expect(desktop.page.get_by_text("We had some trouble")).to_be_visible()
        await desktop.keeps("notice")
        await desktop.page.get_by_role("status").get_by_role("button", name="Dismiss").click()
        await expect(desktop.page.get_by_text("We had some trouble")).to_have_count(0)
        await desktop.leaves_modal()
        assert desktop.complaints == []
