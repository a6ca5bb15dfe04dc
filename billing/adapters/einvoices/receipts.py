"""Receipts of the exchange system (SdI), read as its two schemas have them: MessaggiFattura 1.0 and Messaggi 1.1.

Strict: an element that is missing, unknown or in another place makes a file no receipt. Signatures are not verified:
that a receipt is of a file that was sent says the file's SHA-256, where the schema has it, and SdI's number of it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from zoneinfo import ZoneInfo

from lxml import etree

from billing.values.errors import Unfit
from billing.values.sdi import Receipt, ReceiptKind, SdiError

TO_COMPANIES = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fattura/messaggi/v1.0"
TO_OFFICES = "http://www.fatturapa.gov.it/sdi/messaggi/v1.0"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
# SdI takes no file above 5 MB, and its receipts are a few kB.
LARGEST = 5 * 1024 * 1024
ROME = ZoneInfo("Europe/Rome")
END = "MessageId PecMessageId? Note? Signature?"
SHA_256 = re.compile(r"[0-9a-fA-F]{64}")
# What each says, in this order; what ends with ? may be left out.
FORMS: Mapping[tuple[str, str], tuple[ReceiptKind | None, str]] = MappingProxyType(
    {
        (TO_COMPANIES, "RicevutaConsegna"): (
            ReceiptKind.DELIVERED,
            "IdentificativoSdI NomeFile Hash DataOraRicezione DataOraConsegna Destinatario? RiferimentoArchivio? "
            + END,
        ),
        (TO_COMPANIES, "RicevutaScarto"): (
            ReceiptKind.REJECTED,
            "IdentificativoSdI NomeFile Hash DataOraRicezione RiferimentoArchivio? ListaErrori " + END,
        ),
        (TO_COMPANIES, "RicevutaImpossibilitaRecapito"): (
            ReceiptKind.NOT_DELIVERED,
            "IdentificativoSdI NomeFile Hash DataOraRicezione DataMessaADisposizione RiferimentoArchivio? "
            "Descrizione? " + END,
        ),
        (TO_COMPANIES, "FileMetadati"): (
            ReceiptKind.METADATA,
            "IdentificativoSdI NomeFile Hash CodiceDestinatario Formato TentativiInvio MessageId Note?",
        ),
        (TO_OFFICES, "RicevutaConsegna"): (
            ReceiptKind.DELIVERED,
            "IdentificativoSdI NomeFile DataOraRicezione DataOraConsegna Destinatario? RiferimentoArchivio? "
            + END,
        ),
        (TO_OFFICES, "NotificaScarto"): (
            ReceiptKind.REJECTED,
            "IdentificativoSdI NomeFile DataOraRicezione RiferimentoArchivio? ListaErrori " + END,
        ),
        (TO_OFFICES, "NotificaMancataConsegna"): (
            ReceiptKind.NOT_DELIVERED,
            "IdentificativoSdI NomeFile DataOraRicezione RiferimentoArchivio? Descrizione? " + END,
        ),
        # Whether it is accepted stands in what the office said.
        (TO_OFFICES, "NotificaEsito"): (None, "IdentificativoSdI NomeFile EsitoCommittente " + END),
        (TO_OFFICES, "NotificaDecorrenzaTermini"): (
            ReceiptKind.LAPSED,
            "IdentificativoSdI RiferimentoFattura? NomeFile Descrizione? " + END,
        ),
        (TO_OFFICES, "AttestazioneTrasmissioneFattura"): (
            ReceiptKind.ATTESTED,
            "IdentificativoSdI NomeFile DataOraRicezione RiferimentoArchivio? Destinatario MessageId PecMessageId? "
            "Note? HashFileOriginale Signature?",
        ),
        (TO_OFFICES, "MetadatiInvioFile"): (
            ReceiptKind.METADATA,
            "IdentificativoSdI NomeFile CodiceDestinatario Formato TentativiInvio MessageId Note?",
        ),
    }
)
OUTCOME = "IdentificativoSdI RiferimentoFattura? Esito Descrizione? MessageIdCommittente? Signature?"
OUTCOMES = MappingProxyType({"EC01": ReceiptKind.ACCEPTED, "EC02": ReceiptKind.REFUSED})
Children = Mapping[str, etree._Element]


def read(content: bytes) -> Receipt:
    """The receipt in a file. Raises Unfit, which says what is wrong with it."""
    root = _root(content)
    name = etree.QName(root)
    form = FORMS.get((name.namespace or "", name.localname))
    if form is None:
        raise Unfit("its root {name} is none of a receipt of SdI", name=name.localname)
    if root.get("versione") != "1.0":
        raise Unfit("its version is not 1.0")
    kind, order = form
    said = _children(root, order)
    to_office = name.namespace == TO_OFFICES
    if kind is None:
        kind = _outcome(said["EsitoCommittente"], _text(said, "IdentificativoSdI", 36))
    return Receipt(
        kind,
        to_office,
        _sdi_id(said, to_office=to_office),
        _text(said, "NomeFile", 50),
        _moment(said),
        _digest(said),
        _errors(said["ListaErrori"], to_office=to_office) if "ListaErrori" in said else (),
    )


def _root(content: bytes) -> etree._Element:
    if len(content) > LARGEST:
        raise Unfit("it is larger than 5 MB")
    # Nothing is looked up elsewhere, whatever the file says.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise Unfit("it is no XML") from None
    if root.getroottree().docinfo.doctype:
        raise Unfit("it declares a document type, which receipts of SdI do not")
    return root


def _children(parent: etree._Element, order: str) -> Children:
    found: dict[str, etree._Element] = {}
    waiting = [child for child in parent if isinstance(child.tag, str)]
    for wanted in order.split():
        name = wanted.removesuffix("?")
        tag = SIGNATURE if name == "Signature" else name
        if waiting and waiting[0].tag == tag:
            found[name] = waiting.pop(0)
        elif name == wanted:
            raise Unfit("{name} is missing in it, or not in its place", name=name)
    if waiting:
        raise Unfit("{name} is in it, where it cannot be", name=etree.QName(waiting[0]).localname)
    return found


def _text(said: Children, name: str, limit: int) -> str:
    """What stands in the element, at least one and at most `limit` characters."""
    text = (said[name].text or "").strip()
    if not text or len(text) > limit or len(said[name]):
        raise Unfit("{name} is empty in it, or too long", name=name)
    return text


def _sdi_id(said: Children, *, to_office: bool) -> str:
    text = _text(said, "IdentificativoSdI", 12 if to_office else 36)
    if to_office and not (text.isascii() and text.isdigit()):
        raise Unfit("{name} is no number in it", name="IdentificativoSdI")
    return text


def _moment(said: Children) -> datetime | None:
    """When the file was delivered or received; SdI writes Rome's time where it does not say which."""
    for name in ("DataOraConsegna", "DataOraRicezione"):
        if name in said:
            try:
                moment = datetime.fromisoformat(_text(said, name, 40))
            except ValueError:
                raise Unfit("{name} is no moment in it", name=name) from None
            return moment if moment.tzinfo else moment.replace(tzinfo=ROME)
    return None


