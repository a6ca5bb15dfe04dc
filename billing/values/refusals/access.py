"""Who and what is not there, or not allowed: people, roles, properties."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.errors import Refusal
from billing.values.money import Money


@dataclass(eq=False)
class NotFound(Refusal):
    """No such thing for this actor: whether it exists elsewhere is not said."""

    noun: str


@dataclass(eq=False)
class NoProperty(Refusal):
    """The actor is a member of no property that has billing to show. `owners` are user ids of who could add them."""

    owners: tuple[str, ...] = ()


@dataclass(eq=False)
class OnHold(Refusal):
    """These books may be a copy: they are shown, and nothing is done with them until the operator resumes."""


@dataclass(eq=False)
class NotAllowed(Refusal):
    """The actor's role does not allow it. `admins` are the user ids of those who may do it in the property."""

    needed: str
    admins: tuple[str, ...]
    property_id: str = ""


@dataclass(eq=False)
class AskedAlready(Refusal):
    """The actor asked for a role here less than a day ago."""


@dataclass(eq=False)
class RoleHeld(Refusal):
    """The actor's role allows it already."""


@dataclass(eq=False)
class RoleGiven(Refusal):
    """Whoever asked for a role has one by now that allows it."""

    user_id: str
    role: str


@dataclass(eq=False)
class RequestDeclined(Refusal):
    """The request for a role was declined before, by that person, and whoever asked knows."""

    by: str


@dataclass(eq=False)
class NobodyToReplace(Refusal):
    """Nobody who left pays for anything here any more: they are back, or somebody took it over."""


@dataclass(eq=False)
class OnlyWorkspaceOwners(Refusal):
    """Only an owner of the workspace may create its properties."""


@dataclass(eq=False)
class LastOwner(Refusal):
    """A property keeps at least one owner."""


@dataclass(eq=False)
class IsBillingAdmin(Refusal):
    """The member pays for subscriptions: somebody else must set their payment method first."""

    subscriptions: tuple[str, ...]


@dataclass(eq=False)
class PropertyInUse(Refusal):
    """A property with a subscription that lives or is to be paid cannot be deleted: cancel or transfer it first."""

    subscriptions: tuple[str, ...]


@dataclass(eq=False)
class CreditLeft(Refusal):
    """A property that has credit cannot be deleted: it is refunded, or given up by its owner."""

    credit: Money


@dataclass(eq=False)
class RefundDue(Refusal):
    """A property to which money is going back, or was promised back, cannot be deleted: the bank can say no yet."""

    amount: Money
