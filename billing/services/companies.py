"""What the invoices of one subscription say of the company that they are for."""

from __future__ import annotations

from collections.abc import Mapping

from billing.invoicing.billable import refuse_unbillable
from billing.invoicing.parties import buyer_of
from billing.models import Subscription
from billing.models.rules import Situation
from billing.values.actors import Actor
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.errors import BadFields, Fault
from billing.values.snapshots import SubscriptionSnapshot
from billing.work import Billing


def change(
    billing: Billing,
    actor: Actor,
    subscription_id: str,
    typed: Mapping[str, str],
    seen_version: int,
    address: BillingAddress | None = None,
) -> SubscriptionSnapshot:
    """Puts the company on this subscription's later invoices; what is issued stays as it is (product, line 40).

    What was `typed` has Company's fields; all empty removes the company. With an `address` both change at once: one
    in another country needs a VAT number of that country. Raises NotFound, NotAllowed, ChangedMeanwhile, BadFields,
    TaxCaseUnknown, InvoiceIncomplete and NotSendable where invoices could not be issued then, and VatNumberInvalid
    where VIES said so.
    """
    with billing.work("company.change") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        subscription.can_change_company(Situation(work.now)).or_refuse()
        before = _as_kept(subscription)
        new_address = address or subscription.address
        country = new_address.country if new_address else subscription.prop.country
        company = Company.typed(country, **typed)
        is_so = (company, new_address) == (subscription.company, subscription.address)
        if work.is_repeated(subscription, seen_version, is_so=is_so):
            return work.snapshot(subscription)
        buyer = buyer_of(new_address, company, "", country)
        if work.issuer.seller.e_invoices and buyer.lacks_tax_number:
            raise BadFields({"codice_fiscale": Fault("needed_in_italy")})
        refuse_unbillable(work.session, work.drafter, actor.workspace_id, buyer, work.now)
        subscription.bill(new_address, company)
        subscription.wake(work.now)
        work.record("company.change", subscription.id, before=before, after=_as_kept(subscription))
        return work.snapshot(subscription)


def _as_kept(subscription: Subscription) -> dict[str, object]:
    address, company = subscription.address, subscription.company
    return {
        "company": company.as_dict() if company else None,
        "address": address.as_dict() if address else None,
    }
