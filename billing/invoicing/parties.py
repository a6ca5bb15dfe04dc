"""Parties: who a document is for, and by the days of which zone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from billing.models.subscriptions import Subscription
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Period, local_date
from billing.values.documents import Buyer


@dataclass(frozen=True, slots=True)
class Party:
    """Who a draft is for: a subscription, as far as documents name it. `charged_to` is its card as it is shown.

    Days are those of its property's `zone`; what was billed so far, perhaps in another property, has `billed_zone`'s.
    """

    property_name: str
    zone: str
    billed_zone: str
    buyer: Buyer
    charged_to: str

    @classmethod
    def of(cls, subscription: Subscription) -> Party:
        card = subscription.payment_method
        prop, admin = subscription.prop, subscription.billing_admin
        return cls(
            property_name=prop.name,
            zone=prop.time_zone,
            billed_zone=subscription.days_zone,
            buyer=buyer_of(subscription.address, subscription.company, admin.name_on_documents, prop.country),
            charged_to=card.shown if card else "",
        )

    def days_of(self, period: Period) -> tuple[date, date]:
        """The first and the last day of that period; none that was billed before by the days of another zone."""
        first_day = max(local_date(period.start_at, zone) for zone in (self.zone, self.billed_zone))
        return first_day, local_date(period.end_at, self.zone) - timedelta(days=1)


def buyer_of(address: BillingAddress | None, company: Company | None, admin: str, country: str) -> Buyer:
    """Without an address, the Billing Admin by name, in the property's country (product, line 10).

    A company stands under its legal name; the name of the address is kept as its first line where it says more.
    """
    if address is None:
        buyer = Buyer(admin, (), country)
    else:
        buyer = Buyer(
            address.name,
            address.lines(),
            address.country,
            postal_code=address.postal_code,
            street=address.street,
            city=address.city,
            region=address.region,
        )
    return _with_company(buyer, company) if company else buyer


def _with_company(buyer: Buyer, company: Company) -> Buyer:
    legal_name = company.legal_name or buyer.name
    return replace(
        buyer,
        name=legal_name,
        address=(buyer.name, *buyer.address) if buyer.address and buyer.name != legal_name else buyer.address,
        vat_number=company.vat_number,
        codice_fiscale=company.codice_fiscale,
        sdi_code=company.sdi_code,
        pec=company.pec,
        purchase_order=company.purchase_order,
    )
