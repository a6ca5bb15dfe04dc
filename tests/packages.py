"""Programs of the system that tests use, got from its own packages where the machine lets us."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

# By program of the system: what brings its list of packages up to date, and what installs; the package comes last.
MANAGERS: dict[str, tuple[Sequence[str], ...]] = {
    "apt-get": (("update",), ("install", "--yes", "--no-install-recommends")),
    "dnf": (("install", "--assumeyes"),),
    "apk": (("add",),),
    "pacman": (("-Sy", "--noconfirm"),),
}
INSTALL_SECONDS = 420


def manager() -> str | None:
    """The system's own, if it is one that we know."""
    return next((name for name in MANAGERS if shutil.which(name)), None)


def install(name: str, package: str) -> None:
    """Asks that manager for the package; whether it is there then is seen by who wants it."""
    as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    *before, last = MANAGERS[name]
    for step in (*before, (*last, package)):
        if not runs([*as_root, name, *step], INSTALL_SECONDS):
            break


def runs(command: Sequence[str], seconds: int) -> bool:
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
