"""New cards: a page at the gateway on which the number is entered, so that it never comes near us."""

from __future__ import annotations

from billing.models import CardSetup, Property
from billing.models.base import new_id
from billing.models.card_setups import SetupState
from billing.models.rules import Situation
from billing.payments.cards import customer_of
from billing.ports import GatewayUnavailable, SetupOrder
from billing.values.actors import Actor
from billing.values.polling import POLL_AFTER
from billing.values.refusals import GatewayDown, NotFound
from billing.values.snapshots import CardSetupSnapshot
from billing.work import Billing, Work


def start(
    billing: Billing,
    actor: Actor,
    property_id: str | None = None,
    *,
    subscription_id: str | None = None,
    language: str = "en",
) -> CardSetupSnapshot:
    """Opens a hosted page for a new card of the property; if a subscription is named, the card will pay for it.

    Nothing is charged. Raises NoProperty, NotFound, NotAllowed, and GatewayDown where no page could be opened.
    """
    with billing.work("card_setup.start") as work:
        prop = _property(work, actor, property_id, subscription_id)
        setup = _new(work, actor, prop, subscription_id)
        name = prop.name
    return CardSetupSnapshot(setup.id, name, _open(billing, setup, name, language))


def place(billing: Billing, actor: Actor, setup_id: str, place: dict[str, str]) -> None:
    """Remembers where the link was shown: `channel`, `ts` and `reader`, so that it says there what came.

    What else it holds is the caller's own: the form that waits for the card, say.
    """
    with billing.work("card_setup.place") as work:
        setup = work.session.get_one(CardSetup, (actor.workspace_id, setup_id), with_for_update=True)
        setup.place = dict(place)


def placed(billing: Billing, actor: Actor, setup_id: str) -> dict[str, str]:
    """What `place` remembered for that person. Raises NotFound for a page that is not theirs."""
    with billing.read("card_setup.placed") as work:
        setup = work.session.get(CardSetup, (actor.workspace_id, setup_id))
        if setup is None or setup.requested_by != actor.user_id:
            raise NotFound("card setup")
        return dict(setup.place or {})


def _property(work: Work, actor: Actor, property_id: str | None, subscription_id: str | None) -> Property:
    """The subscription's property, that one, or the one that the actor has chosen; locked."""
    if subscription_id is not None:
        subscription = work.subscription_as_admin(actor, subscription_id)
        subscription.can_choose_payment_method(Situation(work.now)).or_refuse()
        property_id = subscription.property_id
    prop, _ = work.property_as_reader(actor, property_id)
    return work.property_as_admin(actor, prop.id, lock=True)


def _new(work: Work, actor: Actor, prop: Property, subscription_id: str | None) -> CardSetup:
    setup = CardSetup(
        workspace_id=actor.workspace_id,
        id=new_id("cs"),
        property_id=prop.id,
        subscription_id=subscription_id,
        requested_by=actor.user_id,
        state=SetupState.OPEN,
        customer=customer_of(work, actor.workspace_id, prop.id),
        created_at=work.now,
        poll_at=work.now + POLL_AFTER[0],
        polls=0,
    )
    work.session.add(setup)
    work.record("card_setup.start", setup.id, after={"subscription": subscription_id})
    return setup


def _open(billing: Billing, setup: CardSetup, name: str, language: str) -> str:
    """The address of the page that the gateway opened for it. Raises GatewayDown."""
    key = f"customer-{setup.workspace_id}-{setup.id}"
    try:
        customer = setup.customer or billing.gateway.customer(key, name)
        page = billing.gateway.start_setup(SetupOrder(setup.id, customer, language))
    except GatewayUnavailable:
        _give_up(billing, setup)
        raise GatewayDown from None
    with billing.work("card_setup.opened") as work:
        row = work.session.get_one(CardSetup, (setup.workspace_id, setup.id), with_for_update=True)
        row.customer, row.page_id, row.url = customer, page.id, page.url
    return page.url


def _give_up(billing: Billing, setup: CardSetup) -> None:
    with billing.work("card_setup.give_up") as work:
        row = work.session.get_one(CardSetup, (setup.workspace_id, setup.id), with_for_update=True)
        row.state, row.decided_at = SetupState.OVER, work.now