def _digest(said: Children) -> str:
    """The SHA-256 in hexadecimal digits; SdI has written it in base64, too."""
    name = next((name for name in ("Hash", "HashFileOriginale") if name in said), None)
    if name is None:
        return ""
    text = _text(said, name, 100)
    if SHA_256.fullmatch(text):
        return text.lower()
    try:
        plain = base64.b64decode(text, validate=True)
    except ValueError:  # binascii.Error is one; letters that are none of base64 are another
        plain = b""
    if len(plain) != sha256().digest_size:
        raise Unfit("{name} is no SHA-256 in it", name=name)
    return plain.hex()


def _errors(listed: etree._Element, *, to_office: bool) -> tuple[SdiError, ...]:
    order = "Codice Descrizione" if to_office else "Codice Descrizione Suggerimento"
    found = []
    for error in listed:
        if not isinstance(error.tag, str):
            continue
        if error.tag != "Errore":
            raise Unfit("{name} is in it, where it cannot be", name=etree.QName(error).localname)
        said = _children(error, order)
        found.append(SdiError(_text(said, "Codice", 5), (said["Descrizione"].text or "").strip()[:1000]))
    if not found:
        raise Unfit("{name} is missing in it, or not in its place", name="Errore")
    return tuple(found)


def _outcome(of: etree._Element, sdi_id: str) -> ReceiptKind:
    said = _children(of, OUTCOME)
    outcome = _text(said, "Esito", 4)
    if outcome not in OUTCOMES:
        raise Unfit("{name} is none of EC01 and EC02 in it", name="Esito")
    if _text(said, "IdentificativoSdI", 36) != sdi_id:
        raise Unfit("it answers two files at once")
    return OUTCOMES[outcome]
