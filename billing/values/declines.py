"""Why money was not collected, in English, by the gateway's word: what comes behind "Payment failed:".

That a card was reported stolen is the bank's to say, not ours in front of the team.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DECLINED = "your bank declined the charge"
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "insufficient_funds": "insufficient funds",
        "stolen_card": "the bank no longer accepts this card",
        "expired": "no one confirmed it in time",
        "no_payment_method": "there is no card yet",
        "not_issued": "no invoice can be issued for it, because a billing detail is missing",
        "authentication_required": "its Billing Admin has to confirm it at the bank first",
    }
)
REFUND_DECLINED = "the bank sent it back"
REFUND_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "expired_or_canceled_card": "the card has expired or was cancelled",
        "lost_or_stolen_card": "the bank no longer accepts this card",
        "charge_already_refunded": "it was given back already",
    }
)


def decline_reason(code: str | None) -> str:
    """The English of it, to be translated; of any other word that the bank declined."""
    return REASONS.get(code or "", DECLINED)


def refund_reason(code: str | None) -> str:
    """The same of what could not be given back."""
    return REFUND_REASONS.get(code or "", REFUND_DECLINED)
