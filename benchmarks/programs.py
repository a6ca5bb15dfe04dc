"""Programs that run beside the benchmark, each in a process of its own, until the block is left."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

HOST = "127.0.0.1"
MAX_START_SECONDS = 30


@contextmanager
def serving(*arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """Runs `python -m ...` with PORT in its environment; yields the port once it takes connections."""
    with running(*arguments, environment=environment) as (port, _):
        yield port


@contextmanager
def running(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The same; yields its process, too."""
    port = _free_port()
    program = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env={**os.environ, "PORT": str(port), "HOST": HOST, **(environment or {})},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_listens(port, program)
        yield port, program
    finally:
        program.terminate()
        program.wait(timeout=MAX_START_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_listens(port: int, program: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + MAX_START_SECONDS
    while program.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)  # a busy loop would take the core that the program needs to start
    raise RuntimeError(f"{program.args!r} does not listen; exit code {program.poll()}")
