"""Where the code of the release before comes from, and what is said where it is not to be had."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.upgrades.release import NO_RELEASE, Release, unpack

ME = ("-c", "user.name=Giulia", "-c", "user.email=giulia@example.com")


def git(folder: Path, *words: str) -> str:
    program = shutil.which("git")
    if program is None:
        pytest.skip("git is not installed")
    done = subprocess.run([program, *ME, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> tuple[Path, Release]:
    """A clone of two commits, and the first of them as a release."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "pyproject.toml").write_text("the release", encoding="utf-8")
    for part in ("api", "billing", "bot", "migrations", "sandbox"):
        (folder / part).mkdir()
        (folder / part / "code.py").touch()
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "The release")
    release = Release(git(folder, "rev-parse", "HEAD"), "0001")
    (folder / "pyproject.toml").write_text("the next one", encoding="utf-8")
    git(folder, "commit", "--quiet", "-am", "The next one")
    return folder, release


def test_a_clone_of_the_newest_commit_has_the_release_before(
    clone: tuple[Path, Release], tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", clone[0].as_uri(), "fresh")
    unpacked = unpack(clone[1], tmp_path / "before", tmp_path / "fresh")
    assert (unpacked / "pyproject.toml").read_text(encoding="utf-8") == "the release"


def test_a_shallow_clone_has_not_and_says_so(clone: tuple[Path, Release], tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", clone[0].as_uri(), "fresh")
    assert said(clone[1], tmp_path / "fresh") == f"this shallow clone has no commit {clone[1].commit[:12]}"
    assert said(Release("0" * 40, "0001"), clone[0]) == "this clone has no commit 000000000000"
    assert said(clone[1], tmp_path) == "this is no clone"


def said(release: Release, root: Path) -> str:
    with pytest.raises(pytest.skip.Exception) as skipped:
        unpack(release, root / "before", root)
    return str(skipped.value).removeprefix(f"{NO_RELEASE}: ")
