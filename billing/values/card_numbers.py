"""Finds payment card numbers in what people type, so that none is ever kept."""

from __future__ import annotations

import re
import unicodedata

from stdnum import luhn

# Digits in groups, as people write a card: parted by at most three blanks, hyphens, dots or slashes.
DIGIT_GROUPS = re.compile(r"[0-9]+(?:[\s.\-/_]{1,3}[0-9]+)*")
MINUS = "\u2212"
# How the numbers of each scheme begin, and how many digits they have: other numbers are nobody's cards, though one in
# ten of them passes Luhn's check. In turn: Visa, Mastercard, American Express, Diners Club, JCB, Mir, those of one
# country, and Maestro, Discover and UnionPay.
ISSUED = re.compile(
    r"4(\d{12}|\d{15}|\d{18})"
    r"|(5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"
    r"|3[47]\d{13}"
    r"|30[0-5]\d{11}|3095\d{10}|3[689]\d{12,17}"
    r"|35\d{14,17}|(2131|1800)\d{11}"
    r"|220[0-5]\d{12,15}"
    r"|(8[12]\d{2}|8600|9704|9792|9860)\d{12,15}"
    r"|(50|5[6-8]|6\d)\d{11,17}"
)


def holds_card_number(text: str) -> bool:
    """Whether some run of digit groups in the text is a number of 13 to 19 digits that an issuer of cards may give.

    That is one of an issuer's range which passes Luhn's check (product, line 8).
    """
    plain = "".join(_plain(sign) for sign in unicodedata.normalize("NFKC", text))
    return any(_holds(re.findall(r"[0-9]+", run)) for run in DIGIT_GROUPS.findall(plain))


def _plain(sign: str) -> str:
    """The digit of any script as 0 to 9, any dash as a hyphen, and nothing for what cannot be seen."""
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(sign)
    if category == "Pd" or sign == MINUS:
        return "-"
    return "" if category == "Cf" else sign


def _holds(groups: list[str]) -> bool:
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += group
            if len(digits) > 19:
                break
            if ISSUED.fullmatch(digits) and luhn.is_valid(digits):
                return True
    return False
