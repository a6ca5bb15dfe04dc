"""A document as its row keeps it: whole, without what it does not say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from functools import cache
from operator import attrgetter
from typing import Any

from billing.values.documents import (
    AS_PLAIN,
    BESIDE,
    BY_WHOSE_LAW,
    Buyer,
    DocumentLine,
    InvoiceDocument,
    Seller,
    plain_of,
)
from billing.values.tax_groups import TaxGroup

# The version before looks it up.
LOOKED_UP = "paid_on"
# Of these the sentences were changed: which ones a document is drawn with is frozen with it.
REWORDED = frozenset({"not_subject", "split_payment"})
# Where the seller's country is not Italy, of these, too.
ITALIAN = frozenset({"reverse_charge", "exempt"})


def worded(document: InvoiceDocument) -> InvoiceDocument:
    """The document as it is issued today: drawn with the sentences of today, whatever they become."""
    reworded = REWORDED if document.seller.country == "IT" else REWORDED | ITALIAN
    if any(group.note in reworded for group in document.taxes):
        return replace(document, wording=BY_WHOSE_LAW)
    return document


def frozen(document: InvoiceDocument, seller: dict[str, Any] | None = None, *, short: bool) -> dict[str, Any]:
    """`InvoiceDocument.as_json` without its empty fields, of which each is read back as empty.

    A third of a usual document would be names of what it does not say. The hash is made of what this answers. The
    `seller`, where it is given, is what `frozen_seller` says.
    """
    plain = _said(document)
    if not short:
        plain.setdefault(LOOKED_UP, None)
    plain["seller"] = seller or frozen_seller(document.seller)
    plain["buyer"] = _said(document.buyer)
    plain["lines"] = [_said(line) for line in document.lines]
    plain["taxes"] = [_said(group) for group in document.taxes]
    if document.corrects:
        plain["corrects"] = plain_of(document.corrects)
    return plain


@cache
def frozen_seller(seller: Seller) -> dict[str, Any]:
    """What a document keeps of its seller, who is the same in one after the other; not to be changed."""
    return _said(seller)


def _said(part: InvoiceDocument | Seller | Buyer | DocumentLine | TaxGroup) -> dict[str, Any]:
    kind: type = type(part)
    names, values_of, may_be_left_out = _fields_of(kind)
    return {
        name: value if (as_plain := AS_PLAIN.get(type(value))) is None else as_plain(value)
        for name, value in zip(names, values_of(part), strict=True)
        if value or name not in may_be_left_out
    }


@cache
def _fields_of(part: type) -> tuple[list[str], Callable[[Any], tuple[Any, ...]], frozenset[str]]:
    """The fields that a row keeps, what reads them, and those that are left out where they are empty.

    That is no field whose default says something: another version might have another.
    """
    kept = [field for field in fields(part) if not (part is InvoiceDocument and field.name in BESIDE)]
    empty = (field.name for field in kept if field.default is not MISSING and not field.default)
    names = [field.name for field in kept]
    return names, attrgetter(*names), frozenset(empty)
