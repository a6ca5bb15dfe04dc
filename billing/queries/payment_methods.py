"""Payment methods: cards by the token that the gateway gave them, those of a property, and what has which."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, Update, bindparam, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from billing.models import AddOn, PaymentMethod, Subscription
from billing.queries.subscriptions import MATTERS, OF_PROPERTY

# A card pays for what its own property has.
WITH_CARD = (
    *OF_PROPERTY,
    or_(
        Subscription.payment_method_id == bindparam("method_id"),
        Subscription.backup_method_id == bindparam("method_id"),
    ),
)


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


@cache
def paid_by_cards() -> Select[str | None, str]:
    """Which of the cards `method_ids` of `property_id` pays for which add-on: not over, or something is open."""
    return _with_one_of_them(Subscription.payment_method_id)


@cache
def backed_by_cards() -> Select[str | None, str]:
    """The same of backups: which of the cards `method_ids` is one, for which add-on."""
    return _with_one_of_them(Subscription.backup_method_id).join(Subscription.backup_method)


@cache
def ids_with_card() -> Select[str]:
    """The ids of the subscriptions that have the card `method_id`, be it as the backup, in their order."""
    return select(Subscription.id).where(*WITH_CARD).order_by(Subscription.id)


@cache
def with_card() -> Select[Subscription]:
    """The subscriptions that have the card `method_id`, be it as the backup, over or not."""
    return select(Subscription).where(*WITH_CARD)


def _with_one_of_them(card_id: InstrumentedAttribute[str | None]) -> Select[str | None, str]:
    return (
        select(card_id, AddOn.name)
        .join(Subscription.add_on)
        .where(*OF_PROPERTY, card_id.in_(bindparam("method_ids", expanding=True)), MATTERS)
        .order_by(AddOn.name, Subscription.id)
    )
