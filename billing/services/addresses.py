"""The billing address of one subscription."""

from __future__ import annotations

from dataclasses import asdict

from billing.invoicing.parties import buyer_of
from billing.models.rules import Situation
from billing.values.actors import Actor
from billing.values.addresses import BillingAddress
from billing.values.snapshots import SubscriptionSnapshot
from billing.vat_numbers import rely_on
from billing.work import Billing


def change(
    billing: Billing, actor: Actor, subscription_id: str, address: BillingAddress, seen_version: int
) -> SubscriptionSnapshot:
    """Puts the address on this subscription's later invoices, as its own; issued ones stay (product, line 9).

    `seen_version` is the version that the actor had before their eyes. Raises NotFound, NotAllowed,
    ChangedMeanwhile, and TaxCaseUnknown where invoices to it could not be issued: in a country without a rule,
    or in one in which the company of the subscription has no VAT number; VatNumberInvalid where VIES said so of it.
    """
    with billing.work("address.change") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        subscription.can_change_address(Situation(work.now)).or_refuse()
        if work.is_repeated(subscription, seen_version, is_so=subscription.address == address):
            return work.snapshot(subscription)
        buyer = buyer_of(address, subscription.company, "", "")
        treatment = work.drafter.treatment_of(buyer)
        rely_on(work.session, actor.workspace_id, buyer.vat_number, treatment.note, work.now)
        before = subscription.address
        subscription.bill(address, subscription.company)
        subscription.wake(work.now)
        after = asdict(address)
        work.record("address.change", subscription.id, asdict(before) if before else None, after)
        return work.snapshot(subscription)
