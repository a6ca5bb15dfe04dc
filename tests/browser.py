"""A Chromium for the tests that look at the page: the machine's own, Playwright's, or the system's package."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from itertools import chain
from pathlib import Path

import typer
from playwright.async_api import Browser, async_playwright
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Root may not use the sandbox; the others keep it from talking to hosts that no test asked for.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# By program of the system: what brings its list of packages up to date, and what installs. The tests need no more
# fonts than what comes with it.
PACKAGE_MANAGERS: dict[str, tuple[Sequence[str], ...]] = {
    "apt-get": (("update",), ("install", "--yes", "--no-install-recommends", "chromium")),
    "dnf": (("install", "--assumeyes", "chromium"),),
    "apk": (("add", "chromium"),),
    "pacman": (("-Sy", "--noconfirm", "chromium"),),
}
DOWNLOAD_SECONDS, INSTALL_SECONDS, ANSWER_SECONDS = 90, 420, 20
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
        _runs([sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"], DOWNLOAD_SECONDS)
        and installed()
    ):
        return
    if manager := next((name for name in PACKAGE_MANAGERS if shutil.which(name)), None):
        typer.echo(f"Playwright brings none: asking {manager}, which takes about a minute")
        as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
        for step in PACKAGE_MANAGERS[manager]:
            if not _runs([*as_root, manager, *step], INSTALL_SECONDS):
                break
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
    return Path(path).exists() and _runs([path, "--version"], ANSWER_SECONDS)


def _runs(command: Sequence[str], seconds: int) -> bool:
    """Whether the command could be run, in time, to a good end. What it printed tells nobody anything."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    silent = subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            command, stdin=silent, stdout=silent, stderr=silent, env=environment, start_new_session=True
        )
    except OSError:
        return False
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        # With all that it started, as Playwright downloads in a process of its own. What sudo runs cannot be ended.
        with suppress(PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return False


if __name__ == "__main__":
    main()
