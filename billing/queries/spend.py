"""What a property was invoiced, by month and add-on, and what credit notes took off it again."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, extract, func, select

from billing.models import AddOn, CreditNote, Invoice, Subscription
from billing.queries.subscriptions import OF_PROPERTY


@cache
def invoiced() -> Select[int, int, str, int]:
    """Year, month, add-on and minor units of what was invoiced to `property_id` since `first_day`, with VAT."""
    return _added_up(Invoice)


@cache
def credited() -> Select[int, int, str, int]:
    """The same of its credit notes, by the month in which they were issued."""
    return _added_up(CreditNote)


def _added_up(document: type[Invoice | CreditNote]) -> Select[int, int, str, int]:
    year, month = extract("year", document.issued_on), extract("month", document.issued_on)
    return (
        select(year, month, AddOn.name, func.sum(document.total_minor))
        .select_from(Subscription)
        .join(
            document,
            (document.workspace_id == Subscription.workspace_id)
            & (document.subscription_id == Subscription.id),
        )
        .join(AddOn, AddOn.id == Subscription.add_on_id)
        .where(*OF_PROPERTY, document.issued_on >= bindparam("first_day"))
        .group_by(year, month, AddOn.name)
    )
