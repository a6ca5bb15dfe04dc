"""What is deployed: its commands can be typed, it is given time to stop, and its files are all that it needs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from billing.__main__ import program
from bot.__main__ import read_arguments
from tests.house.test_watching import parse

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
UNITS = {
    path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "deploy" / "systemd").glob("*.service")
}
# With the delay of the settings, what a server and the due work take at most.
SECONDS_TO_STOP = 35


def commands() -> list[list[str]]:
    """Each command after its interpreter."""
    of_image = [yaml.safe_load(line) for line in re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)]
    of_services = [one["command"] for one in COMPOSE["services"].values() if "command" in one]
    of_units = [
        shlex.split(line)
        for unit in UNITS.values()
        for line in re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    ]
    return [words[1:] for words in (*of_image, *of_services, *of_units)]


def test_each_command_can_be_typed() -> None:
    assert len(commands()) == 6
    for dash_m, module, *words in commands():
        assert dash_m == "-m"
        if module == "bot":
            read_arguments(words)
        else:
            assert module == "billing"
            parse(get_command(program), words)


def test_who_serves_people_and_who_does_what_is_due_are_given_time_to_stop() -> None:
    for name in ("bot", "worker"):
        assert int(COMPOSE["services"][name]["stop_grace_period"].removesuffix("s")) >= SECONDS_TO_STOP
        (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNITS[f"billing-{name}"], re.MULTILINE)
        assert int(seconds) >= SECONDS_TO_STOP


def test_the_files_of_the_image_are_all_that_it_needs_and_it_is_not_root(tmp_path: Path) -> None:
    for source, target in re.findall(r"^COPY (?!--from|requirements)(\S+) (\S+)$", DOCKERFILE, re.MULTILINE):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, tmp_path / target)
        assert (
            f"!{source}" in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
        )
    url = f"sqlite:///{tmp_path / 'books.sqlite3'}"
    for command in (["-m", "billing", "migrate"], ["-m", "billing", "verify"], ["-m", "bot", "--help"]):
        environment = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, check=True, capture_output=True
        )
    assert re.search(r"^USER \d+$", DOCKERFILE, re.MULTILINE)


def test_the_wheel_has_every_room_but_the_sandbox_its_migrations_and_commands_that_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    rooms = set(project["tool"]["importlinter"]["root_packages"]) - {"sandbox"}
    assert set(wheel["packages"]) == rooms
    assert wheel["force-include"] == {"migrations": "billing/migrations"}
    for command in project["project"]["scripts"].values():
        module, _, name = command.partition(":")
        assert callable(getattr(import_module(module), name))
