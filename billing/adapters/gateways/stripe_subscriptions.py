"""Subscriptions that Stripe bills: what each says as a line to be imported, and that Stripe bills it no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from stripe import InvalidRequestError, StripeClient
from stripe.params import SubscriptionUpdateParams

from billing.adapters.gateways.stripe_line import Line, under_key
from billing.adapters.gateways.stripe_units import in_our_units
from billing.values.errors import Unfit
from billing.values.imports import Running
from billing.values.money import Money

# Noted on the subscription at Stripe, when it is this desk that ends it there.
MOVED = "moved_to_billing_desk"
# What of ours the seller notes at Stripe: on the subscription, or for what is sold on its price.
OF_SUBSCRIPTION = ("workspace", "property", "user", "add_on", "plan")
OF_PRICE = ("add_on", "plan")


@dataclass(frozen=True, slots=True)
class StripeLine:
    """A subscription of Stripe's as the cells of a line, or why it cannot be one."""

    reference: str
    cells: Mapping[str, str]
    fault: Unfit | None = None


class StripeSubscriptions:
    """Those of one account, by the client and over the line of its gateway."""

    def __init__(self, client: StripeClient, line: Line) -> None:
        self._stripe = client.v1
        self._line = line

    def running(self) -> Iterator[StripeLine]:
        """All that are not over there and were not moved, newest first. Raises GatewayUnavailable."""
        wanted = {"limit": 100, "expand": ["data.customer", "data.customer.tax_ids"]}
        for one in self._line.each_listed(self._stripe.subscriptions.list, wanted):
            plain: dict[str, Any] = one.to_dict()
            if not plain["metadata"].get(MOVED):
                yield StripeLine(plain["id"], _cells(plain), _fault(plain))

    def end(self, running: Running) -> Unfit | None:
        """Stripe ends it with the time that is paid, and bills it no more; why not, where it does not.

        It is the lock against billing twice: Stripe has said that it ends at `paid_through` before it is imported.
        Raises GatewayUnavailable.
        """
        with self._line.listening():
            try:
                found = self._stripe.subscriptions.retrieve(
                    running.reference, {"expand": ["customer"]}
                ).to_dict()
            except InvalidRequestError as refused:
                if refused.code != "resource_missing":
                    raise
                return Unfit("Stripe has no subscription {reference}", reference=running.reference)
            if fault := _fault(found) or _changed(found, running):
                return fault
            ended = self._keep(running, ends=True)
            if _period_end(ended) == running.paid_through and ended["cancel_at_period_end"]:
                return None
            if not running.cancelled:
                self._keep(running, ends=False)  # renewed that very moment: Stripe goes on with it
        return Unfit("Stripe renewed it meanwhile: write the file again")

    def _keep(self, running: Running, *, ends: bool) -> dict[str, Any]:
        key = f"{'end' if ends else 'go-on'}-{running.reference}-{running.digest()}"
        wanted: SubscriptionUpdateParams = {
            "cancel_at_period_end": ends,
            "metadata": {MOVED: "yes" if ends else ""},
        }
        update = partial(self._stripe.subscriptions.update, running.reference, wanted)
        return under_key(key, update).to_dict()


def _fault(plain: dict[str, Any]) -> Unfit | None:
    """Why it cannot be taken over as it is."""
    items = plain["items"]["data"]
    price = items[0]["price"] if items else {}
    if plain["status"] != "active":
        return Unfit("it is {status} at Stripe: only active ones are taken over", status=plain["status"])
    if len(items) != 1 or plain["items"].get("has_more"):
        return Unfit("it has {count} items at Stripe: make it one of one item each", count=len(items))
    if price.get("billing_scheme") != "per_unit" or price.get("unit_amount") is None:
        return Unfit("its price at Stripe has tiers or parts of a cent: give it a plain one")
    if price["recurring"]["usage_type"] != "licensed" or price.get("transform_quantity"):
        return Unfit("its price at Stripe goes by usage: give it a plain one")
    if plain.get("currency", price["currency"]) != price["currency"]:
        return Unfit(
            "Stripe bills it in {currency}, and its price is in {other}: give it a price in {currency}",
            currency=plain["currency"].upper(),
            other=price["currency"].upper(),
        )
    rates = [*(plain.get("default_tax_rates") or ()), *(items[0].get("tax_rates") or ())]
    if price.get("tax_behavior") == "inclusive" or any(rate["inclusive"] for rate in rates):
        return Unfit("its price at Stripe includes VAT, and prices here are net: give it a net one")
    if (plain.get("automatic_tax") or {}).get("enabled") and price.get("tax_behavior") != "exclusive":
        return Unfit("it leaves open at Stripe whether its price includes VAT: say it of the price there")
    if price["recurring"]["interval"] not in ("month", "year") or price["recurring"]["interval_count"] != 1:
        return Unfit(
            "it is billed every {count} {interval} at Stripe: only each month or year is known here",
            count=price["recurring"]["interval_count"],
            interval=price["recurring"]["interval"],
        )
    if any(
        holder.get("discounts") or holder.get("discount") for holder in (plain, items[0], plain["customer"])
    ):
        return Unfit("it has a discount at Stripe: give it a price that has it taken off")
    if plain.get("pause_collection") or plain.get("schedule"):
        return Unfit("it is paused, or a change of it is scheduled at Stripe: undo that first")
    if plain.get("cancel_at") and not plain["cancel_at_period_end"]:
        return Unfit("Stripe ends it on a day of its own: let it end with its period, or not at all")
    if plain["collection_method"] != "charge_automatically":
        return Unfit("Stripe sends invoices for it, and here a card is charged: change that there first")
    return None


