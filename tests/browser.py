"""A Chromium for the tests that look at the page: the machine's own, Playwright's, or the system's package."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path

import typer
from playwright.async_api import Browser, async_playwright
from playwright.sync_api import sync_playwright

from tests import packages

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Root may not use the sandbox; the others keep it from talking to hosts that no test asked for.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# The tests need no more fonts than what comes with the package.
PACKAGE = "chromium"
DOWNLOAD_SECONDS, ANSWER_SECONDS = 90, 20
WAY_ON = "Install Chromium (on Debian: apt-get install chromium) and run them again."


def installed() -> str | None:
    """The path of a Chromium that starts on this machine, if there is one. TEST_BROWSER=none hides them all."""
    if os.environ.get("TEST_BROWSER") == "none":
        return None
    own = (path for name in NAMES if (path := shutil.which(name)))
    return next((path for path in chain(own, _of_playwright()) if _starts(path)), None)


@asynccontextmanager
async def chromium(path: str) -> AsyncIterator[Browser]:
    """A headless browser, closed when the block is left."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


def main() -> None:
    """Makes sure that there is a browser, where the machine lets us: `make test` calls this first."""
    if installed() or os.environ.get("TEST_BROWSER") == "none":
        return
    typer.echo("No Chromium here: asking Playwright for one")
    if (
        packages.runs(
            [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"], DOWNLOAD_SECONDS
        )
        and installed()
    ):
        return
    if manager := packages.manager():
        typer.echo(f"Playwright brings none: asking {manager}, which takes about a minute")
        packages.install(manager, PACKAGE)
    if not installed():
        typer.echo(f"There is no Chromium to be had: tests that look at the page are skipped. {WAY_ON}")


def _of_playwright() -> Iterator[str]:
    """Asked in a thread: who wants a browser may be in an event loop."""

    def path() -> str:
        with sync_playwright() as playwright:
            return playwright.chromium.executable_path

    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(path).result()


def _starts(path: str) -> bool:
    """Whether it has the libraries that it needs."""
    return Path(path).exists() and packages.runs([path, "--version"], ANSWER_SECONDS)


if __name__ == "__main__":
    main()
