"""The migrations make what the models say, and can be taken back."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from billing.adapters import database
from billing.models import Base


def differences(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def objects(engine: Engine) -> list[str]:
    """Tables, indexes, triggers and functions, as the database itself lists them."""
    listing = {
        "sqlite": "SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'",
        "postgresql": "SELECT 'relation ' || relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = 'public' UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal"
        " UNION ALL SELECT 'function ' || proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace"
        " WHERE nspname = 'public'",
    }[engine.dialect.name]
    with engine.connect() as connection:
        return sorted(connection.scalars(text(listing)))


def test_the_newest_migration_makes_exactly_what_the_models_say(bare_database_url: str) -> None:
    engine = database.connect(bare_database_url)
    assert len(differences(engine)) >= len(Base.metadata.tables)
    database.migrate(engine)
    assert differences(engine) == []
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    engine.dispose()


def test_they_go_up_down_to_nothing_and_up_again(bare_database_url: str) -> None:
    engine = database.connect(bare_database_url)
    database.migrate(engine)
    made = objects(engine)
    assert sum(name.startswith("trigger ") for name in made) >= 3
    database.migrate(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert not [name for name in objects(engine) if "alembic_version" not in name]
    database.migrate(engine)
    assert objects(engine) == made
    assert differences(engine) == []
    engine.dispose()


def test_there_is_one_newest_migration() -> None:
    config = Config(toml_file=database.ROOT / "pyproject.toml")
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1
