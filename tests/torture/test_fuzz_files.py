"""Files that people hand in, bent and torn: each is taken whole or refused in a sentence, nothing is half done."""

from __future__ import annotations

import csv
import io
import random
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from billing.adapters.einvoices import receipts
from billing.services import catalogue, imports, sdi_receipts
from billing.services.imports import LineState
from billing.services.verify import verify
from billing.values.csv_lines import read_csv
from billing.values.errors import CatalogueInvalid, Unfit
from billing.values.imports import NEEDED, TEMPLATE, DateOrder, read_line
from billing.values.tax import DEFAULT_TABLE, read_table
from tests.billing.desk import CATALOGUE, Desk
from tests.billing.importing import a_line, quiet, written
from tests.billing.test_sdi_receipts import ALL, OFFICE, said, selling
from tests.torture.fuzzing import Tries, bent, bent_bytes, bent_text, noise, said_of, text_noise

pytestmark = pytest.mark.torture

SOLD = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))


def as_toml(value: Any) -> str:
    """Plain data as TOML writes it inline, so that bent data is TOML still; what it has no word for is left out."""
    match value:
        case dict():
            cells = (f"{quoted(str(key))} = {as_toml(one)}" for key, one in value.items() if one is not None)
            return "{" + ", ".join(cells) + "}"
        case list():
            return "[" + ", ".join(as_toml(one) for one in value if one is not None) + "]"
        case bool() | int() | float():
            return str(value).lower()
    return quoted(str(value))


def quoted(text: str) -> str:
    escaped = "".join(f"\\u{ord(sign):04x}" if ord(sign) < 32 or sign in '"\\\x7f' else sign for sign in text)
    return f'"{escaped.encode(errors="replace").decode()}"'


def a_catalogue(dice: random.Random) -> bytes:
    text = CATALOGUE.read_text(encoding="utf-8")
    plain = bent(dice, {**SOLD, "version": 2})
    whole = "\n".join(f"{quoted(str(key))} = {as_toml(one)}" for key, one in plain.items() if one is not None)
    torn = bent_text(dice, text).encode(errors="surrogatepass")
    return dice.choice(
        (whole.encode(errors="replace"),) * 4 + (torn, bent_bytes(dice, text.encode()), noise(dice))
    )


@pytest.fixture
def selling_desk(sqlite_desk: Desk) -> Desk:
    """It has sold one thing to a public office, and its e-invoice is out."""
    return selling(sqlite_desk, OFFICE)


def test_a_catalogue_is_put_in_force_whole_or_refused(desk: Desk, tmp_path: Path) -> None:
    file, before = tmp_path / "catalogue.toml", desk.everything()
    for dice in (tries := Tries()):
        file.write_bytes(content := a_catalogue(dice))
        with tries.trying(content):
            try:
                shown = catalogue.preview(desk.billing, file)
                assert desk.everything() == before
                assert catalogue.apply(desk.billing, file) == shown
                assert catalogue.apply(desk.billing, file) == ()
            except CatalogueInvalid as refusal:
                said_of(refusal.fault)
                assert desk.everything() == before
        if desk.everything() != before:
            for table in ("prices", "plans", "add_ons", "catalogue_versions"):
                desk.execute(f"DELETE FROM {table}")
            catalogue.apply(desk.billing, CATALOGUE)
            before = desk.everything()


def test_a_tax_table_is_read_or_refused(tmp_path: Path) -> None:
    file, table = tmp_path / "tax.toml", DEFAULT_TABLE.read_bytes()
    for dice in (tries := Tries(2)):
        file.write_bytes(content := dice.choice((bent_bytes(dice, table), noise(dice))))
        with tries.trying(content):
            try:
                read_table(file)
            except Unfit as fault:
                said_of(fault)


