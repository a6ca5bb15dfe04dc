"""Who buys, as it is typed in one form: the address of the invoices, and the company that they are for."""

from __future__ import annotations

from collections.abc import Mapping

from billing.values.addresses import LIMITS, BillingAddress
from billing.values.companies import LIMITS as COMPANY_LIMITS
from billing.values.companies import Company
from billing.values.errors import BadFields, Fault

NUMBERS = ("vat_number", "codice_fiscale")


def wants_tax_number(seller_country: str, country: str) -> bool:
    """Whether an invoice from there to there needs a number of its buyer: in Italy e-invoices do, also to persons."""
    return seller_country == country == "IT"


def refuse_without_number(values: Mapping[str, str]) -> None:
    """Raises BadFields for a buyer in Italy of whom neither number was typed."""
    if values.get("country") == "IT" and not any(values.get(name, "").strip() for name in NUMBERS):
        raise BadFields({"codice_fiscale": Fault("needed_in_italy")})


def typed_buyer(values: Mapping[str, str]) -> tuple[BillingAddress, Company | None]:
    """The address, and where a number was typed the company of the same name.

    Raises BadFields with one fault for each wrong field of either.
    """
    typed = {name: values.get(name, "") for name in (*LIMITS, "country")}
    numbers = {name: values[name] for name in NUMBERS if values.get(name, "").strip()}
    address, faults = _address(typed)
    company = None
    if numbers and "country" not in faults:
        company, wrong = _company(typed, numbers)
        faults |= {name: fault for name, fault in wrong.items() if name in numbers}
    if address is None or faults:
        raise BadFields(faults)
    return address, company


def typed_profile(values: Mapping[str, str]) -> tuple[BillingAddress, Company | None]:
    """The address, and the company with all of its fields. Raises BadFields with one fault for each wrong field."""
    typed = {name: values.get(name, "") for name in (*LIMITS, "country")}
    address, faults = _address(typed)
    company = None
    if "country" not in faults:
        try:
            company = Company.typed(
                typed["country"].strip(), **{name: values.get(name, "") for name in COMPANY_LIMITS}
            )
        except BadFields as wrong:
            faults = {**faults, **wrong.faults}
    if address is None or faults:
        raise BadFields(faults)
    return address, company


def _address(typed: Mapping[str, str]) -> tuple[BillingAddress | None, dict[str, Fault]]:
    try:
        return BillingAddress.typed(**typed), {}
    except BadFields as refusal:
        return None, refusal.faults


def _company(typed: Mapping[str, str], numbers: Mapping[str, str]) -> tuple[Company | None, dict[str, Fault]]:
    try:
        return Company.typed(typed["country"], legal_name=typed["name"], **numbers), {}
    except BadFields as refusal:
        return None, refusal.faults


def profile_as_kept(address: BillingAddress | None, company: Company | None) -> dict[str, object]:
    """A billing profile as the audit log keeps it."""
    return {
        "company": company.as_dict() if company else None,
        "address": address.as_dict() if address else None,
    }
