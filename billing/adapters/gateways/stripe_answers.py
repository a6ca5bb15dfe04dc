"""What Stripe answers, as billing's gateways answer it: payments, declines, refunds, disputes, cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from stripe import ErrorObject, PaymentIntent, StripeObject
from stripe import Refund as StripeRefund

from billing.adapters.gateways.stripe_units import in_our_units
from billing.ports import Answer, GatewayPayment, GatewayUnavailable, Outcome, RefundAnswer, RefundOutcome
from billing.values.disputes import Dispute, DisputeState
from billing.values.money import Money
from billing.values.snapshots import CardSnapshot

# The issuer does not want to be asked again about this card (docs.stripe.com/declines/codes).
FOR_GOOD = frozenset(
    {
        "expired_card",
        "fraudulent",
        "invalid_account",
        "lost_card",
        "merchant_blacklist",
        "new_account_information_available",
        "no_action_taken",
        "not_permitted",
        "pickup_card",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "security_violation",
        "stolen_card",
        "stop_payment_order",
        "transaction_not_allowed",
    }
)
BRANDS = {"amex": "American Express", "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay"}
REFUND_ANSWERS = {
    "succeeded": RefundAnswer.SUCCEEDED,
    "failed": RefundAnswer.FAILED,
    "canceled": RefundAnswer.FAILED,
}
# What is none of these is being looked into. A mere inquiry that was closed has taken nothing.
DISPUTE_STATES = {
    "lost": DisputeState.LOST,
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,
}


def outcome(intent: PaymentIntent, *, answered: bool) -> Outcome | None:
    """What became of a payment; None where it is not known to have been tried."""
    plain: dict[str, Any] = intent.to_dict()
    answers: dict[str, Callable[[], Outcome]] = {
        "succeeded": lambda: Outcome(Answer.SUCCEEDED, plain.get("latest_charge") or plain["id"]),
        "requires_action": lambda: Outcome(
            Answer.ACTION_REQUIRED, plain["id"], "authentication_required", _bank_page(plain)
        ),
        "canceled": lambda: Outcome(Answer.DECLINED, plain["id"], "expired", is_void=True),
    }
    if plain["status"] in answers:
        return answers[plain["status"]]()
    if plain["status"] in ("requires_payment_method", "requires_confirmation"):
        return declined(plain.get("last_payment_error"), plain["id"]) if answered else None
    raise GatewayUnavailable  # it is being processed: nobody knows yet


def _bank_page(plain: dict[str, Any]) -> str | None:
    url: str | None = ((plain.get("next_action") or {}).get("redirect_to_url") or {}).get("url")
    return url


def declined(error: ErrorObject | dict[str, Any] | None, payment_id: str = "") -> Outcome:
    """A no, with its reason."""
    said: dict[str, Any] = error.to_dict() if isinstance(error, StripeObject) else error or {}
    reason = str(said.get("decline_code") or said.get("code") or "card_declined")
    for_good = reason in FOR_GOOD or said.get("advice_code") == "do_not_try_again"
    answer = Answer.DECLINED_FOR_GOOD if for_good else Answer.DECLINED
    charge = said.get("charge")
    return Outcome(answer, charge if isinstance(charge, str) else payment_id, reason[:80])


def card_of(card: Mapping[str, Any]) -> CardSnapshot:
    """What is shown of a card."""
    brand = BRANDS.get(card["brand"], str(card["brand"]).title())
    return CardSnapshot(brand, card["last4"], card["exp_month"], card["exp_year"])


def refunded(refund: StripeRefund) -> RefundOutcome:
    """What became of a refund."""
    answer = REFUND_ANSWERS.get(refund.status or "", RefundAnswer.PENDING)
    return RefundOutcome(answer, refund.id, getattr(refund, "failure_reason", None))


def disputed(plain: dict[str, Any]) -> Dispute:
    """How a dispute stands."""
    currency = str(plain["currency"]).upper()
    state = DISPUTE_STATES.get(plain["status"], DisputeState.OPEN)
    if plain["status"] == "prevented":
        # Unless it was blocked, Stripe has prevented it by giving the money back.
        case = ((plain.get("payment_method_details") or {}).get("card") or {}).get("case_type")
        state = DisputeState.WON if case == "block" else DisputeState.LOST
    return Dispute(state, Money(in_our_units(plain["amount"], currency), currency))


def collected(plain: dict[str, Any], dispute: Dispute | None) -> GatewayPayment:
    """A payment of which something was collected, as Stripe's books have it."""
    charge = plain.get("latest_charge")
    refunded = charge.get("amount_refunded", 0) if isinstance(charge, dict) else 0
    currency = str(plain["currency"]).upper()
    return GatewayPayment(
        plain["id"],
        (plain.get("metadata") or {}).get("payment"),
        Money(in_our_units(plain["amount_received"], currency), currency),
        in_our_units(refunded, currency),
        datetime.fromtimestamp(plain["created"], UTC),
        dispute,
    )
