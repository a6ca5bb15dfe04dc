"""Finds payment card numbers in what people type, so that none is ever kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from stdnum import luhn

# Digits in groups, parted by at most six signs that are neither letters nor digits: some are several when they are
# normalised. A group, and what follows it.
DIGIT_GROUPS = re.compile(r"[0-9]+(?:[\W_]{1,6}[0-9]+)*")
GROUP = re.compile(r"([0-9]+)([^0-9]*)")
BLANK, USUAL = re.compile(r"[\s-]+"), re.compile(r"[\s./_-]+")
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
    return any(_holds(GROUP.findall(run)) for run in DIGIT_GROUPS.findall(plain))


def _plain(sign: str) -> str:
    """A digit of any script as 0 to 9, any dash as a hyphen, and nothing for what is unseen or only adorns."""
    value = unicodedata.numeric(sign, None)
    if value is not None and value in range(10):
        return str(int(value))
    category = unicodedata.category(sign)
    if category == "Pd" or sign == MINUS:
        return "-"
    return "" if category in ("Cf", "Mn", "Me") else sign


def _holds(run: Sequence[tuple[str, str]]) -> bool:
    for first in range(len(run)):
        groups: list[str] = []
        for group, _ in run[first:]:
            groups.append(group)
            digits = "".join(groups)
            if len(digits) > 19:
                break
            parted_by = [parting for _, parting in run[first : first + len(groups) - 1]]
            if ISSUED.fullmatch(digits) and luhn.is_valid(digits) and _is_one(groups, parted_by):
                return True
    return False


def _is_one(groups: Sequence[str], parted_by: Sequence[str]) -> bool:
    """Whether the groups are one number, and no list of amounts, dates or telephone numbers.

    By blanks and hyphens a number is parted anywhere. By other signs only into groups as long as those on cards, or
    all alike by the same sign: an amount has its decimals behind another sign than stands before the next amount.
    """
    if all(BLANK.fullmatch(parting) for parting in parted_by):
        return True
    *others, last = map(len, groups)
    signs = {parting.strip() for parting in parted_by}
    if min(others) >= 4:
        return len(signs) == 1 or all(USUAL.fullmatch(parting) for parting in parted_by)
    is_even = len(set(others)) == 1 and last <= others[0]
    return is_even and len(set(parted_by)) == 1 and signs == set(parted_by)
