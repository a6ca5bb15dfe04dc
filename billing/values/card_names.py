"""How a card is named to people: Visa •••• 4242, in every language and on every document."""

from __future__ import annotations


def card_name(brand: str, last_four: str) -> str:
    return f"{brand} •••• {last_four}"


def card_name_of(charged_to: str) -> str:
    """The same of "Visa 4242", as payments and documents keep it; what is no card stays as it is."""
    brand, _, digits = charged_to.rpartition(" ")
    return card_name(brand, digits) if brand and digits.isdigit() else charged_to
