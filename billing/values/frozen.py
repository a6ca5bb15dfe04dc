"""A document as its row keeps it: whole, without what it does not say."""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import cache
from typing import Any

from billing.values.documents import Buyer, DocumentLine, InvoiceDocument, Seller, TaxGroup

# The version before looks it up.
LOOKED_UP = "paid_on"


def frozen(plain: dict[str, Any], *, short: bool) -> dict[str, Any]:
    """`InvoiceDocument.as_json` without its empty fields, of which each is read back as empty.

    A third of a usual document would be names of what it does not say. The hash is made of what this answers.
    """
    looked_up = {} if short else {LOOKED_UP: plain[LOOKED_UP]}
    return (
        _said(InvoiceDocument, plain)
        | looked_up
        | {
            "seller": _said(Seller, plain["seller"]),
            "buyer": _said(Buyer, plain["buyer"]),
            "lines": [_said(DocumentLine, line) for line in plain["lines"]],
            "taxes": [_said(TaxGroup, group) for group in plain["taxes"]],
        }
    )


def _said(part: type, plain: dict[str, Any]) -> dict[str, Any]:
    may_be_left_out = _empty_by_default(part)
    return {name: value for name, value in plain.items() if value or name not in may_be_left_out}


@cache
def _empty_by_default(part: type) -> frozenset[str]:
    """No field whose default says something: another version might have another."""
    defaults = {field.name: field.default for field in fields(part)}
    return frozenset(name for name, value in defaults.items() if value is not MISSING and not value)
