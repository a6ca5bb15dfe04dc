"""Takes each guard away in a copy of the code, and runs tests that watch it: `make mutants` (NAME=words of it)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.guards import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]
# pytest's exit code where tests ran and some failed; any other says nothing of the guard.
TESTS_FAILED, ALL_PASSED = 1, 0
MOST_SECONDS = 600
NOT_CODE = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "*.sqlite3*")


class Fate(StrEnum):
    KILLED = "killed"
    LIVES = "LIVES"
    BROKEN = "BROKEN: its tests could not run"
    HANGS = "HANGS: its tests wait for something that does not come"


def fate_of(mutant: Mutant, tree: Path) -> Fate:
    """Whether the tests that watch the guard miss it."""
    file = tree / mutant.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace(mutant.old, mutant.new), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-n0", "-x", "-q", *mutant.watched_by]
    quiet = subprocess.DEVNULL
    try:
        ended = subprocess.run(command, cwd=tree, stdout=quiet, stderr=quiet, timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        return Fate.HANGS
    finally:
        file.write_text(whole, encoding="utf-8")
    return {TESTS_FAILED: Fate.KILLED, ALL_PASSED: Fate.LIVES}.get(ended.returncode, Fate.BROKEN)


def main() -> int:
    """The exit code: 0 where every guard is missed."""
    wanted = [one for one in MUTANTS if os.environ.get("NAME", "") in one.name]
    workers = int(os.environ.get("WORKERS", "2"))
    fates: list[Fate] = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(workers) as pool:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            trees.put(shutil.copytree(ROOT, Path(folder) / str(number), ignore=NOT_CODE))

        def tried(mutant: Mutant) -> None:
            tree, begun = trees.get(), time.monotonic()
            fate = fate_of(mutant, tree)
            trees.put(tree)
            fates.append(fate)
            print(
                f"{len(fates):3}/{len(wanted)}  {time.monotonic() - begun:5.0f} s  {fate}: {mutant.name}",
                flush=True,
            )

        list(pool.map(tried, wanted))
    print(f"{fates.count(Fate.KILLED)} of {len(wanted)} killed")
    return 0 if fates.count(Fate.KILLED) == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
