"""What the exchange system (SdI) answers to the file of an e-invoice, and where its answers leave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

# A document is sent within twelve days of its date (art. 21, 4 D.P.R. 633/1972), what was rejected again within five
# of SdI's receipt (Provvedimento 89757/2018, 6.3).
DAYS_TO_SEND = timedelta(days=12)
DAYS_TO_SEND_AGAIN = timedelta(days=5)
# So many days before a date is over the operator is reminded.
REMINDED = timedelta(days=3)


class EInvoiceState(StrEnum):
    """Where an edition is.

    LEFT: it could not be delivered, and lies in the buyer's area at the tax authority; it is issued. ATTESTED: the
    same of a public office. ACCEPTED, REFUSED: what a public office said; LAPSED: it said nothing in time.
    """

    READY = "ready"
    EXPORTED = "exported"
    SENT = "sent"
    LEFT = "left"
    DELIVERED = "delivered"
    ATTESTED = "attested"
    LAPSED = "lapsed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REJECTED = "rejected"


class ReceiptKind(StrEnum):
    """SdI's short names: NE is in two, for whether the public office accepts."""

    DELIVERED = "RC"
    REJECTED = "NS"
    NOT_DELIVERED = "MC"
    ACCEPTED = "EC01"
    REFUSED = "EC02"
    LAPSED = "DT"
    ATTESTED = "AT"
    # Of what others send to us: it says nothing of what we sent.
    METADATA = "MT"


@dataclass(frozen=True, slots=True)
class SdiError:
    """Why SdI rejected a file, by its code and in its own words, which are Italian."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One answer of SdI to a file. `to_office`: it is written in the schema of the public administration.

    An intermediary does not say in which (None). `digest` is the SHA-256 of the file that it answers, if the schema
    has it.
    """

    kind: ReceiptKind
    to_office: bool | None
    sdi_id: str
    file_name: str
    said_at: datetime | None = None
    digest: str = ""
    errors: tuple[SdiError, ...] = ()

    @property
    def sent_as(self) -> str:
        """The name of the file without what a signature adds to it."""
        return self.file_name.removesuffix(".p7m")

    @property
    def is_of_signed(self) -> bool:
        """Whether somebody signed the file before it was sent: its SHA-256 is another then."""
        return self.file_name != self.sent_as


STATE_OF = MappingProxyType(
    {
        ReceiptKind.DELIVERED: EInvoiceState.DELIVERED,
        ReceiptKind.REJECTED: EInvoiceState.REJECTED,
        ReceiptKind.NOT_DELIVERED: EInvoiceState.LEFT,
        ReceiptKind.ACCEPTED: EInvoiceState.ACCEPTED,
        ReceiptKind.REFUSED: EInvoiceState.REFUSED,
        ReceiptKind.LAPSED: EInvoiceState.LAPSED,
        ReceiptKind.ATTESTED: EInvoiceState.ATTESTED,
    }
)
UNANSWERED = (EInvoiceState.READY, EInvoiceState.EXPORTED, EInvoiceState.SENT)
# What SdI has to take by a day, and has not said that it did. Who exports files need not bring its answers.
TO_BE_TAKEN = (EInvoiceState.READY, EInvoiceState.SENT)
# After these nothing else comes for the same file.
ENDS = frozenset(
    {
        EInvoiceState.REJECTED,
        EInvoiceState.ATTESTED,
        EInvoiceState.ACCEPTED,
        EInvoiceState.REFUSED,
        EInvoiceState.LAPSED,
    }
)
# What is sent again, with the same number, as another file.
SENT_AGAIN = (EInvoiceState.REJECTED, EInvoiceState.REFUSED)
STEPS = MappingProxyType(dict.fromkeys(UNANSWERED, 0) | {EInvoiceState.LEFT: 1, EInvoiceState.DELIVERED: 2})


def is_to_office(content: bytes) -> bool:
    """Whether the file is for a public office, which takes signed files alone (FatturaPA, 1.1.3)."""
    return b'versione="FPA12"' in content[:500]


def contradicts(state: EInvoiceState, said: EInvoiceState) -> bool:
    """Whether both cannot be true of one file, in whatever order they came."""
    if state == said or state in UNANSWERED:
        return False
    if state in ENDS and said in ENDS:
        return True
    pair = {state, said}
    return EInvoiceState.REJECTED in pair or pair == {EInvoiceState.ATTESTED, EInvoiceState.DELIVERED}


def after(state: EInvoiceState, said: EInvoiceState) -> EInvoiceState:
    """The state when that was said, too: what came late takes nothing back."""
    last = len(STEPS)
    return said if STEPS.get(said, last) >= STEPS.get(state, last) else state


def send_by(issued_on: date) -> date:
    """The last day on which a document of that day may be sent."""
    return issued_on + DAYS_TO_SEND


def send_again_by(rejected_on: date) -> date:
    """The last day on which what was rejected that day may be sent again with its number and date."""
    return rejected_on + DAYS_TO_SEND_AGAIN
