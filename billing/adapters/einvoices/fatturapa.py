"""FatturaPA 1.2.3, written from a document alone: the same bytes for the same document and progressive number."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from lxml import etree

from billing.values.documents import InvoiceDocument
from billing.values.fatturapa import Contents, Line, Party, Summary, codes, contents_of

NAMESPACE = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"
# An element's name and what is in it: text, or elements in the order that the schema fixes; nothing leaves it out.
Value = str | date | Decimal | int | None | list["Element"]
Element = tuple[str, Value]


def write(document: InvoiceDocument, progressive: str) -> bytes:
    """The XML of an issued document. `progressive` is the file's own number among all that the seller sends."""
    said = contents_of(document)
    root = etree.Element(f"{{{NAMESPACE}}}FatturaElettronica", nsmap={"p": NAMESPACE}, versione=said.format)
    _fill(
        root,
        [("FatturaElettronicaHeader", _header(said, progressive)), ("FatturaElettronicaBody", _body(said))],
    )
    content: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def _fill(parent: etree._Element, elements: Iterable[Element]) -> None:
    for name, value in elements:
        if value in (None, "", []):
            continue
        element = etree.SubElement(parent, name)
        if isinstance(value, list):
            _fill(element, value)
        else:
            element.text = f"{value:.2f}" if isinstance(value, Decimal) else str(value)


def _header(said: Contents, progressive: str) -> list[Element]:
    return [
        (
            "DatiTrasmissione",
            [
                ("IdTrasmittente", [("IdPaese", "IT"), ("IdCodice", said.seller.codice_fiscale)]),
                ("ProgressivoInvio", progressive),
                ("FormatoTrasmissione", said.format),
                ("CodiceDestinatario", said.recipient),
                ("PECDestinatario", said.pec),
            ],
        ),
        (
            "CedentePrestatore",
            [
                ("DatiAnagrafici", [*_identity(said.seller), ("RegimeFiscale", said.tax_regime)]),
                ("Sede", _place(said.seller)),
                ("IscrizioneREA", _register(said)),
            ],
        ),
        ("CessionarioCommittente", [("DatiAnagrafici", _identity(said.buyer)), ("Sede", _place(said.buyer))]),
    ]


def _identity(party: Party) -> list[Element]:
    number: Value = [("IdPaese", party.id_country), ("IdCodice", party.id_code)] if party.id_code else None
    return [
        ("IdFiscaleIVA", number),
        ("CodiceFiscale", party.codice_fiscale),
        ("Anagrafica", [("Denominazione", party.name)]),
    ]


def _place(party: Party) -> list[Element]:
    return [
        ("Indirizzo", party.street),
        ("CAP", party.postal_code),
        ("Comune", party.city),
        ("Provincia", party.province),
        ("Nazione", party.country),
    ]


def _register(said: Contents) -> list[Element]:
    if not said.rea:
        return []
    office, _, number = said.rea.partition("-")
    return [
        ("Ufficio", office),
        ("NumeroREA", number),
        ("CapitaleSociale", said.share_capital),
        ("StatoLiquidazione", "LN"),
    ]


def _body(said: Contents) -> list[Element]:
    lines = [("DettaglioLinee", _line(number, line)) for number, line in enumerate(said.lines, start=1)]
    summaries = [("DatiRiepilogo", _summary(summary)) for summary in said.summaries]
    return [
        ("DatiGenerali", _general(said)),
        ("DatiBeniServizi", [*lines, *summaries]),
        ("DatiPagamento", _payment(said)),
    ]


def _general(said: Contents) -> list[Element]:
    stamp: Value = [("BolloVirtuale", "SI"), ("ImportoBollo", said.stamp_duty)] if said.stamp_duty else None
    order: Value = [("IdDocumento", said.purchase_order)] if said.purchase_order else None
    corrected: Value = None
    if said.corrects:
        number, issued_on = said.corrects
        corrected = [("IdDocumento", number), ("Data", issued_on)]
    return [
        (
            "DatiGeneraliDocumento",
            [
                ("TipoDocumento", said.kind),
                ("Divisa", said.currency),
                ("Data", said.issued_on),
                ("Numero", said.number),
                ("DatiBollo", stamp),
                ("ImportoTotaleDocumento", said.total),
                ("Causale", said.reason),
                ("Causale", said.in_euro),
            ],
        ),
        ("DatiOrdineAcquisto", order),
        ("DatiFattureCollegate", corrected),
    ]


def _line(number: int, line: Line) -> list[Element]:
    others: list[Element] = [
        ("AltriDatiGestionali", [("TipoDato", kind), ("RiferimentoTesto", text)])
        for kind, text in line.others
    ]
    return [
        ("NumeroLinea", number),
        ("Descrizione", line.description),
        ("Quantita", None if line.quantity is None else Decimal(line.quantity)),
        ("DataInizioPeriodo", line.first_day),
        ("DataFinePeriodo", line.last_day),
        ("PrezzoUnitario", line.unit),
        ("PrezzoTotale", line.net),
        ("AliquotaIVA", line.rate),
        ("Natura", line.natura),
        *others,
    ]


def _summary(summary: Summary) -> list[Element]:
    return [
        ("AliquotaIVA", summary.rate),
        ("Natura", summary.natura),
        ("ImponibileImporto", summary.net),
        ("Imposta", summary.tax),
        ("EsigibilitaIVA", summary.due),
        ("RiferimentoNormativo", summary.law),
    ]


def _payment(said: Contents) -> list[Element]:
    if said.to_pay is None:
        return []
    how: list[Element] = [("ModalitaPagamento", codes.BY_CARD), ("ImportoPagamento", said.to_pay)]
    return [("CondizioniPagamento", codes.PAID_AT_ONCE), ("DettaglioPagamento", how)]
