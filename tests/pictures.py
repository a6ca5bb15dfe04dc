"""make pictures: the README's pictures, taken from the running demo in a real browser."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import pypdfium2
from playwright.async_api import expect

from billing.adapters import database
from billing.bootstrap import make_billing
from sandbox import demo
from sandbox.clock import TurnableClock
from tests.browser import WAY_ON, chromium, installed
from tests.stories.browsing import Desktop
from tests.stories.conversation import Conversation

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SCALE = 1.5


async def take(folder: Path) -> None:
    """Lives the first minute of the demo and keeps what is seen."""
    path = await asyncio.to_thread(installed)
    if path is None:
        sys.exit(f"The pictures are taken in a browser, and no Chromium starts here. {WAY_ON}")
    clock = TurnableClock()
    settings = demo.settings(f"sqlite:///{folder / 'demo.sqlite3'}")
    billing = make_billing(settings, clock)
    database.migrate(billing.engine)
    demo.seed_demo(billing, clock())
    async with Conversation.in_demo(billing, clock, locale="en-GB") as slack, chromium(path) as browser:
        async with Desktop.of(browser, slack.session.url, demo.EMMA, height=760, scale=SCALE) as desktop:
            await _first_minute(desktop)
        await _invoice(slack)
    billing.engine.dispose()


async def _first_minute(desktop: Desktop) -> None:
    page = desktop.page
    await page.get_by_role("button", name="Type it for me").click()
    await page.keyboard.press("Enter")
    await desktop.reads("Purchased on")
    await _keep(desktop, "first-minute")
    await page.get_by_role("complementary").get_by_role("button", name="Close").click()
    await page.get_by_role("link", name="Home").click()
    await expect(page.get_by_role("tabpanel")).to_contain_text("AI Assist Growth")
    await _keep(desktop, "home")
    await page.get_by_role("link", name="billing", exact=True).click()
    await desktop.types("/billing cancel ai")
    form = desktop.modal("Cancel subscription")
    await form.get_by_role("radio", name="We don't use it enough").check()
    await form.get_by_role("button", name="Continue").click()
    yes = page.get_by_role("button", name="Yes, cancel subscription")
    await expect(yes).to_be_visible()
    await _keep(desktop, "cancel")
    await yes.click()
    await expect(page.get_by_role("dialog")).to_contain_text("is cancelled")
    await desktop.leaves_modal()
    await desktop.reads("cancelled AI Assist Growth of Piazza")
    await desktop.turns_clock("Clock", "AI Assist Growth of Piazza ends")
    await desktop.reads("AI Assist Growth of Piazza ended on")
    await _keep(desktop, "ended")


async def _keep(desktop: Desktop, name: str) -> None:
    await desktop.page.screenshot(path=PICTURES / f"{name}.png")
    sys.stdout.write(f"docs/pictures/{name}.png\n")


async def _invoice(slack: Conversation) -> None:
    giulia = slack.as_person(demo.GIULIA)
    await giulia.types("/billing fatture remove")
    listed = await giulia.sees_modal("Remove Branding")
    await giulia.presses(listed, "invoice.send")
    message = (await giulia.direct_messages(1))[0]
    sheet = pypdfium2.PdfDocument(await giulia.downloads(message["files"][0]))
    sheet[0].render(scale=1.4).to_pil().save(PICTURES / "invoice.png", optimize=True)
    sys.stdout.write("docs/pictures/invoice.png\n")


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="billing-desk-") as folder:
        asyncio.run(take(Path(folder)))


if __name__ == "__main__":
    main()