def test_a_file_of_an_import_is_read_by_lines_or_refused() -> None:
    good = [dict(TEMPLATE), {**TEMPLATE, "reference": "other", "name": 'L’Hôtel; "Sole"'}]
    for dice in (tries := Tries(5)):
        text = written(*good, delimiter=dice.choice((",", ";", "\t")))
        marked = dice.choice(("", "sep=;\r\n", "\ufeff", "sep=x\n", '"sep=,"\r\n')) + text
        encoded = marked.encode(dice.choice(("utf-8", "utf-16", "utf-32", "cp1252")), "replace")
        content = dice.choice((bent_bytes(dice, encoded), bent_bytes(dice, encoded), noise(dice)))
        dates = dice.choice(list(DateOrder))
        with tries.trying(content):
            try:
                found = read_csv(content, TEMPLATE, NEEDED)
            except Unfit as fault:
                said_of(fault)
                continue
            numbers = [line.number for line in found]
            assert numbers == sorted(set(numbers))
            for line in found:
                read = read_line(line, dates)
                assert (read.running is None) == bool(read.faults)
                for one in read.faults:
                    said_of(one)
                assert read.running is None or len(read.running.digest()) == 64


def test_each_line_of_an_import_is_imported_whole_or_reported(desk: Desk) -> None:
    owner = desk.owner()
    home, number = desk.property_of(owner, channel=None), 0
    line = a_line(home, price="29.00", currency="EUR", quantity="1", cancelled="no", vat_number="", extra="")
    before = desk.everything()
    for dice in (tries := Tries()):
        row = {str(name): str(cell) for name, cell in bent(dice, line).items()}
        text = io.StringIO()
        csv.writer(text).writerows((row.keys(), row.values()))
        with tries.trying(row):
            try:
                found = read_csv(text.getvalue().encode(errors="replace"), TEMPLATE, NEEDED)
            except Unfit as fault:
                said_of(fault)
                continue
            lines = [read_line(one, DateOrder.ISO) for one in found]
            told = imports.preview(desk.billing, lines, quiet)
            assert desk.everything() == before
            done = imports.import_lines(desk.billing, lines, quiet)
            for wrong in (one for report in done for one in report.faults):
                if isinstance(wrong, Unfit):
                    said_of(wrong)
            if any(one.state is LineState.WRONG for one in done):
                assert [one.state for one in told] == [one.state for one in done]
                assert desk.everything() == before
            else:
                again = imports.import_lines(desk.billing, lines, quiet)
                assert {one.state for one in again} == {LineState.KNOWN}
                assert verify(desk.billing) == ()
                # What is imported stays: the next line is another subscription, of another property.
                home = desk.property_of(owner, f"Shop {number}", channel=None)
                number += 1
                line |= {"property": home.id, "reference": f"old {number}"}
                before = desk.everything()


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)


def a_receipt(dice: random.Random, good: bytes) -> bytes:
    root = good[good.index(b"?>") + 2 :] if good.startswith(b"<?xml") else good
    encoding = dice.choice((b"utf-16", b"iso-8859-1", b"utf-7", b"ebcdic-cp-it", b"x"))
    bombed = BOMB + root.replace(b"</NomeFile>", b"&j;</NomeFile>")
    return dice.choice(
        (
            *(bent_bytes(dice, good) for _ in range(3)),
            bent_bytes(dice, bent_bytes(dice, good)),
            re.sub(
                rb">[^<>]+<", b">" + noise(dice).replace(b"<", b"").replace(b"\\", b"") + b"<", good, count=1
            ),
            re.sub(rb"(?<=>)[^<>\s]+(?=<)", lambda _: text_noise(dice).encode(errors="replace"), good),
            b'<?xml version="1.0" encoding="%s"?>' % encoding + root,
            root.decode().encode("utf-16"),
            bombed,
            bent_bytes(dice, bombed),
            b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + root,
            noise(dice),
        )
    )


def test_a_receipt_of_sdi_is_taken_or_refused_and_moves_nothing_by_halves(selling_desk: Desk) -> None:
    at = selling_desk
    before = at.everything()
    for dice in (tries := Tries(2)):
        content = a_receipt(dice, said(at, dice.choice(ALL["office"])))
        with tries.trying(content):
            try:
                receipt = receipts.read(content)
            except Unfit as fault:
                said_of(fault)
                continue
            first = sdi_receipts.take(at.billing, receipt, content)
            ((kept,),) = at.rows("SELECT content FROM sdi_receipts")
            assert bytes(kept) == content
            assert sdi_receipts.take(at.billing, receipt, content).verdict == first.verdict
        if at.everything() != before:
            at.execute("DELETE FROM sdi_receipts")
            at.execute(
                "UPDATE einvoices SET state = 'ready', sdi_id = NULL, answered_at = NULL, errors = NULL"
            )
            before = at.everything()
