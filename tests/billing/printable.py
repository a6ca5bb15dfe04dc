"""`python -m tests.billing.printable` writes which characters the invoices' fonts have, after a font has changed."""

from __future__ import annotations

import sys
from itertools import pairwise

from billing.adapters.pdf.scripts import is_pointing
from billing.adapters.pdf.typeface import MISSING, prepare, settable
from billing.values.texts import PRINTABLE


def ranges() -> str:
    """A line for each range of code points, as values read it."""
    prepare()
    codes = [code for code in range(0x20, sys.maxunicode) if _is_taken(chr(code))]
    starts = [codes[0], *(after for before, after in pairwise(codes) if after != before + 1)]
    ends = [*(before for before, after in pairwise(codes) if after != before + 1), codes[-1]]
    return "".join(f"{start:X}-{end:X}\n" for start, end in zip(starts, ends, strict=True))


def _is_taken(sign: str) -> bool:
    """Whether an invoice shows it, or leaves it out as it does with vowel signs."""
    return is_pointing(sign) or settable(sign) not in ("", MISSING)


if __name__ == "__main__":
    PRINTABLE.write_text(ranges(), encoding="ascii")
