"""Disputes: how the gateway says that one stands is kept with its payment and told. It moves nothing else."""

from __future__ import annotations

from billing.models import Payment
from billing.payments.outcomes import PaymentKey, settlement
from billing.payments.settlement import Settlement
from billing.values.actors import Actor
from billing.values.disputes import Dispute
from billing.values.events import PaymentDisputed
from billing.work import Billing, Work


def poll_dispute(billing: Billing, key: PaymentKey) -> None:
    """Asks the gateway whether the payment is disputed. Raises GatewayUnavailable: nothing else asks again."""
    with billing.read("dispute.whose") as work:
        gateway_id = work.session.get_one(Payment, (key.workspace_id, key.id)).gateway_id
    if gateway_id and (dispute := billing.gateway.dispute(gateway_id)):
        keep_dispute(billing, key, dispute)


def keep_dispute(billing: Billing, key: PaymentKey, dispute: Dispute) -> None:
    """Writes how it stands, and tells it once: the channel, and in private everybody who may change the billing.

    Invoice, ledger and plan stay as they are: what a lost dispute means for them is a person's word.
    """
    with billing.work("payment.dispute") as work:
        settling = settlement(work, billing, key)
        payment = settling.payment
        before = payment.dispute
        if before is dispute.state:
            return
        payment.dispute = dispute.state
        _tell(work, settling, dispute)
        work.actor = Actor(payment.workspace_id, "", "payment")
        work.property_id = payment.property_id
        known = {"dispute": str(before)} if before else None
        work.record("payment.dispute", payment.id, known, {"dispute": str(dispute.state)})


def _tell(work: Work, settling: Settlement, dispute: Dispute) -> None:
    subscription, payment = settling.subscription, settling.payment
    event = PaymentDisputed(
        **subscription.about(),
        payment_id=payment.id,
        minor=dispute.amount.minor,
        currency=dispute.amount.currency,
        state=str(dispute.state),
    )
    work.tell(event, subscription.prop)
    work.tell_admins(event, subscription.prop)
