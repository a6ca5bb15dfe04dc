"""The one billing profile of a property, which its subscriptions follow unless they have their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from hashlib import sha256

from billing.invoicing.billable import refuse_unbillable
from billing.invoicing.parties import buyer_of
from billing.locks import lock_property
from billing.models import Property
from billing.models.rules import Situation
from billing.queries.profiles import billed, following, ids_following
from billing.values.actors import Actor, Role
from billing.values.addresses import BillingAddress
from billing.values.buyers import profile_as_kept, typed_profile
from billing.values.companies import Company
from billing.values.errors import BadFields, Fault
from billing.values.refusals import ChangedMeanwhile
from billing.values.snapshots import ProfileSnapshot, SubscriptionSnapshot
from billing.work import Billing, Work


def look_at(billing: Billing, actor: Actor, property_id: str | None = None) -> ProfileSnapshot:
    """The profile of that property, or the one that the actor has chosen, for whoever may change it.

    Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("profile.look_at") as work:
        prop, role = work.property_as_reader(actor, property_id)
        work.property_as_admin(actor, prop.id)
        return _snapshot(work, prop, role)


def change(
    billing: Billing, actor: Actor, property_id: str, typed: Mapping[str, str], seen: str
) -> ProfileSnapshot:
    """Puts what was `typed` on the later invoices of all that follow; issued ones stay (product, line 45).

    `typed` has the fields of BillingAddress and Company, `seen` is what the actor had before their eyes. Raises
    NotFound, NotAllowed, BadFields, ChangedMeanwhile; TaxCaseUnknown, InvoiceIncomplete and NotSendable where no
    invoice to it could be issued, and VatNumberInvalid where VIES said so of its number.
    """
    with billing.work("profile.change") as work:
        prop, role = work.property_as_reader(actor, property_id)
        work.property_as_admin(actor, property_id)
        address, company = typed_profile(typed)
        work.property_and_subscriptions(
            actor, property_id, partial(work.session.scalars, ids_following(), prop.key)
        )
        before = profile_as_kept(prop.address, prop.company)
        if (prop.address, prop.company) == (address, company):
            return _snapshot(work, prop, role)
        if seen != _seal(prop):
            raise ChangedMeanwhile
        _refuse_unbillable(work, actor.workspace_id, address, company)
        prop.address, prop.company = address, company
        for subscription in work.session.scalars(following(), prop.key):
            subscription.bill(address, company)
            subscription.wake(work.now)
        work.record("profile.change", prop.id, before, profile_as_kept(address, company))
        work.session.flush()
        return _snapshot(work, prop, role)


def follow(billing: Billing, actor: Actor, subscription_id: str) -> SubscriptionSnapshot:
    """The subscription goes by the profile of its property again, on its later invoices.

    One that does so already, or whose property has none, stays as it is. Raises NotFound, NotAllowed, and as `change`
    where invoices to it could not be issued any more.
    """
    with billing.work("profile.follow") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        subscription.can_change_address(Situation(work.now)).or_refuse()
        prop = lock_property(work.session, actor.workspace_id, subscription.property_id)
        if prop.address is None or not subscription.has_own_buyer:
            return work.snapshot(subscription)
        _refuse_unbillable(work, actor.workspace_id, prop.address, prop.company)
        before = profile_as_kept(subscription.address, subscription.company)
        subscription.bill(prop.address, prop.company)
        subscription.wake(work.now)
        work.record("profile.follow", subscription.id, before, profile_as_kept(prop.address, prop.company))
        return work.snapshot(subscription)


def _refuse_unbillable(
    work: Work, workspace_id: str, address: BillingAddress, company: Company | None
) -> None:
    buyer = buyer_of(address, company, "", address.country)
    if work.issuer.seller.e_invoices and buyer.lacks_tax_number:
        raise BadFields({"codice_fiscale": Fault("needed_in_italy")})
    refuse_unbillable(work.session, work.drafter, workspace_id, buyer, work.now)


def _snapshot(work: Work, prop: Property, role: Role) -> ProfileSnapshot:
    bought = work.snapshots(work.session.scalars(billed(), prop.key).all())
    return ProfileSnapshot(
        prop.snapshot(role),
        prop.country,
        prop.address,
        prop.company,
        tuple(one for one in bought if not one.has_own_buyer),
        tuple(one for one in bought if one.has_own_buyer),
        _seal(prop),
    )


def _seal(prop: Property) -> str:
    kept = json.dumps(profile_as_kept(prop.address, prop.company), sort_keys=True)
    return sha256(kept.encode()).hexdigest()[:32]
