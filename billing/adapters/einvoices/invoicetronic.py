"""E-invoices to SdI by Invoicetronic, an intermediary with a REST API (1.17), and what SdI says of them.

By urllib3 and not by its SDK, which is held against the pretend Invoicetronic in the tests: the SDK's models know
nine states and make one unknown word an error of the whole list, behind which a rejection would stay unread.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from billing.calls import calling
from billing.ports import MailDeferred, MailRejected, MailServerUnavailable, WebhookRefused
from billing.values.sdi import Receipt, ReceiptKind, SdiError
from billing.values.sdi_mails import ArrivedMail, Attached, MailKind, Place, SentFile, file_of

NAME = "invoicetronic.com"
# Connecting and the whole answer together.
SECONDS = 20.0
LARGEST = 8 * 1024 * 1024
PAGE = 100
# A number may be given before, and be seen after, so many later ones: these are read again.
MARGIN = 20
# In place of a mailbox's UIDVALIDITY, which is never zero: the UIDs are the numbers of updates.
UPDATES = 0
# The account is at fault and not the file: no other would fare better. 402: nothing is left of what was bought.
ACCOUNT = frozenset({401, 402, 403, 429})
# The file itself will never be taken.
REFUSED = frozenset({400, 404, 413, 415, 422})
# A webhook is good for so long, as Invoicetronic itself advises.
STALE_SECONDS = 300
SENT = "Inviato"
RECEIPTS = MappingProxyType(
    {
        "Consegnato": ReceiptKind.DELIVERED,
        "NonConsegnato": ReceiptKind.NOT_DELIVERED,
        "ImpossibilitaDiRecapito": ReceiptKind.NOT_DELIVERED,
        "Scartato": ReceiptKind.REJECTED,
        "AccettatoDalDestinatario": ReceiptKind.ACCEPTED,
        "RifiutatoDalDestinatario": ReceiptKind.REFUSED,
        "DecorrenzaTermini": ReceiptKind.LAPSED,
        "AttestazioneTrasmissioneFattura": ReceiptKind.ATTESTED,
    }
)
Json = Mapping[str, Any]


class InvoicetronicTransport:
    """By the account of that API key. It signs what public offices take; where files go is its business."""

    sender = sdi_address = NAME
    signs = True

    def __init__(self, key: str, url: str, seconds: float = SECONDS) -> None:
        self._url = url.rstrip("/")
        self._headers = urllib3.make_headers(basic_auth=f"{key}:") | {"Accept": "application/json"}
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(total=seconds), retries=False)

    def send(self, file: SentFile) -> None:
        """Hands the file over, once: the Message-ID is its idempotency key, and its name here.

        What may have gone is looked up first, for a key is good for a day. Raises as a mailer does.
        """
        with calling("invoicetronic"):
            if not (file.again and self._has(file)):
                self._post(file)

    def arrived(self, last: Place | None, since: date) -> Iterator[ArrivedMail]:
        """The updates after that place, else of that day on, oldest first. Raises MailServerUnavailable."""
        after = last.uid if last and last.uid_validity == UPDATES else 0
        with calling("invoicetronic"):
            for update in self._updates(after, since):
                yield self._read(update)

    def prove(self) -> int:
        """How many files may still be sent. Raises MailServerUnavailable."""
        with calling("invoicetronic"):
            said = self._get("status")
        left = said.get("operation_left") if isinstance(said, dict) else None
        return left if isinstance(left, int) else 0

    def _has(self, file: SentFile) -> bool:
        rows = self._get("send", file_name=file.name, page_size=PAGE)
        names = {file.name, f"{file.name}.p7m"}
        return any(row.get("file_name") in names or _sent_as(row) == file.message_id for row in _rows(rows))

    def _post(self, file: SentFile) -> None:
        body = {
            "file_name": file.name,
            "payload": base64.b64encode(file.content).decode(),
            "encoding": "Base64",
            "meta_data": {"message_id": file.message_id},
        }
        # Without the word it signs what is for public offices, too; said, it does not hang on a default.
        query = "?signature=Apply" if file.is_to_office else ""
        headers = {**self._headers, "Idempotency-Key": file.message_id}
        try:
            answer = self._http.request(
                "POST", f"{self._url}/send{query}", json=body, headers=headers, redirect=False
            )
        except (NewConnectionError, ConnectTimeoutError) as trouble:
            raise MailServerUnavailable(type(trouble).__name__) from trouble
        except HTTPError as trouble:
            raise MailDeferred(type(trouble).__name__) from trouble
        if 200 <= answer.status < 300:
            return
        why = f"HTTP {answer.status} {_words(answer.data)}".strip()
        if answer.status in ACCOUNT:
            raise MailServerUnavailable(why)
        if answer.status in REFUSED:
            raise MailRejected(answer.status, _words(answer.data))
        # 409: the same file is being taken right now. All else may have happened after it was.
        raise MailDeferred(why)

    def _updates(self, after: int, since: date) -> list[Json]:
        """All updates with a number above that, and a few before, oldest first; asked for from the newest on."""
        found: dict[int, Json] = {}
        for page in range(1, 1_000):
            rows = _rows(self._get("update", page=page, page_size=PAGE, sort="-id"))
            numbers = [row["id"] for row in rows]
            found |= zip(numbers, rows, strict=True)
            is_sorted = numbers == sorted(numbers, reverse=True)
            if len(rows) < PAGE or (is_sorted and _is_before(rows[0], after, since)):
                break
        return [found[number] for number in sorted(found) if number > after - MARGIN]

    def _get(self, path: str, **query: str | int) -> Any:
        try:
            answer = self._http.request(
                "GET",
                f"{self._url}/{path}",
                fields={name: str(value) for name, value in query.items()},
                headers=self._headers,
                redirect=False,
                preload_content=False,
            )
            with answer:
                body = answer.read(LARGEST)
        except HTTPError as trouble:
            raise MailServerUnavailable(type(trouble).__name__) from trouble
        if answer.status != 200:
            raise MailServerUnavailable(f"HTTP {answer.status} {_words(body)}".strip())
        try:
            return json.loads(body)
        except ValueError:
            raise MailServerUnavailable("its answer is no JSON") from None

    def _read(self, update: Json) -> ArrivedMail:
        """What the update says, whatever it is; of what others sent by the same account it says nothing."""
        send, state = update.get("send"), str(update.get("state"))
        message_id = _sent_as(send)
        if not message_id and isinstance(update.get("send_id"), int):
            send = self._get(f"send/{update['send_id']}")
            message_id = _sent_as(send)
        identifier = _text(send, "identifier")
        kept = {
            "update": {name: value for name, value in update.items() if name not in ("is_read", "send")},
            "message_id": message_id,
            "identifier": identifier,
        }
        content = json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()
        named = f"{NAME} {update['id']} {state} {message_id}"
        name = file_of(message_id)
        place, digest = Place(UPDATES, update["id"]), hashlib.sha256(named.encode()).hexdigest()
        said = f"{state}: {_text(update, 'description')}".removesuffix(": ")
        kind: MailKind = MailKind.UNREADABLE
        files: tuple[Attached, ...] = ()
        if not name:
            kind = MailKind.OTHER
        elif state == SENT:
            kind = MailKind.ACCEPTED
        elif state in RECEIPTS and identifier:
            kind, receipt = MailKind.RECEIPTS, _receipt(update, RECEIPTS[state], name, identifier)
            files = (Attached(name, content, receipt),)
        subject = f"{name} {state}".strip()
        return ArrivedMail(place, digest, kind, NAME, subject, message_id, said, files, content)


def verify(secret: str, body: bytes, signature: str, now: datetime) -> str:
    """The name of a webhook, another each time it is sent. Raises WebhookRefused for what is forged or stale."""
    parts = dict(part.strip().partition("=")[::2] for part in signature.split(","))
    at, given = parts.get("t", ""), parts.get("v1", "")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        raise WebhookRefused("it has no moment")
    made = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(made.encode(), given.encode()):
        raise WebhookRefused("its signature is another")
    if abs(now.timestamp() - int(at)) > STALE_SECONDS:
        raise WebhookRefused("it is stale")
    return made


def _receipt(update: Json, kind: ReceiptKind, name: str, identifier: str) -> Receipt:
    listed = update.get("errors")
    errors = tuple(
        SdiError(_text(error, "code"), _text(error, "description"))
        for error in (listed if isinstance(listed, list) else ())
    )
    if kind is ReceiptKind.REJECTED and not errors:
        errors = (SdiError("", _text(update, "description")),)
    return Receipt(kind, None, identifier, name, _moment(update), errors=errors)


def _moment(update: Json) -> datetime | None:
    """When SdI said it; None where that is not told, or not of which zone."""
    try:
        moment = datetime.fromisoformat(_text(update, "last_update"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _is_before(newest: Json, after: int, since: date) -> bool:
    """Whether a page with that newest update was handled before, or is older than all that was sent."""
    moment = _moment(newest)
    return newest["id"] <= after or (moment is not None and moment.date() < since)


def _rows(said: Any) -> list[Json]:
    if not isinstance(said, list) or not all(
        isinstance(row, dict) and type(row.get("id")) is int for row in said
    ):
        raise MailServerUnavailable("its answer is no list")
    return said


def _sent_as(send: Any) -> str:
    """The Message-ID with which we sent it; empty where somebody else did."""
    return _text(send.get("meta_data"), "message_id") if isinstance(send, dict) else ""


def _text(said: Any, name: str) -> str:
    value = said.get(name) if isinstance(said, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _words(body: bytes) -> str:
    """What a problem says (RFC 9457), in one line."""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    return " ".join((_text(said, "detail") or _text(said, "title")).split())[:200]
