"""The billing address of one subscription."""

from __future__ import annotations

from dataclasses import asdict

from billing.invoicing.billable import refuse_unbillable
from billing.invoicing.parties import buyer_of
from billing.models.rules import Situation
from billing.values.actors import Actor
from billing.values.addresses import BillingAddress
from billing.values.snapshots import SubscriptionSnapshot
from billing.work import Billing


def change(
    billing: Billing, actor: Actor, subscription_id: str, address: BillingAddress, seen_version: int
) -> SubscriptionSnapshot:
    """Puts the address on this subscription's later invoices, as its own; issued ones stay (product, line 9).

    `seen_version` is the version that the actor had before their eyes. Raises NotFound, NotAllowed,
    ChangedMeanwhile, and TaxCaseUnknown where invoices to it could not be issued: in a country without a rule,
    or in one in which the company of the subscription has no VAT number; VatNumberInvalid where VIES said so of it;
    InvoiceIncomplete and NotSendable where no e-invoice could be made out to it. Abroad the company goes without what
    only Italian invoices carry.
    """
    with billing.work("address.change") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        subscription.can_change_address(Situation(work.now)).or_refuse()
        if work.is_repeated(subscription, seen_version, is_so=subscription.address == address):
            return work.snapshot(subscription)
        before, company_before = subscription.address, subscription.company
        company = (
            company_before.without_italian() if company_before and address.country != "IT" else company_before
        )
        buyer = buyer_of(address, company, "", "")
        refuse_unbillable(work.session, work.drafter, actor.workspace_id, buyer, work.now)
        subscription.bill(address, company)
        subscription.wake(work.now)
        after = asdict(address)
        work.record("address.change", subscription.id, asdict(before) if before else None, after)
        if company != company_before:
            was, is_ = (one.as_dict() if one else None for one in (company_before, company))
            changed = {"company": was}, {"company": is_}
            work.record("company.change", subscription.id, *changed)
        return work.snapshot(subscription)
