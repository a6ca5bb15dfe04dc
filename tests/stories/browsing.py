"""A person at the page of the pretend Slack, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, Locator, Page, expect

from sandbox import demo
from sandbox.people import User


@dataclass(frozen=True)
class Desktop:
    """The page, opened as one person in the billing channel; `complaints` are the console's errors."""

    page: Page
    complaints: list[str]

    @classmethod
    @asynccontextmanager
    async def of(
        cls,
        browser: Browser,
        url: str,
        person: User,
        *,
        width: int = 1280,
        height: int = 860,
        scale: float = 1,
    ) -> AsyncIterator[Desktop]:
        context = await browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, reduced_motion="reduce"
        )
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{url}/#/{person.id}/{demo.BILLING_CHANNEL}")
        yield cls(page, complaints)
        await context.close()

    async def types(self, text: str) -> None:
        """Writes into the composer and sends it."""
        composer = self.page.get_by_role("textbox", name="#billing")
        await composer.fill(text)
        await composer.press("Enter")

    def modal(self, title: str) -> Locator:
        return self.page.get_by_role("dialog", name=title)

    async def reads(self, words: str) -> Locator:
        """The newest message that holds these words."""
        message = self.page.get_by_role("listitem").filter(has_text=words).last
        await expect(message).to_be_visible()
        return message

    async def turns_clock(self, clock: str, event: str) -> None:
        """Opens the drawer and turns the clock to that event."""
        await self.page.get_by_role("button", name=clock).click()
        await self.page.get_by_role("button", name=event).first.click()
