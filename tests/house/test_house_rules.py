"""What the house holds on to: one commit, settings that are explained, commands and targets that are documented."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.pofile import read_po
from pydantic_settings import BaseSettings
from typer.main import get_command

import billing.__main__
from api.settings import ApiSettings
from billing.settings import BillingSettings
from billing.values.facts import FactType
from bot.settings import BotSettings
from bot.views.help import WORDS
from sandbox.__main__ import SandboxSettings

ROOT = Path(__file__).parents[2]
SETTINGS: tuple[type[BaseSettings], ...] = (ApiSettings, BillingSettings, BotSettings, SandboxSettings)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def sources(*rooms: str) -> list[tuple[str, ast.Module]]:
    paths = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return [(str(path.relative_to(ROOT)), parsed(path)) for path in paths]


def calls(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
            if name in names:
                yield node


def test_only_a_unit_of_work_commits_what_it_did_or_read() -> None:
    places = [where for where, tree in sources("billing", "bot") for _ in calls(tree, "commit", "begin")]
    assert places == ["billing/work.py", "billing/work.py"]


def test_one_helper_joins_the_event_loop_and_the_threads() -> None:
    places = [where for where, tree in sources("bot") for _ in calls(tree, "to_thread", "run_in_executor")]
    assert places == ["bot/runner.py"]


def test_the_clock_is_read_in_one_place() -> None:
    places = [
        where for where, tree in sources("billing", "bot") for _ in calls(tree, "now", "utcnow", "today")
    ]
    assert places == ["billing/bootstrap.py"]


def test_each_module_says_what_it_is_for() -> None:
    modules = sources("api", "billing", "bot", "sandbox", "tests", "benchmarks")
    assert [where for where, tree in modules if tree.body and not ast.get_docstring(tree)] == []


def test_every_setting_stands_in_the_example_with_a_line_of_why() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    explained = set()
    for above, line in pairwise(lines):
        if re.match(r"[A-Z_]+=", line) and (above.startswith("#") or re.match(r"[A-Z_]+=", above)):
            explained.add(line.partition("=")[0])
    assert explained == {name.upper() for settings in SETTINGS for name in settings.model_fields}


def test_every_command_of_the_operator_is_documented() -> None:
    documented = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = "\n".join(line for line in documented.splitlines() if line.startswith("| `"))
    for name in commands_of(get_command(billing.__main__.program)):
        assert f"`{name}" in rows, name


def test_every_route_and_every_event_of_the_api_stands_on_its_page() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    described = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    for path in described["paths"]:
        assert re.search(
            rf"[`/]{re.escape(path.removeprefix('/'))}[`?\[]|`/{path.rpartition('/')[2]}`", page
        ), path
    assert [kind for kind in FactType if f"`{kind}`" not in page] == []


def commands_of(command: Any, name: str = "") -> Iterator[str]:
    """All that can be typed, as `webhooks list`."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name
    for word, one in (inner or {}).items():
        yield from commands_of(one, f"{name} {word}".strip())


def test_every_word_and_every_target_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for word in WORDS.keys() - {"home"}:
        assert f"/billing {word}" in readme, word
    for target in re.findall(
        r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    ):
        assert f"make {target}" in readme, target


def test_slack_is_told_every_word_of_the_command() -> None:
    manifest = yaml.safe_load((ROOT / "bot" / "manifest.yaml").read_text(encoding="utf-8"))
    command, _ = manifest["features"]["slash_commands"]
    assert set(re.findall(r"\w+", command["usage_hint"])) == WORDS.keys() - {"home"}


def test_the_readme_shows_only_pictures_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"\((docs/pictures/[^)]+)\)", readme)
    assert pictures
    assert [picture for picture in pictures if not (ROOT / picture).is_file()] == []


SAYING = ("t", "words", "plural", "Unfit", "CipherFault", "difference", "self")


@pytest.mark.parametrize("room", ["billing", "bot"])
def test_every_sentence_has_its_italian_and_none_is_left_over(room: str) -> None:
    """Sentences are said by a Words object, called `t` or `words`: t("..."), t.plural("one", "many", n)."""
    sayings = [call for _, tree in sources(room) for call in calls(tree, *SAYING)]
    first = [node.args[0] for node in sayings if node.args]
    of_refused = [
        node.args[1] for _, tree in sources(room) for node in calls(tree, "refused") if node.args[1:]
    ]
    said = {
        node.value
        for node in first + of_refused
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    with (ROOT / room / "locales" / "it.po").open("rb") as file:
        kept = {
            str(m.id if isinstance(m.id, str) else m.id[0]): m for m in read_po(file, locale="it") if m.id
        }
    assert said <= kept.keys(), said - kept.keys()
    for english, message in kept.items():
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert all(forms), english
        assert set(re.findall(r"{\w+}", str(forms[-1]))) == set(re.findall(r"{\w+}", english)), english


# What a statement is made with. Types, and reading rows, are no statement.
STATEMENTS = {
    *("select", "insert", "update", "delete", "text", "exists", "union", "union_all", "literal", "bindparam"),
    *("func", "case", "cast", "tuple_", "and_", "or_", "not_", "true", "false"),
    *("aliased", "defer", "joinedload", "load_only", "selectinload", "with_loader_criteria"),
}


# Models declare their tables; the engine's adapter sets a connection up.
MAY_SPEAK_SQL = ("billing/queries/", "billing/models/", "billing/adapters/database.py")


def from_sqlalchemy(tree: ast.Module) -> set[str]:
    """The names that a module has of it."""
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (getattr(node, "module", None) or alias.name).split(".")[0] == "sqlalchemy"
    }


def test_statements_are_built_in_queries_alone() -> None:
    modules = [one for one in sources("billing", "bot") if not one[0].startswith(MAY_SPEAK_SQL)]
    built = {where: {*filter(is_of_a_statement, from_sqlalchemy(tree))} for where, tree in modules}
    assert {where: names for where, names in built.items() if names} == {}


def is_of_a_statement(name: str) -> bool:
    return name in STATEMENTS or "sqlalchemy" in name


# What is longer is two things: a reader looks for each under its own name.
MAX_LINES = 320


def test_no_file_is_longer_than_a_reader_likes() -> None:
    paths = [
        path for room in ("api", "billing", "bot", "sandbox") for path in sorted((ROOT / room).rglob("*.py"))
    ]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in paths}
    assert {where: lines for where, lines in lengths.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("room", ["billing", "bot", "billing/services"])
def test_functions_are_short(room: str) -> None:
    """Half of them have at most seven lines without their docstring, nine of ten at most eighteen."""
    lengths = sorted(
        (node.end_lineno or 0)
        - node.lineno
        + 1
        - len((ast.get_docstring(node, clean=False) or "").splitlines())
        for _, tree in sources(room)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[len(lengths) // 2] <= 7
    assert lengths[len(lengths) * 9 // 10] <= 18
