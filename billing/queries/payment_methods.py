"""Payment methods: cards by the token that the gateway gave them, and those of a property."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, Update, bindparam, select, update

from billing.models import PaymentMethod


@cache
def stored_card() -> Select[PaymentMethod]:
    """The card of `property_id` that has that `token`, unless it was removed."""
    return select(PaymentMethod).where(
        PaymentMethod.workspace_id == bindparam("workspace_id"),
        PaymentMethod.property_id == bindparam("property_id"),
        PaymentMethod.token == bindparam("token"),
        PaymentMethod.removed_at.is_(None),
    )


@cache
def remove_cards() -> Update:
    """Removes the saved cards of `of_property` at the moment `at`."""
    return (
        update(PaymentMethod)
        .where(
            PaymentMethod.workspace_id == bindparam("workspace"),
            PaymentMethod.property_id == bindparam("of_property"),
            PaymentMethod.removed_at.is_(None),
        )
        .values(removed_at=bindparam("at"))
        .execution_options(synchronize_session=False)
    )


@cache
def card_with_token() -> Select[str]:
    """One card, of whatever property, that has that `token` and was not removed."""
    return (
        select(PaymentMethod.id)
        .where(PaymentMethod.token == bindparam("token"), PaymentMethod.removed_at.is_(None))
        .limit(1)
    )


@cache
def saved_cards() -> Select[PaymentMethod]:
    """The cards of `property_id` that were not removed, newest first."""
    return (
        select(PaymentMethod)
        .where(
            PaymentMethod.workspace_id == bindparam("workspace_id"),
            PaymentMethod.property_id == bindparam("property_id"),
            PaymentMethod.removed_at.is_(None),
        )
        .order_by(PaymentMethod.added_at.desc(), PaymentMethod.id.desc())
    )
