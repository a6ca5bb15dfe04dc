"""E-invoices in the operator's words: where each is, until when to send it, what SdI said and what came of that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from billing.i18n import Translator
from billing.values import sdi

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing.services.einvoices import EInvoiceSnapshot
    from billing.services.sdi_mails import MailSetAside
    from billing.services.sdi_receipts import Taken
    from billing.services.sdi_sendings import SendingSnapshot

STATES: Mapping[str, str] = MappingProxyType(
    {
        "ready": "not exported yet",
        "exported": "exported {moment} UTC",
        "sent": "sent {moment} UTC",
        "left": "issued, in the buyer's area at the tax authority: tell the buyer to look there",
        "delivered": "delivered",
        "attested": "issued; SdI attests that it could not be delivered: send the office its attestation",
        "lapsed": "delivered; the office neither accepted nor refused it in time",
        "accepted": "accepted by the office",
        "refused": "refused by the office",
        "rejected": "rejected",
    }
)
# What to do about the codes that SdI alone can find out; its own words stand beside them.
WAYS_ON: Mapping[str, str] = MappingProxyType(
    {
        "00002": "a file of that name was sent before: retry gives it another",
        "00305": "SdI does not know the buyer's VAT number: correct it by --vat-number",
        "00306": "SdI does not know the buyer's Codice Fiscale: correct it by --codice-fiscale",
        "00311": "SdI does not know the buyer's SDI code: correct it by --sdi-code",
        "00324": "the buyer's VAT number and Codice Fiscale are not of the same: correct one of them",
        "00404": "SdI has an invoice of that number and date already: look it up there, and do not send it",
        "00409": "SdI has an invoice of that number and date already: look it up there, and do not send it",
    }
)
# What came of a receipt; of one that was taken the state is said.
VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "late": "{file}: kept; it came late, {number} was already: {state}.",
        "unknown": "{file}: kept, but no e-invoice here has the file {sent}: was it sent by another program?",
        "forged": (
            "{file}: kept and not believed: it is not of the file {sent} that was made here (another SHA-256 or "
            "another number of SdI). Look it up at the tax authority."
        ),
        "other_schema": (
            "{file}: kept and not believed: it has the schema of receipts for the other kind of buyer (companies, "
            "public offices) than {number} is for. Look it up at the tax authority."
        ),
        "contradicts": (
            "{file}: kept, but it contradicts what SdI said before: {number} stays: {state}. Look it up at the tax "
            "authority."
        ),
        "double": (
            "{file}: kept; SdI has {sent} already: it was sent twice, since nobody knew whether it had gone, and "
            "the first one counts."
        ),
        "not_ours": "{file}: kept; it is about an invoice that others sent to you, and changes nothing here.",
    }
)
# How a file goes out, and why something that came back was set aside.
SENDINGS: Mapping[str, str] = MappingProxyType(
    {
        "begun": "sent, and not known whether it went: it is looked for until {moment} UTC",
        "waiting": "not taken ({why}): tried again from {moment} UTC on",
        "unsigned": "a public office takes signed files alone: have it signed, and send it yourself",
    }
)
ASIDE: Mapping[str, str] = MappingProxyType(
    {
        "unreadable": "it cannot be read",
        "too_large": "it is larger than any answer of SdI: look at it in the mailbox",
        "no_receipt": "it is from SdI and no receipt",
        "not_from_sdi": "it has a receipt and is not certified to be from SdI: not believed",
        "undelivered": "the provider did not deliver an e-invoice, which is sent again",
        "unknown_mail": "the provider did not deliver a mail that is none of an e-invoice",
        "unknown": "no e-invoice here has that file: was it sent by another program?",
        "forged": "it is not of the file that was made here: not believed, look it up at the tax authority",
        "other_schema": "it is for the other kind of buyer: not believed, look it up at the tax authority",
        "contradicts": "it contradicts what SdI said before: look it up at the tax authority",
    }
)


def sending_of(one: SendingSnapshot, t: Translator) -> str:
    """How far the mail with a file has come."""
    return t(SENDINGS[one.state], why=one.note, moment=f"{one.next_try_at:%Y-%m-%d %H:%M}")


def mail_of(one: MailSetAside, t: Translator) -> str:
    """A mail that was set aside, and why."""
    parts = (f"{one.handled_at:%Y-%m-%d %H:%M}", one.digest[:12], one.sender, one.subject)
    why = t(ASIDE[one.why])
    return "  ".join([*(part for part in parts if part), f"{why} ({one.detail})" if one.detail else why])


def line_of(one: EInvoiceSnapshot, today: date, t: Translator) -> str:
    """One edition in a line."""
    edition = "" if one.edition == 1 else t("edition {count}", count=one.edition)
    parts = (str(one.issued_on), one.number, one.file_name, edition, one.workspace_id, state_of(one, t))
    line = "  ".join(part for part in parts if part)
    return f"{line}; {term}" if (term := _term(one, today, t)) else line


def state_of(one: EInvoiceSnapshot, t: Translator) -> str:
    """Where the edition is, with SdI's codes."""
    at = one.exported_at
    said = t(STATES[one.state], moment=f"{at:%Y-%m-%d %H:%M}" if at else "-")
    return ": ".join([said, reasons(one.errors, t)]) if one.errors else said


def reasons(errors: tuple[tuple[str, str], ...], t: Translator) -> str:
    """Why SdI rejected a file: its codes and words, which are Italian, and what to mend where that is known here."""
    said = []
    for code, words in errors:
        said.append(f"{code} {words}".strip() + (f" ({t(WAYS_ON[code])})" if code in WAYS_ON else ""))
    return "; ".join(said)


def came_of(path: str, taken: Taken, t: Translator) -> str:
    """What came of the receipt in that file."""
    state = t(STATES[taken.state], moment="") if taken.state else ""
    if taken.errors:
        state = f"{state}: {reasons(taken.errors, t)}"
    if taken.verdict != "taken":
        values = {"file": path, "sent": taken.file_name, "number": taken.number, "state": state}
        return t(VERDICTS[taken.verdict], **values)
    if taken.again:
        return t(
            "{file}: it was taken before; {number}: {state}.", file=path, number=taken.number, state=state
        )
    return t("{file}: {number}: {state}.", file=path, number=taken.number, state=state)


def _term(one: EInvoiceSnapshot, today: date, t: Translator) -> str:
    left = one.left(today)
    if left is None:
        return ""
    if one.state == "sent":
        return t("no answer of SdI yet: it is issued with one alone, which is due by {day}", day=one.send_by)
    again = one.state in sdi.SENT_AGAIN
    if left.days < 0:
        late = "to be sent again by {day}: late" if again else "to be sent by {day}: late"
        return t(late, day=one.send_by)
    if left <= sdi.REMINDED:
        soon = "to be sent again by {day}: soon" if again else "to be sent by {day}: soon"
        return t(soon, day=one.send_by)
    return t("to be sent again by {day}" if again else "to be sent by {day}", day=one.send_by)
