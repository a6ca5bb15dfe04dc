"""What the seller's own product sees of a row: one form in the facts, the answers of the API and the webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from billing.models.catalogue import Plan, Price
from billing.models.credit_notes import CreditNote
from billing.models.exchange_rates import EuroTax
from billing.models.installations import InstalledApp
from billing.models.payments import Payment, PaymentState
from billing.models.properties import Property
from billing.models.refunds import Refund
from billing.models.states import LIVING
from billing.models.subscriptions import Subscription
from billing.models.vat_numbers import VatNumber
from billing.values.cycles import moment_text
from billing.values.exchange_rates import EURO
from billing.values.facts import entitlement

Resource = dict[str, Any]
# A subscription's own columns, each by the name that it is shown by; the rest is its price's.
SUBSCRIPTION = MappingProxyType(
    {
        "id": "id",
        "workspace": "workspace_id",
        "property": "property_id",
        "quantity": "quantity",
        "status": "status",
        "billing_admin": "billing_admin_id",
        "purchased_at": "purchased_at",
        "period_start_at": "period_start_at",
        "period_end_at": "period_end_at",
        "cancelled_at": "cancelled_at",
        "cancelled_by": "cancelled_by",
        "cancel_reason": "cancel_reason",
        "ended_at": "ended_at",
        "version": "version",
    }
)


def amount(minor: int, currency: str) -> Resource:
    return {"minor": minor, "currency": currency}


def subscription_resource(columns: Mapping[str, Any], price: Price) -> Resource:
    """A subscription, given by the values of its columns, as it is shown."""
    shown = {name: plain(columns[column]) for name, column in SUBSCRIPTION.items()}
    return {
        **shown,
        "add_on": price.add_on_id,
        "plan": price.plan_id,
        "interval": plain(price.interval),
        "unit_price": amount(price.minor, price.currency),
        "renews": renews(columns),
    }


def renews(subscription: Mapping[str, Any]) -> bool:
    """Whether another cycle follows, by its `status` and `cancelled_at`."""
    return subscription["status"] in LIVING and subscription["cancelled_at"] is None


def entitlement_resource(columns: Mapping[str, Any]) -> Resource:
    """What a subscription entitles its property to, given by what `entitlement` names and `quota`."""
    return entitlement({name: plain(value) for name, value in columns.items()}, columns["quota"])


def invoice_resource(invoice: Mapping[str, Any], paid: PaymentState | None) -> Resource:
    """An invoice, given by the values of its columns, and how its payment stands."""
    return {
        "id": invoice["id"],
        "workspace": invoice["workspace_id"],
        "property": invoice["property_id"],
        "subscription": invoice["subscription_id"],
        "number": invoice["number"],
        "issued_on": plain(invoice["issued_on"]),
        "total": amount(invoice["total_minor"], invoice["currency"]),
        "status": str(paid or PaymentState.OPEN),
    }


def credit_note_resource(note: CreditNote) -> Resource:
    return {
        "id": note.id,
        "workspace": note.workspace_id,
        "property": note.property_id,
        "subscription": note.subscription_id,
        "invoice": note.invoice_id,
        "number": note.number,
        "issued_on": plain(note.issued_on),
        "total": amount(note.total_minor, note.currency),
    }


def euro_resource(said: EuroTax) -> Resource:
    """The VAT of a document in euros, and by which rate."""
    return {
        "amount": amount(said.cents, EURO),
        "rate": said.rate,
        "day": plain(said.day),
        "source": said.source,
    }


def payment_resource(payment: Payment, last_error: str | None, try_at: datetime | None) -> Resource:
    """A payment, with what the gateway said when it was tried last and did not succeed, and when it is tried next."""
    return {
        "id": payment.id,
        "workspace": payment.workspace_id,
        "property": payment.property_id,
        "subscription": payment.subscription_id,
        "invoice": payment.invoice_id,
        "kind": str(payment.kind),
        "status": str(payment.state),
        "amount": amount(payment.minor, payment.currency),
        "last_error": last_error,
        "created_at": plain(payment.created_at),
        "next_try_at": plain(try_at),
        "decided_at": plain(payment.decided_at),
    }


def refund_resource(refund: Refund) -> Resource:
    return {
        "id": refund.id,
        "workspace": refund.workspace_id,
        "property": refund.property_id,
        "payment": refund.payment_id,
        "status": str(refund.state),
        "amount": amount(refund.minor, refund.currency),
        "requested_at": plain(refund.requested_at),
        "decided_at": plain(refund.decided_at),
    }


def property_resource(prop: Property) -> Resource:
    return {
        "id": prop.id,
        "workspace": prop.workspace_id,
        "property": prop.id,
        "name": prop.name,
        "time_zone": prop.time_zone,
        "country": prop.country,
        "currency": prop.currency,
        "created_at": plain(prop.created_at),
        "deleted_at": plain(prop.deleted_at),
    }


def vat_resource(number: VatNumber) -> Resource:
    """What VIES said of a VAT number."""
    return {
        "number": number.number,
        "status": str(number.state),
        "asked_at": plain(number.asked_at),
        "consultation": number.consultation or None,
    }


def installation_resource(app: InstalledApp) -> Resource:
    """Where the desk is installed, and never its tokens."""
    return {
        "id": app.account_id,
        "workspace": app.workspace_id or app.account_id,
        "organisation": app.organisation_id,
        "name": app.name,
        "installed_at": plain(app.installed_at),
        "uninstalled_at": plain(app.asleep_since),
    }


@dataclass(frozen=True, slots=True)
class UsedCycle:
    """A cycle of a subscription, as far as usage is counted in it: the one that runs, or the next."""

    plan: Plan
    quantity: int
    start_at: datetime
    end_at: datetime

    @property
    def allowance(self) -> int | None:
        return self.plan.allowance(self.quantity)


def usage_resource(subscription: Subscription, cycle: UsedCycle, used: int) -> Resource:
    """What a subscription may use and used in that cycle."""
    plan, allowance = cycle.plan, cycle.allowance
    return {
        "workspace": subscription.workspace_id,
        "property": subscription.property_id,
        "subscription": subscription.id,
        "add_on": plan.add_on_id,
        "plan": plan.id,
        "period_start_at": plain(cycle.start_at),
        "period_end_at": plain(cycle.end_at),
        "used": used,
        "allowance": allowance,
        "left": None if allowance is None else max(allowance - used, 0),
    }


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