def _changed(plain: dict[str, Any], running: Running) -> Unfit | None:
    """What is billed there must still be what the line says."""
    now = _cells(plain)
    says = {
        "interval": str(running.interval),
        "quantity": str(running.quantity),
        "price": running.price,
        "currency": running.currency,
    }
    if not plain["metadata"].get(
        MOVED
    ):  # where it is, it was this desk that has it end there, before a crash
        says["cancelled"] = "yes" if running.cancelled else "no"
    if _period_end(plain) != running.paid_through or any(now[name] != said for name, said in says.items()):
        return Unfit("it is not what it was at Stripe when the file was written: write the file again")
    return None


def _cells(plain: dict[str, Any]) -> dict[str, str]:
    """What Stripe knows of it; what is of this desk alone, from the metadata, or empty."""
    customer, items = plain["customer"], plain["items"]["data"]
    item: dict[str, Any] = items[0] if items else {}
    price: dict[str, Any] = item.get("price") or {}
    noted: Mapping[str, str] = {name: (price.get("metadata") or {}).get(name, "") for name in OF_PRICE} | {
        name: said for name in OF_SUBSCRIPTION if (said := plain["metadata"].get(name))
    }
    end = _period_end(plain)
    return {
        "reference": plain["id"],
        **{name: noted.get(name, "") for name in OF_SUBSCRIPTION},
        "interval": (price.get("recurring") or {}).get("interval", ""),
        "quantity": str(item.get("quantity") or 1),
        **_price(price),
        "anchor": datetime.fromtimestamp(plain["billing_cycle_anchor"], UTC).isoformat(),
        "paid_through": end.isoformat() if end else "",
        "cancelled": "yes" if plain["cancel_at_period_end"] else "no",
        "card": _card(plain, customer),
        **_buyer(customer),
    }


def _price(price: dict[str, Any]) -> dict[str, str]:
    if price.get("unit_amount") is None:
        return {"price": "", "currency": ""}
    currency = price["currency"].upper()
    amount = Money(in_our_units(price["unit_amount"], currency), currency)
    return {"price": str(amount.decimal), "currency": currency}


def _period_end(plain: dict[str, Any]) -> datetime | None:
    """Of the item, or, in older versions of Stripe's API, of the subscription itself."""
    items = plain["items"]["data"]
    end = (items[0].get("current_period_end") if items else None) or plain.get("current_period_end")
    return datetime.fromtimestamp(end, UTC) if end else None


def _card(plain: dict[str, Any], customer: dict[str, Any]) -> str:
    """The card that Stripe would charge next."""
    by_invoices = (customer.get("invoice_settings") or {}).get("default_payment_method")
    named = (
        plain.get("default_payment_method"),
        plain.get("default_source"),
        by_invoices,
        customer.get("default_source"),
    )
    return next((one for one in named if one), "")


def _buyer(customer: dict[str, Any]) -> dict[str, str]:
    address = customer.get("address") or {}
    tax_ids = (customer.get("tax_ids") or {}).get("data") or []
    vat = next((one["value"] for one in tax_ids if one["type"] in ("eu_vat", "gb_vat", "ch_vat")), "")
    if not address.get("line1"):
        return dict.fromkeys(("name", "street", "extra", "postal_code", "city", "region", "country"), "")
    name = customer.get("name") or ""
    return {
        "name": name,
        "street": address["line1"],
        "extra": address.get("line2") or "",
        "postal_code": address.get("postal_code") or "",
        "city": address.get("city") or "",
        "region": address.get("state") or "",
        "country": address.get("country") or "",
        "legal_name": name if vat else "",
        "vat_number": vat,
    }
