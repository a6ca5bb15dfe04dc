"""The seller's logo and colour: refused at the start where they are bad, kept by every document as it was issued."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pydantic import ValidationError
from pypdf import PdfReader
from sqlalchemy.exc import DatabaseError
from structlog.testing import capture_logs
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters.pdf import render_invoice
from billing.services import credit_notes, invoices
from billing.services.credit_notes import Wanted
from billing.settings import BillingSettings, faults_of
from billing.values.appearance import MAX_BYTES, Logo, legible, read_logo
from tests.billing.desk import Desk, at_once, both_look_before_either_writes
from tests.billing.sample_invoice import ENGLISH, INVOICE, pages_of


def picture(
    kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (300, 100), colour: str = "teal"
) -> bytes:
    target = BytesIO()
    Image.new(mode, size, colour).save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "logo.png does not exist"),
        (b"", "is neither a PNG nor a JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is neither a PNG nor a JPEG"),
        (picture("GIF"), "is neither a PNG nor a JPEG"),
        (picture()[:-40], "is a damaged picture"),
        (picture("JPEG")[:400], "is a damaged picture"),
        (picture() + b" " * MAX_BYTES, "a logo has at most 200000"),
        (picture(size=(4001, 1)), "has a side of 4001 pixels; at most 4000"),
    ],
    ids=["missing", "empty", "SVG", "GIF", "half a PNG", "half a JPEG", "heavy", "wide"],
)
def test_a_bad_logo_is_refused_at_the_start_with_a_sentence(
    content: bytes | None, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "logo.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValidationError) as refused:
        BillingSettings(seller_logo=str(path))
    (sentence,) = map(str, faults_of(refused.value))
    assert sentence.startswith("SELLER_LOGO: ")
    assert why in sentence


@pytest.mark.parametrize(
    ("colour", "why"),
    [
        ("#ffe066", "#ffe066 is too pale to be read on white: its contrast is 1.3, not 3"),
        ("#ffffff", "contrast is 1.0"),
        ("teal", "'teal' is no colour like #0a5461"),
        ("#0a546", "is no colour"),
    ],
)
def test_a_colour_that_nobody_could_read_is_refused_at_the_start(colour: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        BillingSettings(seller_accent=colour)
    (sentence,) = map(str, faults_of(refused.value))
    assert sentence.startswith("SELLER_ACCENT: ")
    assert why in sentence


def test_dark_and_middling_colours_are_taken() -> None:
    assert [legible(colour) for colour in ("#000000", "#0a5461", "#03A84E", "#c2410c")]


def test_the_command_line_says_what_is_wrong_with_the_settings_and_ends() -> None:
    ended = CliRunner().invoke(program, ["verify"], env={"SELLER_LOGO": "/nowhere/logo.png"})
    assert ended.exit_code == 1
    assert "SELLER_LOGO: /nowhere/logo.png does not exist" in ended.output


@pytest.mark.parametrize(
    "content",
    [
        picture(),
        picture(mode="RGBA", colour="#00808080"),
        picture(mode="P"),
        picture(mode="L", colour="gray"),
        picture("JPEG"),
        picture("JPEG", mode="L", colour="gray"),
        picture("JPEG", mode="CMYK"),
    ],
    ids=["RGB", "see-through", "palette", "grey", "JPEG", "grey JPEG", "CMYK JPEG"],
)
def test_the_logo_stands_on_the_first_page_in_place_of_the_name(content: bytes) -> None:
    pdf = render_invoice(INVOICE, ENGLISH, content)
    (image,) = PdfReader(BytesIO(pdf)).pages[0].images
    assert image.image is not None
    assert image.image.size == (300, 100)
    assert pages_of(pdf)[0].startswith("Invoice €1,426.14")
    assert render_invoice(INVOICE, ENGLISH, content) == pdf


def test_a_see_through_logo_has_white_behind_it() -> None:
    pdf = render_invoice(INVOICE, ENGLISH, picture(mode="RGBA", colour="#00000000"))
    (image,) = PdfReader(BytesIO(pdf)).pages[0].images
    assert image.image is not None
    assert image.image.getpixel((5, 5)) == (255, 255, 255)


def dressed(desk: Desk, logo: bytes | None, accent: str) -> Desk:
    """The desk after its settings got another logo and colour."""
    kept = Logo(logo) if logo else None
    seller = replace(desk.billing.issuer.seller, logo=kept.digest if kept else "", accent=accent)
    return replace(
        desk, billing=replace(desk.billing, issuer=replace(desk.billing.issuer, seller=seller, logo=kept))
    )


def images_of(pdf: bytes) -> list[tuple[int, int]]:
    return [image.image.size for image in PdfReader(BytesIO(pdf)).pages[0].images if image.image]


def test_documents_keep_the_logo_and_the_colour_that_they_were_issued_with(desk: Desk) -> None:
    owner = desk.owner()
    old = dressed(desk, picture(size=(200, 50)), "#c2410c")
    old.buy(owner, desk.property_of(owner))
    (issued,) = desk.invoices()
    before = invoices.as_file(old.billing, owner, issued.id, "it").content
    new = dressed(desk, picture("JPEG", size=(80, 80)), "#000000")
    credit_notes.issue(new.billing, issued.number, Wanted("0.10"))
    (note,) = invoices.listed(new.billing, owner).invoices[0].credit_notes
    assert images_of(before) == [(200, 50)]
    assert images_of(credit_notes.as_file(new.billing, owner, note.id, "it").content) == [(80, 80)]
    for later in (new, dressed(desk, None, "#000000")):
        assert invoices.as_file(later.billing, owner, issued.id, "it").content == before
    assert desk.rows("SELECT count(*) FROM logos") == [(2,)]


def test_the_hash_of_the_first_drawing_is_kept_and_another_drawing_is_told_to_the_log(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    (issued,) = desk.invoices()
    for language in ("it", "en", "it"):
        invoices.as_file(desk.billing, owner, issued.id, language)
    kept = desk.rows("SELECT document_id, language FROM drawings ORDER BY language")
    assert kept == [(issued.id, "en"), (issued.id, "it")]
    as_after_an_upgrade = replace(desk.billing, render=lambda document, language, logo: b"%PDF, otherwise")
    with capture_logs() as written:
        invoices.as_file(desk.billing, owner, issued.id, "it")
        assert written == []
        invoices.as_file(as_after_an_upgrade, owner, issued.id, "it")
    assert [(entry["event"], entry["document"]) for entry in written] == [("drawn otherwise", issued.number)]
    assert desk.rows("SELECT count(*) FROM drawings") == [(2,)]


def test_a_document_that_two_people_open_at_once_is_drawn_for_both(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    (issued,) = desk.invoices()

    def open_it() -> bytes:
        return invoices.as_file(desk.billing, owner, issued.id, "it").content

    with both_look_before_either_writes(desk.billing.engine, "drawings"):
        one, other = at_once(open_it, open_it)
    assert one == other
    assert desk.rows("SELECT document_id, language FROM drawings") == [(issued.id, "it")]


REFUSED = ("UPDATE {table} SET digest = 'x'", "DELETE FROM {table}")
ONLY_SQLITE, ONLY_POSTGRESQL = "REPLACE INTO {table} SELECT * FROM {table}", "TRUNCATE {table}"


@pytest.mark.parametrize("table", ["logos", "drawings"])
def test_the_database_itself_keeps_logos_and_first_drawings(desk: Desk, table: str) -> None:
    owner = desk.owner()
    dressed(desk, picture(), "#c2410c").buy(owner, desk.property_of(owner))
    invoices.as_file(desk.billing, owner, desk.invoices()[0].id, "it")
    before = desk.rows(f"SELECT * FROM {table}")
    assert len(before) == 1
    more = ONLY_SQLITE if desk.billing.engine.dialect.name == "sqlite" else ONLY_POSTGRESQL
    for words in (*REFUSED, more):
        with pytest.raises(DatabaseError, match=f"{table} only grows"):
            desk.execute(words.format(table=table))
    assert desk.rows(f"SELECT * FROM {table}") == before


def test_a_logo_is_named_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(picture())
    settings = BillingSettings(seller_logo=str(tmp_path / "logo.png"), seller_accent="#c2410c")
    assert settings.logo == read_logo(tmp_path / "logo.png") == Logo(picture())
    assert (settings.seller.logo, settings.seller.accent) == (Logo(picture()).digest, "#c2410c")
