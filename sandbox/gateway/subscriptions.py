"""The subscriptions of the pretend Stripe: listed, read, told to end, and renewed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.gateway.books import Thing
from sandbox.gateway.rules import Form, Rules, invalid

STATUSES = (
    "active",
    "past_due",
    "unpaid",
    "canceled",
    "incomplete",
    "incomplete_expired",
    "trialing",
    "paused",
)
CHANGES = {"cancel_at_period_end", "metadata"}
EXPANDS = {"data.customer", "data.customer.tax_ids"}


@dataclass(frozen=True)
class Subscriptions:
    """Of one account. As in Stripe's versions since 2025, it is the item that has a current period.

    Those of `renewing` have their next period, with that end, in the moment in which a change of them comes.
    """

    rules: Rules
    renewing: dict[str, int] = field(default_factory=dict)

    def make(self, customer: str, price: dict[str, Any], begins: int, ends: int, **values: Any) -> Thing:
        """One that runs in its period from `begins` to `ends`."""
        item = {"id": f"si_{customer}", "object": "subscription_item", "quantity": values.pop("quantity", 1)}
        period = {"current_period_start": begins, "current_period_end": ends}
        items = {"object": "list", "data": [{**item, "price": price, **period}], "has_more": False}
        usual = {
            "status": "active",
            "collection_method": "charge_automatically",
            "cancel_at_period_end": False,
            "cancel_at": None,
            "pause_collection": None,
            "schedule": None,
            "discounts": [],
            "default_payment_method": None,
            "default_source": None,
            "billing_cycle_anchor": begins,
            "metadata": {},
        }
        return self.rules.books.make(
            "sub", "subscription", **{**usual, "customer": customer, "items": items, **values}
        )

    def found(self, id_: str, expand: Sequence[str] = ()) -> Thing:
        if unknown := set(expand) - {"customer"}:
            raise invalid("parameter_unknown", f"expand[{min(unknown)}]")
        found = self.rules.known("subscription", id_)
        return {**found, "customer": self._customer(found["customer"], [])} if expand else found

    def listed(self, listing: Thing, form: Form) -> Thing:
        """A page of a list, with what is to be expanded; where no status is named, of all but the canceled."""
        wanted = form.get("status")
        if wanted not in (None, "all", *STATUSES):
            raise invalid("parameter_invalid", "status")
        if unknown := set(form.get("expand", [])) - EXPANDS:
            raise invalid("parameter_unknown", f"expand[{min(unknown)}]")
        if wanted != "all":
            listing["data"] = [
                one
                for one in listing["data"]
                if (one["status"] == wanted if wanted else one["status"] != "canceled")
            ]
        for one in listing["data"]:
            if "data.customer" in form.get("expand", []):
                one["customer"] = self._customer(one["customer"], form["expand"])
        return listing

    def update(self, id_: str, form: Form) -> Thing:
        """Whether it ends with its period, and what is noted on it. All else is refused."""
        if id_ in self.renewing:
            self.renew(id_, self.renewing.pop(id_))
        found = self.found(id_)
        if unknown := form.keys() - CHANGES:
            raise invalid("parameter_unknown", min(unknown))
        if found["status"] == "canceled":
            raise invalid("resource_missing", "id", 404)
        ends = form.get("cancel_at_period_end", str(found["cancel_at_period_end"]).lower())
        metadata = {**found["metadata"], **form.get("metadata", {})}
        return self.rules.books.keep({**found, "cancel_at_period_end": ends == "true", "metadata": metadata})

    def renew(self, id_: str, ends: int) -> Thing:
        """Its period is over: it has the next one, up to `ends`, or is canceled."""
        found = self.found(id_)
        if found["cancel_at_period_end"]:
            return self.rules.books.keep({**found, "status": "canceled"})
        (item,) = found["items"]["data"]
        item["current_period_start"], item["current_period_end"] = item["current_period_end"], ends
        return self.rules.books.keep(found)

    def _customer(self, id_: str, expand: list[str]) -> Thing:
        customer = self.rules.known("customer", id_, "customer")
        tax_ids = customer.pop("tax_ids", None)
        if "data.customer.tax_ids" in expand:
            customer["tax_ids"] = {"object": "list", "data": tax_ids or [], "has_more": False}
        return customer
