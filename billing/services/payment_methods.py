"""A property's saved cards: which there are, what each pays, and which one a subscription uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Select

from billing.models import PaymentMethod, Subscription
from billing.models.payments import AttemptState
from billing.models.rules import Situation
from billing.payments.cards import charged_next, pay_with, store_card
from billing.payments.collection import collect
from billing.payments.superseded import first_payment_that_waits
from billing.queries.payment_attempts import last_outcomes
from billing.queries.payment_methods import (
    backed_by_cards,
    ids_with_card,
    paid_by_cards,
    saved_cards,
    with_card,
)
from billing.values.actors import Actor
from billing.values.cycles import local_date
from billing.values.refusals import BackupPaysAlready, MethodInUse, NotFound
from billing.values.snapshots import CardSnapshot, MethodSnapshot, PaymentSnapshot, SubscriptionSnapshot
from billing.work import Billing, Work


@dataclass(frozen=True, slots=True)
class CardChoice:
    """A subscription with the card that was chosen for it, and what that means for what it owes.

    `tried` is the payment that was tried with it at once, `due` the one that the schedule charges to it next.
    """

    subscription: SubscriptionSnapshot
    tried: PaymentSnapshot | None = None
    due: PaymentSnapshot | None = None


def listed(billing: Billing, actor: Actor, property_id: str | None = None) -> tuple[MethodSnapshot, ...]:
    """The saved cards of that property, or of the one that the actor has chosen, newest first.

    Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("payment_method.list") as work:
        prop, _ = work.property_as_reader(actor, property_id)
        kept = work.session.scalars(saved_cards(), prop.key).all()
        pays, backs = (
            _names_of(work, prop.key, kept, which) for which in (paid_by_cards(), backed_by_cards())
        )
        today = local_date(work.now, prop.time_zone)
        declined = _declined(work, actor, kept)
        return tuple(
            MethodSnapshot(
                one.id,
                card := one.snapshot(),
                tuple(pays[one.id]),
                card.expires(today),
                declined=one.token in declined,
                backs=tuple(backs[one.id]),
            )
            for one in kept
        )


def _declined(work: Work, actor: Actor, cards: Sequence[PaymentMethod]) -> set[str]:
    """The tokens of those that the bank refused for good when they were tried last."""
    among = {"workspace_id": actor.workspace_id, "tokens": [one.token for one in cards]}
    rows = work.session.execute(last_outcomes(), among)
    return {token for token, state in rows if state is AttemptState.DECLINED_FOR_GOOD}


def keep(billing: Billing, actor: Actor, property_id: str, token: str, card: CardSnapshot) -> str:
    """Keeps a card that the gateway has saved, by its token, for the property; answers its id.

    One that is kept already is not kept twice. Raises NotFound, NotAllowed.
    """
    with billing.work("payment_method.keep") as work:
        work.property_as_admin(actor, property_id, lock=True)
        return store_card(work, actor, property_id, token, card).id


def remove(billing: Billing, actor: Actor, payment_method_id: str) -> None:
    """Removes a saved card: it is offered and charged no more, and what was paid with it stays in the history.

    Plans that have ended lose it, and those of which it was the backup. Raises NotFound, NotAllowed,
    ChangedMeanwhile, and MethodInUse while a subscription that lives, or is being bought or begun anew, pays with it.
    """
    with billing.work("payment_method.remove") as work:
        method = _locked_card(work, actor, payment_method_id)
        if names := _names_of(work, _home_of(method), [method], paid_by_cards())[method.id]:
            raise MethodInUse(tuple(names))
        method.removed_at = work.now
        for having in work.session.scalars(with_card(), _key_of(method)).all():
            if having.backup_method_id == method.id:
                _drop_backup(work, having, method)
            else:
                having.payment_method_id = having.backup_method_id = None
        work.record("payment_method.remove", method.id, before={"card": method.shown})


def choose(
    billing: Billing,
    actor: Actor,
    subscription_id: str,
    payment_method_id: str,
    *,
    backup_id: str | None = None,
) -> CardChoice:
    """The card of ONE subscription from now on (product, line 7), and its backup (line 51): the others keep theirs.

    Without a `backup_id` the backup stays as it is, unless it is the very card that pays now; with an empty one there
    is none from now on. A first payment that waits for the payer of the old card is tried with the new one at once, a
    renewal that does as soon as the schedule runs; of all else nothing is charged now, and nothing to a backup. The
    actor becomes its Billing Admin. Raises NotFound, NotAllowed, and BackupPaysAlready where both are the same card.
    """
    with billing.work("payment_method.choose") as work:
        subscription, method = _choose(work, actor, subscription_id, payment_method_id, backup_id)
        waiting = first_payment_that_waits(work, subscription)
        if waiting is None:
            due = charged_next(work, subscription, method)
            return CardChoice(work.snapshot(subscription), due=due)
    tried = collect(billing, waiting)
    with billing.read("payment_method.choose") as work:
        return CardChoice(work.snapshot(work.subscription_as_reader(actor, subscription_id)), tried)


