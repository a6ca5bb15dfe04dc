"""A pretend exchange system (SdI): answers to the file of an e-invoice as it is switched, in SdI's own schemas."""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from zipfile import BadZipFile, ZipFile

from lxml import etree

TO_COMPANIES = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fattura/messaggi/v1.0"
TO_OFFICES = "http://www.fatturapa.gov.it/sdi/messaggi/v1.0"
# What the switch may say, and the roots of the answers to companies and to public offices: None where there is none.
ROOTS: dict[str, tuple[str | None, str | None]] = {
    "RC": ("RicevutaConsegna", "RicevutaConsegna"),
    "NS": ("RicevutaScarto", "NotificaScarto"),
    "MC": ("RicevutaImpossibilitaRecapito", "NotificaMancataConsegna"),
    "EC01": (None, "NotificaEsito"),
    "EC02": (None, "NotificaEsito"),
    "DT": (None, "NotificaDecorrenzaTermini"),
    "AT": (None, "AttestazioneTrasmissioneFattura"),
    "MT": ("FileMetadati", "MetadatiInvioFile"),
}
OUTCOMES = ("EC01", "EC02")
WORDS = {
    "00311": "CodiceDestinatario non valido",
    "00404": "Fattura duplicata",
    "00324": "IdFiscaleIVA e CodiceFiscale del CessionarioCommittente non coerenti",
}
CODE = re.compile(r"<CodiceDestinatario>([A-Z0-9]{6,7})<")
Part = tuple[str, "str | list[Part]"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A file that SdI sends: its name and content."""

    name: str
    content: bytes


class NoSuchAnswer(ValueError):
    """That answer is given to public offices alone."""


def answer(
    file_name: str, content: bytes, says: str, at: datetime, *, sdi_id: int, code: str = "00311"
) -> Answer:
    """What it answers to the file. `says` is one of ROOTS, `code` why it is rejected. Raises NoSuchAnswer."""
    text, digest = content.decode(), hashlib.sha256(content).hexdigest()
    to_office = 'versione="FPA12"' in text
    root = ROOTS[says][to_office]
    if root is None:
        raise NoSuchAnswer(says)
    recipient = found[1] if (found := CODE.search(text)) else "0000000"
    number = ("IdentificativoSdI", str(sdi_id))
    head: list[Part] = [number, ("NomeFile", file_name)]
    head += [] if to_office else [("Hash", digest)]
    tail: list[Part] = [("MessageId", str(900_000_000 + sdi_id))]
    tail += [("HashFileOriginale", digest)] if says == "AT" else []
    said = (
        _outcome(number, says) if says in OUTCOMES else _parts(says, recipient, at, code, to_office=to_office)
    )
    namespace = TO_OFFICES if to_office else TO_COMPANIES
    made = etree.Element(f"{{{namespace}}}{root}", nsmap={"types": namespace}, versione="1.0")
    _fill(made, [*head, *said, *tail])
    name = f"{PurePath(file_name).stem}_{'NE' if says in OUTCOMES else says}_001.xml"
    return Answer(name, etree.tostring(made, encoding="UTF-8", xml_declaration=True))


def _outcome(number: Part, says: str) -> list[Part]:
    return [("EsitoCommittente", [number, ("Esito", says)])]


def _parts(says: str, recipient: str, at: datetime, code: str, *, to_office: bool) -> list[Part]:
    moment = at.isoformat(timespec="milliseconds")
    received: Part = ("DataOraRicezione", moment)
    to: Part = ("Destinatario", [("Codice", recipient), ("Descrizione", "Destinatario di prova")])
    if says == "RC":
        return [received, ("DataOraConsegna", moment), to]
    if says == "NS":
        error: list[Part] = [("Codice", code), ("Descrizione", WORDS.get(code, "Errore"))]
        error += [] if to_office else [("Suggerimento", "Verificare il file")]
        return [received, ("ListaErrori", [("Errore", error)])]
    if says == "MC":
        return [received] if to_office else [received, ("DataMessaADisposizione", at.date().isoformat())]
    if says == "AT":
        return [received, to]
    if says == "MT":
        formato = "FPA12" if to_office else "FPR12"
        return [("CodiceDestinatario", recipient), ("Formato", formato), ("TentativiInvio", "1")]
    return []


def _fill(parent: etree._Element, parts: list[Part]) -> None:
    for name, value in parts:
        element = etree.SubElement(parent, name)
        if name == "EsitoCommittente":
            element.set("versione", "1.0")
        if isinstance(value, list):
            _fill(element, value)
        else:
            element.text = value


def main(arguments: list[str] | None = None) -> int:
    """Answers to files by files; 1 where one could not be answered, which is said."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.sdi", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="e-invoices, or the ZIP of a day")
    parser.add_argument(
        "--says", choices=sorted(ROOTS), default="RC", help="the switch: what it answers to each"
    )
    parser.add_argument("--code", default="00311", help="why NS rejects them")
    parser.add_argument("--to", type=Path, required=True, help="the folder for the receipts")
    asked = parser.parse_args(arguments)
    failed = False
    for name, content in _sent(asked.files):
        # The same file has the same number, however often it is answered.
        number = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
        try:
            made = answer(name, content, asked.says, datetime.now(UTC), sdi_id=number, code=asked.code)
        except (NoSuchAnswer, UnicodeDecodeError):
            sys.stdout.write(f"{name}: no such answer to it; {asked.says} may be for public offices alone\n")
            failed = True
            continue
        asked.to.mkdir(parents=True, exist_ok=True)
        (asked.to / made.name).write_bytes(made.content)
        sys.stdout.write(f"{asked.to / made.name}\n")
    return int(failed)


def _sent(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        try:
            with ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".xml")]
                yield from ((name, archive.read(name)) for name in names)
        except BadZipFile:
            yield path.name, path.read_bytes()


if __name__ == "__main__":
    sys.exit(main())
