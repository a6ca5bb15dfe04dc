"""A backup of the books in one file, with its manifest beside it; and books made of one again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, inspect

from billing.adapters.database import newest_revision, passes_a_pooler, revision_of
from billing.values.errors import Unfit
from billing.values.faults import unreadable


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup: of which database, at which revision, made when, the chain's head then, and its digest."""

    database: str
    revision: str
    made_at: str
    head: str
    sha256: str


def back_up(engine: Engine, to: Path, made_at: datetime, head: str) -> Manifest:
    """Writes the books as they are at one moment, while others work; for this user alone, whole or not at all.

    `head` is that of the chain of seals before. Raises Unfit.
    """
    for path in (to, manifest_of(to)):
        if path.exists():
            raise Unfit("{path} is there already: name another file", path=path)
    try:
        with _arriving(to) as part:
            _dump(engine, part)
            kind, revision = engine.dialect.name, revision_of(engine) or ""
            manifest = Manifest(kind, revision, made_at.isoformat(), head, _digest(part))
            with _arriving(manifest_of(to)) as beside:
                beside.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    except OSError as fault:
        raise Unfit("{path} cannot be written: {why}", path=to, why=fault.strerror or str(fault)) from None
    return manifest


def read_manifest(engine: Engine, backup: Path) -> Manifest:
    """What the backup holds, if it can be restored into that database. Raises Unfit, which says why it cannot."""
    beside = manifest_of(backup)
    try:
        manifest = Manifest(**json.loads(beside.read_text(encoding="utf-8")))
        digest = _digest(backup)
    except OSError as fault:
        raise unreadable(fault.filename, fault) from None
    except (ValueError, TypeError):
        raise Unfit("{path} is not the manifest of a backup", path=beside) from None
    if digest != manifest.sha256:
        raise Unfit("{path} is not what was backed up: its digest differs from the manifest's", path=backup)
    if manifest.database != engine.dialect.name:
        raise Unfit(
            "the backup is of {theirs}, DATABASE_URL is {ours}",
            theirs=manifest.database,
            ours=engine.dialect.name,
        )
    if manifest.revision > newest_revision():
        raise Unfit(
            "the backup is at revision {theirs}, this version at {ours}: install the newer version",
            theirs=manifest.revision,
            ours=newest_revision(),
        )
    if inspect(engine).get_table_names():
        raise Unfit("the database {where} is not empty: name a new one", where=engine.url.render_as_string())
    return manifest


def restore(engine: Engine, backup: Path) -> None:
    """Fills the empty database from the backup, whole or not at all. Raises Unfit."""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        _copy_sqlite(backup, Path(str(engine.url.database)))
        return
    options = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
    _run("pg_restore", engine, *options, str(backup))


def manifest_of(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.json")


def _dump(engine: Engine, to: Path) -> None:
    if engine.dialect.name == "sqlite":
        _copy_sqlite(Path(str(engine.url.database)), to)
    else:
        _run("pg_dump", engine, "--format=custom", "--no-owner", "--no-privileges", "--file", str(to))


def _copy_sqlite(source: Path, target: Path) -> None:
    """Page by page, by SQLite itself: what others write meanwhile is in it whole or not at all."""
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        there.backup(here)
        here.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it


def _run(program: str, engine: Engine, *options: str) -> None:
    """One of PostgreSQL's own programs; the password goes where no list of processes shows it.

    Not through a pooler: what they set for their session (no `search_path`) would be met by whoever is given it next.
    """
    if passes_a_pooler(engine):
        raise Unfit(
            "{program} cannot go through a pooler of connections like PgBouncer: for this command, name the server "
            "itself in DATABASE_URL",
            program=program,
        )
    found = shutil.which(program)
    if not found:
        raise Unfit(
            "{program} is not on the PATH: install the client programs of PostgreSQL", program=program
        )
    url = engine.url
    where = url.set(drivername="postgresql", password=None).render_as_string()
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    ended = subprocess.run(
        [found, "--no-password", "--dbname", where, *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = why_it_ended(program, ended.stderr) or str(ended.returncode)
        raise Unfit("{program} failed: {why}", program=program, why=said)


def why_it_ended(program: str, written: str) -> str:
    """What a program of PostgreSQL itself says; others write warnings before it, as Debian's wrapper does."""
    lines = written.strip().splitlines()
    own = [line.removeprefix(f"{program}: ") for line in lines if line.startswith(f"{program}: ")]
    return "; ".join(line.removeprefix("error: ") for line in own[:3]) or "".join(lines[:1])


@contextmanager
def _arriving(path: Path) -> Iterator[Path]:
    """A file that has its name once it is whole and on the disk; nobody else may read it."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(0o600, exist_ok=False)
    try:
        yield part
        _sync(part)
        part.replace(path)
        _sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
