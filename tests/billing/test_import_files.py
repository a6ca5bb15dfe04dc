"""Files of imports as people write them, and the command that reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from billing.__main__ import program
from billing.adapters.archives import inert
from billing.values.csv_lines import FORMULA
from billing.values.errors import Unfit
from billing.values.imports import NEEDED, TEMPLATE, DateOrder
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import Desk
from tests.billing.importing import a_line, read, written


@pytest.fixture
def prop(desk: Desk) -> PropertySnapshot:
    return desk.property_of(desk.owner())


def test_people_write_files_with_semicolons_tabs_marks_and_other_dates(
    desk: Desk, prop: PropertySnapshot
) -> None:
    line = a_line(prop, price="7,50", currency="eur", name="Società Perché")
    text = written(line, delimiter=";")
    for content in (
        b"\xef\xbb\xbf" + text.encode(),
        ("sep=;\r\n" + text).encode(),
        text.replace(";", "\t").encode("utf-16"),
        (text + "\r\n;;\r\n").replace("reference", "Reference").encode(),
    ):
        (found,) = read(content)
        assert found.running is not None
        assert (found.running.price, found.running.currency) == ("7.50", "EUR")
        assert found.running.address["name"] == "Società Perché"
    american = a_line(prop, anchor="8/31/2025", paid_through="2/27/2026")
    (found,) = read(written(american), DateOrder.MDY)
    assert found.running is not None
    assert str(found.running.anchor) == "2025-08-31"


def test_a_line_in_another_encoding_is_reported_and_the_others_are_read(prop: PropertySnapshot) -> None:
    text = written(a_line(prop), a_line(prop, reference="old-2", name="Società"))
    good, bad = read(text.encode("latin-1"))
    assert good.running is not None
    assert [str(fault) for fault in bad.faults] == ["name is no UTF-8: save the file as CSV in UTF-8"]
    assert bad.number == 3


def test_a_reference_that_cannot_be_read_is_said_in_signs_that_every_terminal_takes(
    prop: PropertySnapshot,
) -> None:
    (bad,) = read(written(a_line(prop, reference="società-1")).encode("latin-1"))
    assert bad.reference.encode() == "societ\N{REPLACEMENT CHARACTER}-1".encode()
    assert bad.running is None


@pytest.mark.parametrize("begins", [one for one in FORMULA if one.isprintable()])
def test_a_text_that_begins_like_a_formula_is_read_as_it_was_written_inert_and_wrong_as_it_is(
    prop: PropertySnapshot, begins: str
) -> None:
    name = f"{begins}home S.r.l."
    (found,) = read(written(a_line(prop, name=inert(name))))
    assert found.running is not None
    assert found.running.address["name"] == name
    (wrong,) = read(written(a_line(prop, name=name)))
    assert [fault.message for fault in wrong.faults] == [
        "{column} begins like a formula: write the value, or an apostrophe before it"
    ]


UNUSABLE = [
    (b"", "the file is empty: its first line names the columns"),
    (
        b"reference,workspace\n",
        "these columns are missing: property, user, add_on, plan, interval, anchor, paid_through",
    ),
    (
        b"reference,colour\nx,y\n",
        "these columns are not known: colour; take them out, or see `import template`",
    ),
    (
        b"reference,4111 1111 1111 1111\nx,y\n",
        "the line that names the columns holds a card number, which never belongs in a file",
    ),
    (
        b"4111,1111,1111,1111\nx,y,z,w\n",
        "the line that names the columns holds a card number, which never belongs in a file",
    ),
    (b"\xff\xfe\x00", "the file is no text: save it as CSV in UTF-8"),
    (",".join([*NEEDED, "plan"]).encode() + b"\n", "these columns are there twice: plan"),
    (",".join(NEEDED).encode() + b"\n\n,,\n", "the file has no line below the one that names the columns"),
    (b"soci\xe9t\xe9,plan\n", "the line that names the columns is no UTF-8: save the file as CSV in UTF-8"),
]


@pytest.mark.parametrize(("content", "said"), UNUSABLE, ids=range(len(UNUSABLE)))
def test_a_file_whose_columns_cannot_be_used_is_refused_as_a_whole(content: bytes, said: str) -> None:
    with pytest.raises(Unfit, match=f"^{re.escape(said)}$"):
        read(content)


def test_a_line_with_too_few_cells_or_an_open_quote_is_reported(prop: PropertySnapshot) -> None:
    text = written(a_line(prop))
    (found, short, torn) = read(text + 'old-2,T1\r\n"old-3,\r\nand on\r\n')
    assert found.running is not None
    assert [str(fault) for fault in short.faults] == [
        "it has 2 cells for 16 columns: one with a comma or semicolon in it needs quotes"
    ]
    assert [str(fault) for fault in torn.faults] == [
        "from here on it cannot be read: a quote is not closed, or not doubled within a cell"
    ]
    assert (short.number, torn.number) == (3, 4)


def run(*command: str) -> Result:
    return CliRunner().invoke(program, ["import", *command])


def a_file(tmp_path: Path, *lines: Mapping[str, str]) -> str:
    path = tmp_path / "old.csv"
    path.write_text(written(*lines), encoding="utf-8")
    return str(path)


def test_the_template_names_every_column_and_its_example_can_be_read() -> None:
    ended = run("template")
    assert ended.exit_code == 0
    (found,) = read(ended.stdout)
    assert found.running is not None
    documented = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    assert [name for name in TEMPLATE if f"| `{name}` |" not in documented] == []


def test_the_command_reports_each_line_and_verifies_the_books(at_desk: Desk, tmp_path: Path) -> None:
    """The command's clock is the real one."""
    prop = at_desk.property_of(at_desk.owner())
    line = a_line(prop, **now_running())
    file = a_file(tmp_path, line)
    rehearsed = run("csv", file, "--dry-run")
    assert rehearsed.exit_code == 0, rehearsed.output
    assert rehearsed.stdout.startswith("Line 2 (old-1): would be imported; next charge €12.20 on ")
    assert rehearsed.stdout.endswith(
        "Dry run, nothing was imported. To be imported: 1. Here already: 0. Wrong: 0.\n"
    )
    done = run("csv", file)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Line 2 (old-1): imported as sub_")
    assert done.stdout.endswith(
        "Imported: 1. Here already: 0. Wrong: 0.\nThe books were verified: nothing is wrong.\n"
    )
    again = json.loads(run("csv", file, "--json").stdout)
    assert (again["imported"], again["known"], again["wrong"], again["broken"]) == (0, 1, 0, [])
    assert again["lines"][0]["state"] == "known"


def now_running() -> dict[str, str]:
    """A year's cycle that runs whenever this is run."""
    today = datetime.now(ZoneInfo("Europe/Rome")).date()
    return {
        "interval": "year",
        "plan": "basic",
        "price": "10.00",
        "currency": "EUR",
        "anchor": f"{today.year}-01-01",
        "paid_through": f"{today.year}-12-31",
    }


def test_the_command_says_what_is_wrong_in_italian_too_and_ends_with_1(at_desk: Desk, tmp_path: Path) -> None:
    prop = at_desk.property_of(at_desk.owner())
    bad = a_line(prop, **{**now_running(), "quantity": "-"})
    ended = run("csv", a_file(tmp_path, bad), "--language", "it")
    assert ended.exit_code == 1
    assert "Riga 2 (old-1): quantity inizia come una formula" in ended.stdout
    assert "Traceback" not in ended.output
    assert ended.stdout.endswith("\nNon è stato importato nulla. Già presenti: 0. Errate: 1.\n"), (
        "no others to import"
    )
    missing = run("csv", str(tmp_path / "none.csv"))
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert missing.stderr.startswith("Nothing was imported: ")
