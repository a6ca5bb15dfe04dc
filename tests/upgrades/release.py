"""The code of the release before this one, unpacked from the clone's own history."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tomllib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED_IN = Path(__file__).with_name("previous_release.toml")
NO_RELEASE = "the code of the release before is not to be had"
WAY_ON = "They need a clone with its history: git fetch --unshallow, or git clone without --depth."
# Whatever runs; not the tests.
PARTS = ("api", "billing", "bot", "migrations", "pyproject.toml", "sandbox")


@dataclass(frozen=True)
class Release:
    """A commit, and the revision of its tables."""

    commit: str
    revision: str


def previous_release() -> Release:
    """As the file says."""
    return Release(**tomllib.loads(NAMED_IN.read_text(encoding="utf-8")))


def unpack(release: Release, folder: Path, root: Path = ROOT) -> Path:
    """Its code, in that folder; skips the test, with the reason, where the clone has no such commit."""
    if why := _missing(release, root):
        pytest.skip(f"{NO_RELEASE}: {why}")
    archive = _git(root, "archive", "--format=tar", release.commit, *PARTS)
    archive.check_returncode()
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as packed:
        packed.extractall(folder, filter="data")
    return folder


def _missing(release: Release, root: Path) -> str | None:
    """Why the commit is not there; None where it is."""
    if shutil.which("git") is None:
        return "git is not installed"
    if not (root / ".git").exists():
        return "this is no clone"
    if not _git(root, "cat-file", "-e", f"{release.commit}^{{commit}}").returncode:
        return None
    is_shallow = _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    return f"{'this shallow clone' if is_shallow else 'this clone'} has no commit {release.commit[:12]}"


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([shutil.which("git") or "git", *words], cwd=root, capture_output=True)
