"""The guards that `make mutants` takes away stand where it looks for them, and their tests are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.guards import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_guard_stands_once_in_its_file_and_somebody_watches_it(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1
    assert mutant.new != mutant.old
    assert mutant.watched_by
    assert [path for path in mutant.watched_by if not (ROOT / path.partition("::")[0]).is_file()] == []


def test_each_has_a_name_of_its_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
