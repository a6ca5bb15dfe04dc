"""make architecture: the house drawn from its code as docs/pictures/architecture.svg; a house test compares them."""

from __future__ import annotations

import ast
import textwrap
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"
# From left to right: each stands on the next.
ROOMS = ("sandbox", "bot", "api", "billing")
COLUMN, GAP, MARGIN, TITLE = 430, 28, 28, 92
LINE, PADDING = 15, 11
CHARACTERS = 66
STYLE = (
    "text{font-family:'IBM Plex Sans',system-ui,sans-serif;fill:#1d1c1d}"
    ".room{font-size:22px;font-weight:600}.says{font-size:12px;fill:#616061}"
    ".name{font-size:13px;font-weight:600}.line{font-size:11.5px;fill:#454245}.uses{font-size:11px;fill:#1264a3}"
    ".box{fill:#fff;stroke:#ddd}.package{stroke:#611f69;stroke-width:1.4}.panel{fill:#f8f8f8;stroke:#e6e6e6}"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A module or package of a room: what it says it is for, and what it imports of its own room."""

    name: str
    says: str
    uses: tuple[str, ...]
    modules: int

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What its box holds, each line with its class."""
        count = f"  ·  {self.modules} modules" if self.modules > 1 else ""
        said = [("line", line) for line in textwrap.wrap(self.says, CHARACTERS)]
        below = [("uses", line) for line in textwrap.wrap(", ".join(self.uses), CHARACTERS)]
        return [("name", self.name + count), *said, *below]

    @property
    def height(self) -> int:
        return len(self.lines) * LINE + PADDING + 4


def layers_of(room: str) -> list[list[str]]:
    """The floors of a room, topmost first, as its import contract has them."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for contract in config["tool"]["importlinter"]["contracts"]:
        floors = [
            [name.strip().removeprefix(f"{room}.") for name in row.split("|")]
            for row in contract.get("layers", [])
        ]
        here = contract.get("containers") == [room] or contract["name"].lower() == f"inside the {room}"
        if contract["type"] == "layers" and here:
            return floors
    raise LookupError(f"pyproject.toml has no contract for the layers of {room}")


def parts_of(room: str) -> Iterator[list[Part]]:
    """Its parts, floor by floor."""
    graph = grimp.build_graph(*ROOMS)
    for floor in layers_of(room):
        yield [_part(graph, room, name) for name in floor]


def _part(graph: grimp.ImportGraph, room: str, name: str) -> Part:
    module = f"{room}.{name}"
    inside = {module, *graph.find_descendants(module)}
    used = {found for one in inside for found in graph.find_modules_directly_imported_by(one)} - inside
    uses = sorted({found.split(".")[1] for found in used if found.startswith(f"{room}.")})
    return Part(name, _docstring(module), tuple(uses), len(inside))


def _docstring(module: str) -> str:
    path = ROOT / module.replace(".", "/")
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    said = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return said.split("\n\n")[0].replace("\n", " ")


def draw() -> str:
    """The picture: a column a room, a row a floor, in each box what it is for and, in blue, what it stands on."""
    columns = [(room, list(parts_of(room))) for room in ROOMS]
    height = max(_height(floors) for _, floors in columns) + TITLE + MARGIN
    width = len(columns) * (COLUMN + GAP) - GAP + 2 * MARGIN
    drawn = "".join(_column(room, floors, number) for number, (room, floors) in enumerate(columns))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="The rooms of the house and the floors inside each"><style>{STYLE}</style>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{drawn}</svg>\n'
    )


def _height(floors: Sequence[Sequence[Part]]) -> int:
    return sum(part.height + 6 for floor in floors for part in floor) + 8 * len(floors)


def _column(room: str, floors: Sequence[Sequence[Part]], number: int) -> str:
    left, top = MARGIN + number * (COLUMN + GAP), TITLE
    arrow = "" if room == ROOMS[-1] else "  →"
    drawn = [_text("room", room + arrow, left, 40)]
    says = textwrap.wrap(_docstring(room), CHARACTERS)[:2]
    drawn += [_text("says", line, left, 58 + 14 * row) for row, line in enumerate(says)]
    for floor in floors:
        tall = sum(part.height + 6 for part in floor) + 2
        drawn.append(f'<rect class="panel" x="{left}" y="{top}" width="{COLUMN}" height="{tall}" rx="6"/>')
        for part, y in zip(floor, _tops(floor, top), strict=True):
            drawn.append(_box(part, left + 4, y))
        top += tall + 6
    return "".join(drawn)


def _tops(floor: Sequence[Part], top: int) -> Iterator[int]:
    y = top + 4
    for part in floor:
        yield y
        y += part.height + 6


def _box(part: Part, left: int, top: int) -> str:
    kind = "box package" if part.modules > 1 else "box"
    size = f'width="{COLUMN - 8}" height="{part.height}"'
    lines = [
        _text(kind, line, left + 9, top + 18 + LINE * row) for row, (kind, line) in enumerate(part.lines)
    ]
    return f'<rect class="{kind}" x="{left}" y="{top}" {size} rx="4"/>{"".join(lines)}'


def _text(kind: str, text: str, left: int, top: int) -> str:
    return f'<text class="{kind}" x="{left}" y="{top}">{escape(text)}</text>'


def main() -> None:
    """Draws the picture anew."""
    PICTURE.write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
