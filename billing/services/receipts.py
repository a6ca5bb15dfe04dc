"""Receipts by mail: whether a subscription's are sent, and to whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from billing.models import Person, Subscription
from billing.models.rules import Situation
from billing.queries import outbox
from billing.queries.contacts import contact_at
from billing.queries.recipients import recipient_at, recipient_of, recipients_of
from billing.values.actors import Actor
from billing.values.contacts import receipts_of
from billing.values.snapshots import ReceiptChoices, SubscriptionSnapshot
from billing.work import Billing, Work

# In the place of the id of a recipient: one whose address is nobody's of the property any more.
NOBODY = "nobody"


def choices(billing: Billing, actor: Actor, subscription_id: str) -> ReceiptChoices:
    """Where its receipts go, where they could go, and whether one waits. Raises NotFound, NotAllowed."""
    with billing.read("receipts.choices") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        known = recipients_of(work.session, actor.workspace_id, subscription.property_id)
        own = work.session.get(Person, (actor.workspace_id, actor.user_id))
        return ReceiptChoices(
            work.snapshot(subscription),
            tuple(sorted(known)),
            own.email if own and own.email in known else None,
            work.mails,
            _waiting_since(work, subscription),
        )


def change(
    billing: Billing, actor: Actor, subscription_id: str, receipts_to: str | None, seen_version: int
) -> SubscriptionSnapshot:
    """Sends the receipts of this subscription there from now on; None sends none (product, lines 20 and 21).

    They go to the person whose address that is, also when it changes, or to the billing contact who has it.
    What waits to be sent is not sent any more after None, nor later. `seen_version` is the version that the actor
    had before their eyes. Raises NotFound, NotAllowed, ChangedMeanwhile, and BadFields for an address that is none
    of the property's.
    """
    with billing.work("receipts.change") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        subscription.can_change_receipts(Situation(work.now)).or_refuse()
        before = work.snapshot(subscription).receipts_to
        is_so = (receipts_to, receipts_to is not None) == (before, subscription.sends_receipts)
        if work.is_repeated(subscription, seen_version, is_so=is_so):
            return work.snapshot(subscription)
        recipient, kept = None, _as_kept(subscription)
        if receipts_to is None:
            _drop_waiting(work, subscription)
        else:
            recipient = recipient_at(work.session, actor.workspace_id, subscription.property_id, receipts_to)
        subscription.send_receipts_to(recipient)
        work.record("receipts.change", subscription.id, kept, _as_kept(subscription))
        return work.snapshot(subscription)


def _as_kept(subscription: Subscription) -> dict[str, Any]:
    """As the audit log has it for good: a member by their id, under which they can be forgotten."""
    return {"receipts_to": subscription.receipts_to_user_id or subscription.receipts_to}


def keep_recipient(work: Work, subscription: Subscription) -> None:
    """It is about to be another property's, and to have no recipient: what waits goes to whom it has now.

    By their id, or that of the contact: no address lies in the queue. Where they are nobody to whom mail could go,
    that is told as it is sent.
    """
    if not subscription.sends_receipts:
        return
    found = recipient_of(work.session, subscription)
    kept = found.user_id if found else subscription.receipts_to_user_id
    if found and kept is None:
        at = subscription.prop.key | {"address": found.address}
        kept = work.session.scalars(contact_at(), at).one().id
    waiting = work.session.execute(outbox.receipts_waiting(), _receipts_of(subscription)).all()
    for number, fact in waiting:
        kept_as = {"of_workspace": subscription.workspace_id, "of_number": number}
        work.session.execute(outbox.keep_fact(), kept_as | {"kept": {"recipient": kept or NOBODY} | fact})


def _waiting_since(work: Work, subscription: Subscription) -> datetime | None:
    since: datetime | None = work.session.scalar(outbox.receipt_waits_since(), _receipts_of(subscription))
    return since


def _drop_waiting(work: Work, subscription: Subscription) -> None:
    work.session.execute(outbox.drop_receipts(), _receipts_of(subscription) | {"now": work.now})


def _receipts_of(subscription: Subscription) -> dict[str, Any]:
    return {
        "of_workspace": subscription.workspace_id,
        "of_subscription": subscription.id,
        "of_receipts": receipts_of(subscription.id),
    }
