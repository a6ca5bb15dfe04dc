"""Certified mail (PEC) as its technical rules have it (D.M. 2 November 2005): envelopes, the provider's receipts.

What is certified is said by `daticert.xml`, which the mailbox's own provider has looked at: a mail that comes from
outside with such a file, and was not certified, is wrapped by it as an anomaly. Signatures are not verified again.
"""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from types import MappingProxyType
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import structlog
from lxml import etree

from billing.adapters.einvoices import receipts
from billing.values.errors import Unfit
from billing.values.sdi_mails import ArrivedMail, Attached, MailKind, Place

CERTIFIED, DATA, ORIGINAL = "posta-certificata", "daticert.xml", "postacert.eml"
# What the provider says of a mail that was sent, by its `tipo`.
PROVIDER = MappingProxyType(
    {
        "accettazione": MailKind.ACCEPTED,
        "non-accettazione": MailKind.UNDELIVERED,
        "avvenuta-consegna": MailKind.DELIVERED,
        "errore-consegna": MailKind.UNDELIVERED,
        "rilevazione-virus": MailKind.UNDELIVERED,
        "presa-in-carico": MailKind.NOTED,
        "preavviso-errore-consegna": MailKind.NOTED,
    }
)
# Of a whole mail, archives unpacked: an attestation comes as one, with the invoice.
MOST_FILES, MOST_BYTES = 20, 2 * receipts.LARGEST
# Of others Python unpacks as much at a time as there is.
PACKINGS = (ZIP_STORED, ZIP_DEFLATED)
log = structlog.get_logger()


def read(place: Place, raw: bytes | None, sdi_domain: str) -> ArrivedMail:
    """The mail, whatever it is; SdI's receipts are believed of certified mail from that domain alone."""
    if raw is None:
        named = _named(place)
        return ArrivedMail(place, hashlib.sha256(named.encode()).hexdigest(), MailKind.TOO_LARGE, said=named)
    digest = hashlib.sha256(raw).hexdigest()
    try:
        return _read(place, digest, raw, sdi_domain)
    except (
        Exception
    ) as trouble:  # whatever a mail does to the parser, it is set aside, and the next one is read
        log.exception("a mail could not be read", digest=digest)
        return ArrivedMail(place, digest, MailKind.UNREADABLE, said=type(trouble).__name__, content=raw)


def _read(place: Place, digest: str, raw: bytes, sdi_domain: str) -> ArrivedMail:
    mail = message_from_bytes(raw, policy=policy.default)
    subject, sender = str(mail.get("Subject", "")), str(mail.get("From", ""))
    parts = {str(part.get_filename() or "").lower(): part for part in _own_parts(mail)}
    is_certified = str(mail.get("X-Trasporto", "")).strip().lower() == CERTIFIED
    is_receipt = "X-Ricevuta" in mail and "X-Trasporto" not in mail
    whose = MailKind.OTHER
    holder: Message = mail
    if DATA in parts and (is_certified or is_receipt):
        data = _xml(_bytes_of(parts[DATA]))
        kind, said = data.get("tipo", ""), _words(data)
        if is_receipt and kind in PROVIDER:
            about = (data.findtext(".//msgid") or str(mail.get("X-Riferimento-Message-ID", ""))).strip()
            return ArrivedMail(place, digest, PROVIDER[kind], sender, subject, about, said, content=raw)
        certified = (data.findtext(".//mittente") or "").strip().lower()
        if is_certified and kind == CERTIFIED and ORIGINAL in parts:
            is_sdi = re.fullmatch(rf"[a-z0-9._-]+@{re.escape(sdi_domain)}", certified) is not None
            whose = MailKind.RECEIPTS if is_sdi else MailKind.OTHER
            sender, holder = certified, parts[ORIGINAL]
    try:
        files = tuple(_files(holder))
    except TooMuch:
        said = _named(place)
        return ArrivedMail(place, digest, MailKind.TOO_LARGE, sender, subject, said=said, content=raw)
    return ArrivedMail(place, digest, whose, sender, subject, files=files, content=raw)


def _named(place: Place) -> str:
    return f"UIDVALIDITY {place.uid_validity}, UID {place.uid}"


def _own_parts(part: Message) -> Iterator[Message]:
    """The parts of a mail, and not those of a mail within it."""
    if part.get_content_maintype() == "multipart":
        for each in part.get_payload():
            if isinstance(each, Message):
                yield from _own_parts(each)
    else:
        yield part


def _bytes_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


class TooMuch(Exception):
    """A mail holds more than any answer of SdI."""


@dataclass(slots=True)
class Budget:
    """What may still be taken out of a mail."""

    files: int = MOST_FILES
    size: int = MOST_BYTES

    def take(self, content: bytes) -> bytes:
        """Raises TooMuch."""
        self.files, self.size = self.files - 1, self.size - len(content)
        if self.files < 0 or self.size < 0:
            raise TooMuch
        return content


def _files(mail: Message) -> Iterator[Attached]:
    """What is attached as XML, in archives too, and in mails within it: each as the receipt that it is, or is not.

    Raises TooMuch.
    """
    budget = Budget()
    for part in mail.walk():
        name = str(part.get_filename() or "")
        if name.lower().endswith(".xml") and name.lower() != DATA:
            yield _attached(name, budget.take(_bytes_of(part)))
        elif name.lower().endswith(".zip"):
            yield from _members(name, _bytes_of(part), budget)


def _members(name: str, content: bytes, budget: Budget) -> Iterator[Attached]:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            found = [
                _attached(one.filename, _unpacked(archive, one, budget))
                for one in archive.infolist()
                if one.filename.lower().endswith(".xml")
            ]
    # Damaged, encrypted, or packed in a way that Python does not know.
    except (BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError):
        budget.take(b"")
        yield Attached(name, b"", fault=Unfit("it is an archive that cannot be opened"))
        return
    # Beside the attestation lies the invoice that it is about.
    yield from [one for one in found if one.receipt] or found


def _unpacked(archive: ZipFile, one: ZipInfo, budget: Budget) -> bytes:
    """No more of it is unpacked than may be taken, whatever the archive says of its size."""
    if one.compress_type not in PACKINGS:
        raise NotImplementedError
    with archive.open(one) as packed:
        return budget.take(packed.read(budget.size + 1))


def _attached(name: str, content: bytes) -> Attached:
    """Of what is no receipt nothing is kept."""
    try:
        return Attached(name, content, receipts.read(content))
    except Unfit as fault:
        return Attached(name, b"", fault=fault)


def _xml(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(content, parser)


def _words(data: etree._Element) -> str:
    """What happened, as the provider says it: its kind, its error, and in its own words."""
    error = data.get("errore", "")
    found = (
        data.get("tipo", ""),
        "" if error == "nessuno" else error,
        data.findtext(".//errore-esteso") or "",
    )
    return "; ".join(part.strip() for part in found if part.strip())
