"""A person at the page of the pretend Slack, in a real browser."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Browser, FloatRect, Locator, Page, Route, expect

from sandbox import demo
from sandbox.people import User

# For a machine on which much else runs; what is there is seen at once.
PATIENCE_MS = 20_000
OF_COLOURS = ["color-contrast", "link-in-text-block"]
# Nothing is asked of frames, where axe does not run but would wait for itself, and nothing is loaded once more.
HASTY = {"resultTypes": ["violations"], "iframes": False, "preload": False}
MAX_TABS = 20
PAPER = 240
NAME_IN_FOCUS = "document.activeElement.closest('label, button')?.textContent ?? ''"
Scheme = Literal["dark", "light"]
ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "page"


@dataclass
class Desktop:
    """The page, opened as one person in the billing channel; `complaints` are the console's errors."""

    page: Page
    complaints: list[str]
    # The folder under artefacts/page for what is kept; none are kept without it.
    album: str = ""
    _kept: list[str] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def of(
        cls,
        browser: Browser,
        url: str,
        person: User,
        *,
        path: str = "",
        width: int = 1280,
        height: int = 860,
        scale: float = 1,
        album: str = "",
    ) -> AsyncIterator[Desktop]:
        """Opens the page; `path` is another page of the sandbox than the one with the conversation."""
        expect.set_options(timeout=PATIENCE_MS)
        context = await browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, reduced_motion="reduce"
        )
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{url}{path or f'/#/{person.id}/{demo.BILLING_CHANNEL}'}")
        yield cls(page, complaints, album)
        await context.close()

    async def intercepts(self, address: str, answer: Callable[[Route], Awaitable[None]]) -> None:
        """Has the page's requests to that address answered here, from its first one on.

        A document that is there already may send some more past it: the browser says that it listens before it
        has told the document. So the page is loaded anew.
        """
        await self.page.route(address, answer)
        await self.page.reload()

    async def types(self, text: str, place: str = "#billing") -> None:
        """Writes into the composer and sends it."""
        composer = self.page.get_by_role("textbox", name=place)
        await composer.fill(text)
        await composer.press("Enter")

    async def acts_as(self, person: User) -> None:
        """Chooses who is at the page, at the top of the sidebar."""
        await self.page.get_by_role("button", name=re.compile("You are|Sei:")).click()
        await self.page.get_by_role("option", name=person.real_name).click()

    async def tabs_to(self, name: str) -> None:
        """Presses Tab until what has this name in the open modal has the focus."""
        await expect(self.modal()).to_contain_text(name)
        for _ in range(MAX_TABS):
            if name in await self.page.evaluate(NAME_IN_FOCUS):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {name}")

    def modal(self, title: str | None = None) -> Locator:
        """The dialog with that title; without one, whichever is open."""
        return self.page.get_by_role("dialog", name=title) if title else self.page.get_by_role("dialog")

    async def chooses(self, label: str, option: str) -> None:
        """Finds an option in a select of the open modal by typing a part of it, as the keyboard does."""
        await self.modal().get_by_role("combobox", name=label).press("Enter")
        await self.page.get_by_role("searchbox").fill(option)
        await self.page.get_by_role("searchbox").press("Enter")

    async def presses(self, name: str) -> None:
        """A button of the open modal."""
        await self.modal().get_by_role("button", name=name, exact=True).click()

    async def sends(self, name: str) -> None:
        """Presses the button that ends this step of the open modal, and waits for what comes after it."""
        await self.presses(name)
        await expect(self.modal().get_by_role("button", name=name, exact=True)).to_have_count(0)

    async def reads_in_modal(self, words: str) -> None:
        await expect(self.modal()).to_contain_text(words)

    async def leaves_modal(self) -> None:
        """Escape takes one view away; this takes them all."""
        while shown := await self.modal().all_inner_texts():
            await self.page.keyboard.press("Escape")
            await expect(self.modal().filter(has_text=shown[0])).to_have_count(0)

    async def reads(self, words: str) -> Locator:
        """The newest message that holds these words."""
        message = self.page.get_by_role("listitem").filter(has_text=words).last
        await expect(message).to_be_visible()
        return message

    async def turns_clock(self, clock: str, event: str) -> None:
        """Opens the drawer and turns the clock to that event."""
        if not await self.page.get_by_role("tab", name=clock, exact=True, selected=True).count():
            await self.page.get_by_role("button", name=clock).click()
        await self.page.get_by_role("complementary").get_by_role("button", name=event).first.click()

    async def enters_card(self, link: str, number: str) -> None:
        """Follows the link to the gateway's page, which opens in a tab of its own, and saves the card there."""
        async with self.page.expect_popup() as opened:
            await self.modal().get_by_role("link", name=link).click()
        hosted = await opened.value
        await hosted.locator("#number").fill(number)
        await hosted.locator("#expiry").fill("12/30")
        await hosted.locator("#cvc").fill("123")
        if self.album:
            await hosted.screenshot(path=self._next_picture("card-page"))
        await hosted.locator("form button").click()
        await expect(hosted.locator("form")).to_have_count(0)
        await hosted.close()
        # The form that waits for it is shown anew with the card: whoever leaves before sees it come.
        await expect(self.modal().get_by_role("link", name=link)).to_have_count(0)

    async def sees_paper(self) -> None:
        """The PDF is drawn: where the sheet of the open viewer lies, all is dark until then."""
        box = await self.modal().locator("iframe").bounding_box()
        assert box is not None
        middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 100, "width": 8, "height": 8}
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while not _is_paper(await self.page.screenshot(clip=cast(FloatRect, middle))):
                continue

    async def keeps(self, name: str, *, full: bool = False) -> None:
        """A picture of the page as it is now, for whoever wants to look."""
        await self.page.screenshot(path=self._next_picture(name), full_page=full)

    def _next_picture(self, name: str) -> Path:
        self._kept.append(name)
        folder = ARTEFACTS / self.album
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{len(self._kept):02}-{name}.png"

    async def shuts_out(self, within: str = "body") -> list[str]:
        """What axe finds in that part that keeps somebody out: everything in light, the colours in dark too."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(Axe().axe_script)
        schemes: tuple[Scheme, ...] = ("dark", "light")
        found = []
        for scheme in schemes:
            await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            options = HASTY | ({"runOnly": OF_COLOURS} if scheme == "dark" else {})
            results = await self.page.evaluate("(asked) => axe.run(...asked)", [within, options])
            found += [
                f"{scheme}: {fault['id']}: {node['html'][:200]} {node['any'][:1]}"
                for fault in results["violations"]
                if fault["impact"] in ("serious", "critical")
                for node in fault["nodes"]
            ]
        return found


def _is_paper(picture: bytes) -> bool:
    darkest, _ = Image.open(io.BytesIO(picture)).convert("L").getextrema()
    return cast(int, darkest) > PAPER
