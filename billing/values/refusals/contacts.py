"""Billing contacts that cannot be taken away."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.errors import Refusal


@dataclass(eq=False)
class LastContact(Refusal):
    """A property that has billing contacts keeps at least one (product, line 44)."""


@dataclass(eq=False)
class ContactInUse(Refusal):
    """The receipts of the subscriptions `names` go to that address."""

    names: tuple[str, ...]
