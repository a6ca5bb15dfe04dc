"""Why nothing is done with the books."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HoldReason(StrEnum):
    """An operator's word, books from a backup, or a gateway that collected for others that lived on."""

    OPERATOR = "operator"
    RESTORED = "restored"
    AHEAD = "ahead"

    @classmethod
    def _missing_(cls, _: object) -> HoldReason:
        """That of a later version: the books are on hold all the same, and what it names is said as it stands."""
        return cls.OPERATOR


# For a translator, with what the reason names: the operator's own words, a moment, a count.
SENTENCES = {
    HoldReason.OPERATOR: "{value}",
    HoldReason.RESTORED: "Restored from the backup of {value}.",
    HoldReason.AHEAD: "Payments that the gateway collected and these books do not have: {value}.",
}


@dataclass(frozen=True, slots=True)
class WhyHeld:
    """The reason of a hold; as text in English, for the log."""

    reason: HoldReason
    value: str

    @property
    def sentence(self) -> str:
        return SENTENCES[self.reason]

    def __str__(self) -> str:
        return self.sentence.format(value=self.value)
