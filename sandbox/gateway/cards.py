"""The test cards: what each does when it is saved and when it is charged. The numbers are Stripe's published ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TestCard:
    """A card that pretends. `declines_with` names why a charge fails; `asks`: the bank wants to see its customer."""

    number: str
    brand: str
    en: str
    it: str
    declines_with: str | None = None
    asks: bool = False
    cannot_be_saved: bool = False

    @property
    def last_four(self) -> str:
        return self.number[-4:]


CARDS = (
    TestCard("4242424242424242", "visa", "pays", "paga"),
    TestCard("5555555555554444", "mastercard", "pays", "paga"),
    TestCard(
        "4000002760003184",
        "visa",
        "the bank asks each time",
        "la banca chiede conferma ogni volta",
        asks=True,
    ),
    TestCard(
        "4000000000000341", "visa", "is saved, then declined", "si salva, poi è rifiutata", "generic_decline"
    ),
    TestCard("4000000000009995", "visa", "has no money on it", "non ha fondi", "insufficient_funds"),
    TestCard("4000000000009979", "visa", "was stolen", "è stata rubata", "stolen_card"),
    TestCard(
        "4000000000000002",
        "visa",
        "cannot be saved",
        "non si può salvare",
        "generic_decline",
        cannot_be_saved=True,
    ),
)
BY_NUMBER = {card.number: card for card in CARDS}
# Its refunds are on their way until the bank has said what became of them.
PENDING_REFUND = "pm_card_pendingRefund"
# Saved cards that exist without a page, as Stripe's own test tokens do.
BY_TOKEN = {
    "pm_card_visa": CARDS[0],
    PENDING_REFUND: CARDS[0],
    "pm_card_mastercard": CARDS[1],
    "pm_card_authenticationRequired": CARDS[2],
    "pm_card_chargeCustomerFail": CARDS[3],
    "pm_card_visa_chargeDeclinedInsufficientFunds": CARDS[4],
    "pm_card_visa_chargeDeclinedStolenCard": CARDS[5],
}
