"""Why money was not collected, in English, by the try's word for it: what comes behind "Payment failed:".

That a card was reported stolen is the bank's to say, not ours in front of the team. What no bank was asked, no bank
is said to have declined.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Our own account or key was refused, whatever the gateway calls it.
NOT_TRIED = "not_tried"
# The gateway's definite noes before any bank is asked: about an amount or its currency, and about whose card it is.
OF_AMOUNT = frozenset(
    {"amount_too_small", "amount_too_large", "invalid_charge_amount", "parameter_invalid_integer"}
)
OF_CUSTOMER = "payment_method_missing"
# The payer must be there.
AUTHENTICATION_REQUIRED = "authentication_required"
NOT_OF_BANK = OF_AMOUNT | {OF_CUSTOMER}
# What another card would not change.
NOT_OF_CARD = OF_AMOUNT | {NOT_TRIED, "not_issued"}

DECLINED = "your bank declined the charge"
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "insufficient_funds": "insufficient funds",
        "stolen_card": "the bank no longer accepts this card",
        "expired": "no one confirmed it in time",
        "no_payment_method": "there is no card yet",
        "not_issued": "no invoice can be issued for it, because a billing detail is missing",
        AUTHENTICATION_REQUIRED: "its Billing Admin has to confirm it at the bank first",
        "withdrawn": "it was withdrawn before anything was charged",
        NOT_TRIED: "payments weren't working here, and no bank was asked",
        OF_CUSTOMER: "this card can't be charged any more, and no bank was asked",
        **dict.fromkeys(sorted(OF_AMOUNT), "this amount can't be charged to a card, and no bank was asked"),
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


def another_card_helps(code: str | None) -> bool:
    """Whether what failed for that reason may go through with another card."""
    return code not in NOT_OF_CARD
