"""One migration after the other, each in a transaction of its own that gives way to who works with the tables."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from billing.adapters.sqlite_estimates import estimate
from billing.adapters.tables_in_use import patiently


class MigrationSteps:
    """The migrations of that folder, for the database of the engine."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._config = Config()
        self._config.set_main_option("script_location", str(folder).replace("%", "%%"))
        self._config.attributes["engine"] = engine
        self._scripts = ScriptDirectory.from_config(self._config)

    def up(self, revision: str, patience_seconds: float) -> None:
        """Up to that revision, waiting so long for the tables of each step. Raises TablesInUse, OperationalError."""
        while patiently(partial(self._up_one, revision), patience_seconds):
            pass

    def finish(self, revision: str, patience_seconds: float) -> None:
        """Remembers that nothing older than that revision works on these tables any more.

        Does first what migrations leave until then, each once, and tells SQLite how many rows its keys find. Raises
        TablesInUse, OperationalError.
        """
        patiently(partial(self._finish, revision), patience_seconds)

    def down_to_nothing(self) -> None:
        """Takes all tables away, in one transaction."""

        def steps(current: tuple[str, ...], _context: MigrationContext) -> list[MigrationStep]:
            newest_first = self._scripts.iterate_revisions(current, "base")
            return [
                MigrationStep.downgrade_from_script(self._scripts.revision_map, one) for one in newest_first
            ]

        with EnvironmentContext(self._config, self._scripts, fn=steps, destination_rev="base"):
            self._scripts.run_env()

    def _finish(self, revision: str) -> None:
        def left_until_now(_current: tuple[str, ...], context: MigrationContext) -> list[MigrationStep]:
            assert context.connection is not None
            run = context.connection.exec_driver_sql
            finished = run("SELECT coalesce(max(revision), '') FROM finished_upgrades").scalar_one()
            for script in reversed(list(self._scripts.iterate_revisions(revision, "base"))):
                if script.revision > finished and hasattr(script.module, "finish"):
                    script.module.finish()
            if context.dialect.name == "sqlite":
                estimate(context.connection)
            run(f"INSERT INTO finished_upgrades (revision) VALUES ('{revision}') ON CONFLICT DO NOTHING")
            return []

        with EnvironmentContext(self._config, self._scripts, fn=left_until_now, destination_rev=revision):
            self._scripts.run_env()

    def _up_one(self, revision: str) -> bool:
        """Whether there was one to do: what is next is read under the lock, for another process may have done it."""
        done: list[MigrationStep] = []

        def next_step(current: tuple[str, ...], _context: MigrationContext) -> list[MigrationStep]:
            newest_first = list(self._scripts.iterate_revisions(revision, current or "base"))
            done.extend(
                MigrationStep.upgrade_from_script(self._scripts.revision_map, one)
                for one in newest_first[-1:]
            )
            return done

        with EnvironmentContext(self._config, self._scripts, fn=next_step, destination_rev=revision):
            self._scripts.run_env()
        return bool(done)
