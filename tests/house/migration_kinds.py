"""What is wrong with a migration that says it is an expand or a contract, read from its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from alembic.operations import Operations

# All that an expand may ask of Alembic; indexes and columns are looked at below.
ADDING = {"create_table", "create_index", "add_column", "execute", "get_bind", "f"}
# A trigger may name UPDATE and TRUNCATE, which it refuses.
TAKING_SQL = re.compile(
    r"\b(DROP|RENAME|ALTER COLUMN|SET NOT NULL|ADD COLUMN|ADD CONSTRAINT|CREATE UNIQUE|DELETE FROM|"
    r"(?<!OR )TRUNCATE)\b",
    re.IGNORECASE,
)
SINCE = re.compile(r"\bsince (\d{4})\b")
FILLING_SQL = re.compile(r"\b(?<!BEFORE )UPDATE\s+(\w+)", re.IGNORECASE)


def faults_of_kind(source: str) -> list[str]:
    """One line for each thing in the migration that its kind does not allow; none where it is what it says."""
    module = ast.parse(source)
    named = _named(module)
    kind, revision = _constant(named.get("KIND")), _constant(named.get("revision"))
    if kind == "contract":
        return _faults_of_contract(ast.get_docstring(module) or "", str(revision))
    if kind == "expand":
        return list(_faults_of_expand(named))
    return ['it does not say what it is: KIND = "expand" or KIND = "contract"']


def _faults_of_contract(docstring: str, revision: str) -> list[str]:
    since = SINCE.search(docstring)
    if since is None or since[1] >= revision:
        return ["its docstring does not say of an earlier revision: nothing uses it since NNNN"]
    return []


def _faults_of_expand(named: dict[str, ast.AST]) -> Iterator[str]:
    nodes = list(_run_by("upgrade", named))
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    made = {_constant(_argument(call, 0)) for call in _calls_of("create_table", calls)} - {None}
    for node in nodes:
        if isinstance(node, ast.Attribute) and hasattr(Operations, node.attr) and node.attr not in ADDING:
            yield f"{node.attr} is not for an expand"
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (
                f"{words} is not for an expand" for words in TAKING_SQL.findall(" ".join(node.value.split()))
            )
    for call in _calls_of("create_index", calls):
        if _keyword(call, "unique") is not None and _constant(_argument(call, 1)) not in made:
            yield "a unique index on a table that is there refuses what old processes write"
    for call in _calls_of("add_column", calls):
        if _constant(_argument(call, 0)) not in made and not _may_be_left_out(_argument(call, 1)):
            yield "a column added to a table that is there is written out, and NULL or with a server_default"
    yield from _faults_of_locks(nodes, calls, made)


def _faults_of_locks(nodes: list[ast.AST], calls: list[ast.Call], made: set[object]) -> Iterator[str]:
    """Who locks one table only waits for nobody in a circle, so that PostgreSQL ends no buyer as a deadlock."""
    changed = {_table(_argument(call, 0)) for call in _calls_of("add_column", calls)}
    changed |= {_table(_argument(call, 1)) for call in _calls_of("create_index", calls)}
    for call in _calls_of("ForeignKeyConstraint", calls):
        columns = _argument(call, 1)
        changed |= {
            _table(column) for column in (columns.elts if isinstance(columns, ast.List) else [columns])
        }
    changed |= {_table(_argument(call, 0)) for call in _calls_of("ForeignKey", calls)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            changed |= set(FILLING_SQL.findall(node.value))
    there = changed - made
    if None in there:
        yield "a table that it changes or refers to is not written out"
    elif len(there) > 1:
        yield f"it locks {' and '.join(sorted(map(str, there)))}, which are there: one a migration"


def _table(node: ast.expr | None) -> str | None:
    """The table of `table` or `table.column`; None where it is not written out."""
    written = _constant(node)
    return written.partition(".")[0] if isinstance(written, str) else None


def _may_be_left_out(column: ast.expr | None) -> bool:
    """By an old process, which writes rows and does not know the column."""
    if not (
        isinstance(column, ast.Call)
        and isinstance(column.func, ast.Attribute)
        and column.func.attr == "Column"
    ):
        return False
    if any(keyword.arg is None for keyword in column.keywords):
        return False
    nullable, default = _keyword(column, "nullable"), _keyword(column, "server_default")
    return nullable is None or _constant(nullable) is True or default is not None


def _run_by(function: str, named: dict[str, ast.AST]) -> Iterator[ast.AST]:
    """Every node of that function, and of whatever of this file it names, but for what is only said to readers."""
    found, waiting = {function}, [function]
    while waiting:
        for node in _without_docstrings(named[waiting.pop()]):
            yield node
            if isinstance(node, ast.Name) and node.id in named and node.id not in found:
                found.add(node.id)
                waiting.append(node.id)


def _without_docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    nodes = list(ast.walk(tree))
    said = {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return (node for node in nodes if id(node) not in said)


def _named(module: ast.Module) -> dict[str, ast.AST]:
    """What stands in the file itself, by its name: functions, and the values of constants."""
    named: dict[str, ast.AST] = {}
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            named[node.name] = node
        elif isinstance(node, ast.Assign):
            named |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
    return named


def _calls_of(operation: str, calls: list[ast.Call]) -> list[ast.Call]:
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == operation]


def _argument(call: ast.Call, place: int) -> ast.expr | None:
    return call.args[place] if place < len(call.args) else None


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _constant(node: ast.AST | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None
