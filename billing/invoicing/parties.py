"""Parties: who a draft is for, as far as documents name them."""

from __future__ import annotations

from dataclasses import dataclass

from billing.models.subscriptions import Subscription
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.documents import Buyer


@dataclass(frozen=True, slots=True)
class Party:
    """Who a draft is for: a subscription, as far as documents name it. `charged_to` is its card as it is shown."""

    property_name: str
    zone: str
    buyer: Buyer
    charged_to: str

    @classmethod
    def of(cls, subscription: Subscription) -> Party:
        card = subscription.payment_method
        prop, admin = subscription.prop, subscription.billing_admin
        return cls(
            property_name=prop.name,
            zone=subscription.anchor_zone,
            buyer=buyer_of(subscription.address, subscription.company, admin.name_on_documents, prop.country),
            charged_to=card.shown if card else "",
        )


def buyer_of(address: BillingAddress | None, company: Company | None, admin: str, country: str) -> Buyer:
    """Without an address, the Billing Admin by name, in the property's country (product, line 10).

    A company stands under its legal name; the name of the address is kept as its first line where it says more.
    """
    name, lines = (address.name, address.lines()) if address else (admin, ())
    country, postal_code = (address.country, address.postal_code) if address else (country, "")
    if company is None:
        return Buyer(name, lines, country, postal_code=postal_code)
    legal_name = company.legal_name or name
    return Buyer(
        legal_name,
        (name, *lines) if address and name != legal_name else lines,
        country,
        vat_number=company.vat_number,
        codice_fiscale=company.codice_fiscale,
        sdi_code=company.sdi_code,
        pec=company.pec,
        purchase_order=company.purchase_order,
        postal_code=postal_code,
    )
