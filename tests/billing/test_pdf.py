"""The invoice as a PDF: what it says in each language, and that its bytes never differ."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from billing.adapters.pdf import render_invoice
from billing.values.documents import Buyer
from tests.billing.sample_invoice import ENGLISH, INVOICE, ITALIAN, LOCALES, MONTHLY, text_of, with_lines

INVOICE_OF_ROSSI = replace(INVOICE, buyer=Buyer("Rossi & Figli S.n.c.", ("Via Roma 1",), "IT"))
IN_BOTH = (
    "2026-000123",
    "Esempio S.r.l. Via Manzoni 12 20121 Milano (MI)",
    "IT00743110157 fatture@esempio.example",
    "Łódź & Figli S.n.c. Corso Vittorio Emanuele II 45 50122 Firenze (FI)",
    "Live Chat Plus · Growth",
    "Remove Branding · Business",
)
IN_ENGLISH = (
    "Invoice €1,426.14 To be charged to Visa •••• 4242",
    "Invoice number 2026-000123 Date of issue June 1, 2026 Property Piazza",
    "From Esempio S.r.l.",
    "Italy VAT number IT00743110157",
    "Billed to Łódź & Figli S.n.c.",
    "Description Quantity Net unit price VAT Net amount",
    "Monthly subscription, period Jun 1, 2026 – Jun 30, 2026 3 €29.00 22% €87.00",
    "Annual subscription, period Jun 1, 2026 – May 31, 2027 1 €1,200.00 10% €1,200.00",
    "Taxable amount VAT amount VAT 22% €87.00 €19.14 VAT 10% €1,200.00 €120.00",
    "Subtotals €1,287.00 €139.14 Total €1,426.14",
    "Payment Charged automatically to Visa •••• 4242",
    "All amounts are in EUR.",
    "Invoice 2026-000123 · Esempio S.r.l. Page 1 of 1",
)
IN_ITALIAN = (
    "Fattura 1.426,14 € Da addebitare su Visa •••• 4242",
    "Numero fattura 2026-000123 Data di emissione 1 giugno 2026 Proprietà Piazza",
    "Emessa da Esempio S.r.l.",
    "Italia Partita IVA IT00743110157",
    "Intestata a Łódź & Figli S.n.c.",
    "Descrizione Quantità Prezzo unitario netto IVA Importo netto",
    "Abbonamento mensile, periodo 1 giu 2026 – 30 giu 2026 3 29,00 € 22% 87,00 €",
    "Abbonamento annuale, periodo 1 giu 2026 – 31 mag 2027 1 1.200,00 € 10% 1.200,00 €",
    "Imponibile Imposta IVA 22% 87,00 € 19,14 € IVA 10% 1.200,00 € 120,00 €",
    "Totali 1.287,00 € 139,14 € Totale 1.426,14 €",
    "Pagamento Addebito automatico su Visa •••• 4242",
    "Tutti gli importi sono in EUR.",
    "Fattura 2026-000123 · Esempio S.r.l. Pagina 1 di 1",
)


def fonts_of(pdf: bytes) -> dict[str, dict[str, object]]:
    """Each font that a page names, by its PostScript name, with its descriptor."""
    resources: list[Any] = [page["/Resources"] for page in PdfReader(BytesIO(pdf)).pages]
    fonts = [font.get_object() for resource in resources for font in resource["/Font"].values()]
    return {str(font["/BaseFont"]): dict(font.get("/FontDescriptor", {})) for font in fonts}


def programs_of(pdf: bytes) -> dict[str, bytes]:
    """What draws the letters of each font."""
    found: dict[str, Any] = fonts_of(pdf)
    return {name: descriptor["/FontFile2"].get_data() for name, descriptor in found.items()}


@pytest.mark.parametrize("sentence", IN_BOTH + IN_ENGLISH)
def test_an_english_invoice_says_everything_that_the_law_asks(sentence: str) -> None:
    assert sentence in text_of(INVOICE, ENGLISH)


@pytest.mark.parametrize("sentence", IN_BOTH + IN_ITALIAN)
def test_an_italian_invoice_says_everything_that_the_law_asks(sentence: str) -> None:
    assert sentence in text_of(INVOICE, ITALIAN)


def test_an_italian_invoice_holds_no_english_sentence() -> None:
    italian = text_of(INVOICE, ITALIAN)
    assert not [sentence for sentence in IN_ENGLISH if sentence in italian]


def test_nothing_is_said_about_payment_where_nothing_is_charged() -> None:
    text = text_of(replace(INVOICE, charged_to=""))
    assert "charged" not in text
    assert "Payment" not in text


def test_a_payment_method_without_digits_is_named_as_it_is() -> None:
    assert "To be charged to Bank transfer" in text_of(replace(INVOICE, charged_to="Bank transfer"))


def test_a_buyer_without_an_address_is_named_alone() -> None:
    assert "Billed to Anna Bianchi Description" in text_of(
        replace(INVOICE, buyer=Buyer("Anna Bianchi", (), ""))
    )


def test_one_rate_needs_no_subtotals() -> None:
    assert "Subtotals" not in text_of(with_lines(MONTHLY))


@pytest.mark.parametrize(("currency", "net"), [("JPY", "¥8,700"), ("KWD", "KWD 8.700"), ("USD", "$87.00")])
def test_amounts_have_the_decimals_of_their_currency(currency: str, net: str) -> None:
    assert net in text_of(replace(with_lines(MONTHLY), currency=currency))


def test_two_drawings_in_one_process_are_the_same_bytes() -> None:
    assert render_invoice(INVOICE, ITALIAN) == render_invoice(INVOICE, ITALIAN)


def test_another_process_draws_the_same_bytes() -> None:
    program = (
        "import hashlib, json, pathlib, sys\n"
        "from billing.adapters.pdf import render_invoice\n"
        "from billing.values.documents import InvoiceDocument\n"
        "from billing.i18n import Translator\n"
        "document = InvoiceDocument.from_json(json.load(sys.stdin))\n"
        "pdf = render_invoice(document, Translator(pathlib.Path(sys.argv[1]), 'it'))\n"
        "print(hashlib.sha256(pdf).hexdigest())\n"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program, str(LOCALES)],
        input=json.dumps(INVOICE.as_json()),
        capture_output=True,
        text=True,
        check=True,
        env={
            "TZ": "Pacific/Auckland",
            "PYTHONHASHSEED": "7",
            "SOURCE_DATE_EPOCH": "86400",
            "PYTHONPATH": str(LOCALES.parents[1]),
        },
    )
    assert elsewhere.stdout.strip() == hashlib.sha256(render_invoice(INVOICE, ITALIAN)).hexdigest()


def test_a_drawing_does_not_depend_on_those_before_it() -> None:
    before = render_invoice(INVOICE, ENGLISH)
    render_invoice(with_lines(replace(MONTHLY, add_on="Жук Ω ﬁ ő")), ITALIAN)
    assert render_invoice(INVOICE, ENGLISH) == before


def test_many_threads_draw_the_same_bytes() -> None:
    alone = render_invoice(INVOICE, ITALIAN)
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(lambda _: render_invoice(INVOICE, ITALIAN), range(12))) == {alone}


def test_every_font_is_embedded() -> None:
    fonts = fonts_of(render_invoice(INVOICE, ENGLISH))
    assert len(fonts) == 2
    assert all("/FontFile2" in descriptor for descriptor in fonts.values())


def test_invoices_of_usual_letters_bring_the_very_same_fonts() -> None:
    other = replace(INVOICE_OF_ROSSI, property_name="Città (ñ) \\ 50 £ »ß«")
    assert programs_of(render_invoice(INVOICE_OF_ROSSI, ENGLISH)) == programs_of(
        render_invoice(other, ITALIAN)
    )


def test_every_letter_of_the_typeface_is_read_back_though_a_font_of_a_file_holds_256() -> None:
    letters = [
        chr(code)
        for code in (*range(0x21, 0x7F), *range(0xC0, 0x180), *range(0x391, 0x3A2), *range(0x410, 0x450))
    ]
    rows = tuple("".join(letters[start : start + 40]) for start in range(0, len(letters), 40))
    document = replace(INVOICE, buyer=Buyer("Rossi", rows, "IT"))
    said = text_of(document).replace(" ", "")
    assert len(letters) > 256
    assert "".join(rows) in said
    assert len(fonts_of(render_invoice(document, ENGLISH))) == 3


def test_the_file_says_its_language_title_author_subject_and_date() -> None:
    reader = PdfReader(BytesIO(render_invoice(INVOICE, ITALIAN)))
    assert str(reader.root_object["/Lang"]) == "it"
    metadata = reader.metadata
    assert metadata is not None
    assert (metadata.title, metadata.author) == ("Fattura 2026-000123", "Esempio S.r.l.")
    assert metadata.subject == "Fattura per Piazza"
    assert metadata.creation_date is not None
    assert metadata.creation_date.date() == INVOICE.issued_on


def test_a_page_is_smaller_than_fifty_kilobytes() -> None:
    assert len(render_invoice(INVOICE, ENGLISH)) < 50_000
