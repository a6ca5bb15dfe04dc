"""The release before, unpacked, and what its processes and those of this version have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.conftest import FarSide, far_side
from tests.pretend_stripe import RunningStripe
from tests.upgrades.desk_process import WORKSPACE
from tests.upgrades.processes import Upgrade
from tests.upgrades.release import previous_release, unpack

__all__ = ["far_side"]


@pytest.fixture(scope="session")
def old_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    release = previous_release()
    folder = unpack(release, tmp_path_factory.mktemp("release") / "before")
    newest = max(path.name for path in (folder / "migrations" / "versions").glob("[0-9]*.py"))
    assert newest.startswith(release.revision)
    return folder


@pytest.fixture
def upgrade(
    bare_database_url: str, far_side: FarSide, pretend_stripe: RunningStripe, old_code: Path, tmp_path: Path
) -> Upgrade:
    far_side.knows_the_bot()
    far_side.usual["users.info"] = {"user": {"id": "U1", "team_id": WORKSPACE, "is_owner": True}}
    made = Upgrade(bare_database_url, far_side.url, pretend_stripe.url, old_code, tmp_path)
    pretend_stripe.stripe.books.clock = made.now
    return made