def refuse_choice(
    billing: Billing,
    actor: Actor,
    subscription_id: str,
    payment_method_id: str,
    *,
    backup_id: str | None = None,
) -> None:
    """What stands against choosing them, before anything can be charged. Raises what `choose` raises."""
    with billing.dry_run("payment_method.choose") as work:
        _choose(work, actor, subscription_id, payment_method_id, backup_id)


def _choose(
    work: Work, actor: Actor, subscription_id: str, payment_method_id: str, backup_id: str | None
) -> tuple[Subscription, PaymentMethod]:
    subscription = work.subscription_as_admin(actor, subscription_id)
    subscription.can_choose_payment_method(Situation(work.now)).or_refuse()
    # No card is removed meanwhile, and nobody who pays from now on loses the role for it (product, line 29).
    work.property_as_admin(actor, subscription.property_id, lock=True)
    method = _card_of(work, subscription, payment_method_id)
    pay_with(work, actor, subscription, method)
    if backup_id is not None:
        _back_up(work, subscription, backup_id)
    work.session.flush()
    work.session.refresh(subscription, ["payment_method", "backup_method", "billing_admin"])
    return subscription, method


def _card_of(work: Work, subscription: Subscription, payment_method_id: str) -> PaymentMethod:
    """A saved card of the subscription's property, which is locked. Raises NotFound."""
    method = work.session.get(PaymentMethod, (subscription.workspace_id, payment_method_id))
    if method is None or method.removed_at or method.property_id != subscription.property_id:
        raise NotFound("payment method")
    return method


def _back_up(work: Work, subscription: Subscription, backup_id: str) -> None:
    """The backup from now on, or none for an empty id."""
    had = subscription.backup_method_id
    before = work.session.get(PaymentMethod, (subscription.workspace_id, had)) if had else None
    if not backup_id:
        if before is not None:
            _drop_backup(work, subscription, before)
        return
    if backup_id == subscription.payment_method_id:
        raise BackupPaysAlready
    method = _card_of(work, subscription, backup_id)
    if had == method.id:
        return
    subscription.backup_method_id = method.id
    cards = {"card": before.shown if before else None}, {"card": method.shown}
    work.record("payment_method.back_up", subscription.id, *cards)


def _drop_backup(work: Work, subscription: Subscription, had: PaymentMethod) -> None:
    subscription.backup_method_id = None
    work.record("payment_method.back_up", subscription.id, {"card": had.shown}, {"card": None})


def _locked_card(work: Work, actor: Actor, payment_method_id: str) -> PaymentMethod:
    """A card, with what has it locked and then its property, as everywhere.

    Raises NotFound, NotAllowed, and ChangedMeanwhile where something else has it by then.
    """
    work.actor = actor
    method = work.session.get(PaymentMethod, (actor.workspace_id, payment_method_id))
    if method is None:
        raise NotFound("payment method")
    ids = partial(work.session.scalars, ids_with_card(), _key_of(method))
    try:
        work.property_and_subscriptions(actor, method.property_id, ids)
    except NotFound:
        raise NotFound("payment method") from None
    work.session.refresh(method)
    if method.removed_at is not None:
        raise NotFound("payment method")
    return method


def _key_of(method: PaymentMethod) -> dict[str, str]:
    return {**_home_of(method), "method_id": method.id}


def _home_of(method: PaymentMethod) -> dict[str, str]:
    return {"workspace_id": method.workspace_id, "property_id": method.property_id}


def _names_of(
    work: Work, home: Mapping[str, str], cards: Sequence[PaymentMethod], which: Select[str | None, str]
) -> dict[str, list[str]]:
    """What `which` finds by each of the cards of that property: add-ons, by their names."""
    found: dict[str, list[str]] = {one.id: [] for one in cards}
    for method_id, name in work.session.execute(which, {**home, "method_ids": list(found)}):
        found[method_id or ""].append(name)
    return found
