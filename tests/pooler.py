"""A real PgBouncer between tests and PostgreSQL, which gives each transaction whatever session is free."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import typer
from sqlalchemy import make_url

from tests import packages
from tests.postgresql import free_port

PACKAGE = "pgbouncer"
# Fewer than the threads of one process: sessions change hands all the time.
SESSIONS = 5
NO_POOLER = "no PgBouncer on this machine"
WAY_ON = "Install PgBouncer (on Debian: apt-get install pgbouncer) and run them again."


def installed() -> str | None:
    """Its path; PGBOUNCER names another one."""
    return os.environ.get("PGBOUNCER") or shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def running_pooler(server_url: str, **settings: str) -> Iterator[str]:
    """Pools the transactions of all databases of that server; yields its URL without a database's name."""
    program = installed()
    if program is None and os.environ.get("CI") == "true":
        pytest.fail(f"{NO_POOLER}. {WAY_ON}")
    if program is None:
        pytest.skip(NO_POOLER)
    server, port = make_url(server_url), free_port()
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
    user = "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
    (folder / "users").write_text(f'"{server.username}" ""\n')
    configured = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(port),
        "unix_socket_dir": "",
        "auth_type": "trust",
        "auth_file": str(folder / "users"),
        "pool_mode": "transaction",
        "default_pool_size": str(SESSIONS),
        "max_client_conn": "200",
        **settings,
    }
    (folder / "ini").write_text(
        f"[databases]\n* = host={server.host} port={server.port}\n[pgbouncer]\n"
        + "".join(f"{name} = {value}\n" for name, value in configured.items())
    )
    for path in (folder, *folder.iterdir()):
        if user:
            os.chown(path, pwd.getpwnam(user).pw_uid, -1)
    log = (folder / "log").open("wb")
    pooler = subprocess.Popen([program, folder / "ini"], stdout=log, stderr=log, user=user, cwd=folder)
    try:
        _wait_until_it_listens(port, pooler, folder)
        yield f"postgresql://{server.username}@127.0.0.1:{port}"
    finally:
        pooler.send_signal(signal.SIGTERM)  # at once: it waits for nobody
        try:
            pooler.wait(timeout=10)
        except subprocess.TimeoutExpired:
            pooler.kill()
        log.close()
        shutil.rmtree(folder)


def _wait_until_it_listens(port: int, pooler: subprocess.Popen[bytes], folder: Path) -> None:
    while pooler.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise RuntimeError(f"PgBouncer ended with {pooler.returncode}: {(folder / 'log').read_text()}")


def main() -> None:
    """Makes sure that CI has one. On a machine of somebody's own, its package would begin to run as a service."""
    if installed() or os.environ.get("CI") != "true":
        return
    if manager := packages.manager():
        typer.echo(f"No PgBouncer here: asking {manager}")
        packages.install(manager, PACKAGE)


if __name__ == "__main__":
    main()
