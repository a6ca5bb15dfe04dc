"""The limit of a property: above which amount an admin does not buy alone."""

from __future__ import annotations

from billing.models import Property
from billing.services.purchase_requests import waiting_in
from billing.values.actors import Actor, Role
from billing.values.money import read_amount
from billing.values.snapshots import PurchaseLimitPage
from billing.work import Billing, Work


def look_at(billing: Billing, actor: Actor, property_id: str | None = None) -> PurchaseLimitPage:
    """The limit of that property, or of the one that the actor has chosen, and what waits there, for its admins.

    Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("purchase_limit.look_at") as work:
        prop, role = work.property_as_reader(actor, property_id)
        work.property_as_admin(actor, prop.id)
        return _page(work, actor, prop, role)


def change(billing: Billing, actor: Actor, property_id: str, amount: str) -> PurchaseLimitPage:
    """An owner sets what may be charged at once, with VAT, without another admin; nothing typed: any amount.

    What waits stays as it was asked for. Raises NotFound, NotAllowed for anybody but an owner, NotAnAmount.
    """
    with billing.work("purchase_limit.change") as work:
        work.property_as_owner(actor, property_id)
        prop = work.property_as_admin(actor, property_id, lock=True)
        before = prop.approval_minor
        prop.approval_minor = read_amount(amount, prop.currency).minor if amount.strip() else None
        if before != prop.approval_minor:
            work.record("purchase_limit.change", prop.id, _kept(before), _kept(prop.approval_minor))
        return _page(work, actor, prop, Role.OWNER)


def _page(work: Work, actor: Actor, prop: Property, role: Role) -> PurchaseLimitPage:
    others = [one for one in work.admins_of(prop.workspace_id, prop.id) if one != actor.user_id]
    return PurchaseLimitPage(
        prop.snapshot(role), prop.currency, prop.approval_limit, not others, waiting_in(work, prop)
    )


def _kept(minor: int | None) -> dict[str, int]:
    """As the audit log has it."""
    return {} if minor is None else {"minor": minor}
