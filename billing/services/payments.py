"""How a property pays."""

from __future__ import annotations

from billing.domain.actors import Actor
from billing.domain.models import PaymentMethod
from billing.domain.models.base import new_id
from billing.domain.snapshots import CardSnapshot
from billing.work import Billing


def keep_method(billing: Billing, actor: Actor, property_id: str, token: str, card: CardSnapshot) -> str:
    """Keeps a card that the gateway has saved, by its token, for the property; answers its id.

    Raises NotFound, NotAllowed.
    """
    with billing.work("payment_method.keep") as work:
        work.property_as_admin(actor, property_id)
        method = PaymentMethod(
            workspace_id=actor.workspace_id,
            id=new_id("pm"),
            property_id=property_id,
            token=token,
            brand=card.brand,
            last_four=card.last_four,
            expiry_month=card.expiry_month,
            expiry_year=card.expiry_year,
            added_by=actor.user_id,
            added_at=work.now,
        )
        work.session.add(method)
        work.record(
            "payment_method.keep", method.id, after={"brand": card.brand, "last_four": card.last_four}
        )
        return method.id
