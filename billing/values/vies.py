"""VIES, the Union's register of VAT numbers: what it answers, and for how long an answer is good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from stdnum.eu import vat

# A renewal's invoice stands on an answer that is no older than this (decision 28).
GOOD_FOR = timedelta(days=30)
# Before a renewal, so that there is time to correct a number that is valid no more.
BEFORE_RENEWAL = timedelta(days=3)
# A number that is used though it is invalid: it may have been registered meanwhile.
INVALID_AGAIN = timedelta(days=1)
# As numbers begin.
MEMBER_STATES = frozenset(
    "EL" if state == "gr" else state.upper() for state in vat.MEMBER_STATES if state != "xi"
)


class VatState(StrEnum):
    """What is known of a VAT number: VIES has said nothing yet, or this."""

    UNVERIFIED = "unverified"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class ViesAnswer:
    """A definite answer about `number`, asked in the name of `requester`.

    `consultation` is VIES's proof of the question (`requestIdentifier`), empty where it gave none. The register's
    `name` and `address` are empty where the member state does not tell them. `said` is the answer as it came.
    """

    number: str
    requester: str
    is_valid: bool
    consultation: str
    name: str
    address: str
    said: dict[str, object]


@dataclass(frozen=True, slots=True)
class VatNumberSnapshot:
    """A buyer's VAT number, as far as VIES has been asked.

    `asked_at` is the moment of the last definite answer, `next_at` that of the next question, if any; `trouble` is
    why there was no answer, since `silent_since`.
    """

    workspace_id: str
    number: str
    state: VatState
    asked_at: datetime | None
    consultation: str
    next_at: datetime | None
    silent_since: datetime | None
    trouble: str
    name: str = ""
    address: str = ""


def parts_of(number: str) -> tuple[str, str]:
    """The member state as VIES has it (Greece is EL), and the number there."""
    return number[:2], number[2:]


class ViesUnavailable(Exception):
    """No answer came: a timeout, a 5xx, a member state that is away. `reason` is VIES's own word, or the error's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ViesMisconfigured(ViesUnavailable):
    """VIES refuses the question itself: the requester's number, or this address. The operator must mend it."""
