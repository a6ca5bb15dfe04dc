"""Properties: the first one, the chosen one, and the page that shows what it has bought."""

from __future__ import annotations

from collections.abc import Collection

from billing import ledger, traces
from billing.idempotency import use_key
from billing.locks import lock_property
from billing.models import Member, Person, Property, Workspace
from billing.models.base import new_id
from billing.queries.answers import noted
from billing.queries.payment_methods import remove_cards
from billing.queries.prices import currencies_on_sale
from billing.queries.refunds import going_back, promised_unsent
from billing.queries.subscriptions import keeping
from billing.services.bought import bought_of, page_of
from billing.services.channels import accept, leave
from billing.values.actors import Actor, Role
from billing.values.addresses import country_fault
from billing.values.cycles import zone_of
from billing.values.errors import BadFields, Fault, UnknownTimeZone
from billing.values.events import Topic
from billing.values.money import Money, currency_fault
from billing.values.refusals import CreditLeft, NotFound, OnlyWorkspaceOwners, PropertyInUse, RefundDue
from billing.values.snapshots import (
    PropertyDeletion,
    PropertySnapshot,
    PurchasesPage,
)
from billing.values.texts import one_line, text_fault
from billing.work import Billing, Work

NAME_LIMIT = 80
USUAL_CURRENCY = "EUR"


def register_workspace(
    billing: Billing, workspace_id: str, name: str, language: str, organisation_id: str | None = None
) -> None:
    """Makes the workspace known, or brings its name and language up to date."""
    with billing.work("workspace.register") as work:
        write_workspace(work, workspace_id, name, language, organisation_id)


def write_workspace(
    work: Work, workspace_id: str, name: str, language: str, organisation_id: str | None
) -> None:
    """The same in a transaction that does more."""
    workspace = work.session.get(Workspace, workspace_id)
    if workspace is None:
        workspace = Workspace(id=workspace_id, registered_at=work.now)
        work.session.add(workspace)
    workspace.name, workspace.language, workspace.organisation_id = name[:100], language, organisation_id


def create(
    billing: Billing,
    actor: Actor,
    name: str,
    time_zone: str,
    country: str,
    *,
    is_workspace_owner: bool,
    currency: str | None = None,
    key: str | None = None,
) -> PropertySnapshot:
    """Creates a property with the actor as its owner, and chooses it for them; under one `key` only one.

    It pays in that currency, or without one in the one that everything is sold in, or in euro. Raises
    OnlyWorkspaceOwners, BadFields for a name, time zone, country or currency that does not fit or is missing, and
    NotFound where that of the key is no longer there.
    """
    with billing.work("property.create") as work:
        _refuse_others(work, actor, is_workspace_owner)
        currency = currency or _usual_currency(work)
        _refuse_bad_fields(name, time_zone, country, currency)
        property_id = new_id("prop")
        if key is not None:
            first = use_key(work.session, actor, "property.create", key, property_id, work.now)
            if first != property_id:
                created, role = work.property_as_reader(actor, first)
                return created.snapshot(role)
        created = _new(work, actor, property_id, one_line(name), time_zone, country, currency)
        work.record("property.create", created.id, after={"name": created.name})
        return created.snapshot(Role.OWNER)


def refuse_creating(billing: Billing, actor: Actor, *, is_workspace_owner: bool) -> None:
    """What stands against creating one, before the form is filled in. Raises OnlyWorkspaceOwners."""
    with billing.read("property.create") as work:
        _refuse_others(work, actor, is_workspace_owner)


def choose(billing: Billing, actor: Actor, property_id: str) -> PropertySnapshot:
    """The property that the actor looks at from now on. Raises NotFound, NotAllowed."""
    with billing.work("property.choose") as work:
        chosen, role = work.property_as_reader(actor, property_id)
        _choose(work, actor, chosen.id)
        return chosen.snapshot(role)


def preview_delete(billing: Billing, actor: Actor, property_id: str | None = None) -> PropertyDeletion:
    """What stands against deleting that property, or the one that the actor has chosen, and its credit.

    Raises NoProperty, NotFound, NotAllowed for anybody but an owner, and RefundDue.
    """
    with billing.read("property.delete") as work:
        found, _ = work.property_as_reader(actor, property_id)
        prop = work.property_as_owner(actor, found.id)
        choices = work.looked_at_as_reader(actor).choices
        others = [one.role for one in choices if one.id != prop.id]
        in_use = work.session.scalars(keeping(), prop.key).all()
        if not in_use:
            _refuse_refund_due(work, prop)
        balances = ledger.balances_of(work.session, prop.workspace_id, prop.id, prop.currency)
        return PropertyDeletion(
            prop.snapshot(Role.OWNER),
            tuple(work.snapshots(in_use)),
            Role.OWNER in others,
            balances.credit,
            balances.carried,
        )


def delete(billing: Billing, actor: Actor, property_id: str, *, given_up: Money | None = None) -> None:
    """Deletes a property for everybody; what was issued stays, its cards are removed (product, line 43).

    `given_up` is the credit that its owner gives up. Raises NotFound, NotAllowed for anybody but an owner,
    PropertyInUse while a subscription lives in it or is to be paid, RefundDue while money is to go back to a card,
    and CreditLeft for credit that is not given up.
    """
    with billing.work("property.delete") as work:
        prop = work.property_as_owner(actor, property_id)
        lock_property(work.session, actor.workspace_id, property_id)
        if in_use := work.session.scalars(keeping(), prop.key).all():
            raise PropertyInUse(tuple(sorted(one.price.plan.add_on.name for one in in_use)))
        _refuse_refund_due(work, prop)
        credit = _credit(work, prop)
        if credit.minor and credit != given_up:
            raise CreditLeft(credit)
        ledger.book_forfeit(work.session, prop, credit, work.now)
        ledger.book_loss_of_carried(work.session, prop, work.now)
        of_it = {"workspace": prop.workspace_id, "of_property": prop.id}
        work.session.execute(remove_cards(), {**of_it, "at": work.now})
        prop.deleted_at = work.now
        leave(work, prop, prop.billing_channel)
        work.record("property.delete", property_id, {"name": prop.name}, {"minor": credit.minor})


def _refuse_refund_due(work: Work, prop: Property) -> None:
    """Raises RefundDue where money goes back or is promised: it is owed to somebody again where the bank says no."""
    of_it = {"workspace_id": prop.workspace_id, "property_id": prop.id}
    due = sum(int(work.session.scalar(each, of_it) or 0) for each in (going_back(), promised_unsent()))
    if due:
        raise RefundDue(Money(due, prop.currency))


def _credit(work: Work, prop: Property) -> Money:
    return ledger.credit_balance(work.session, prop.workspace_id, prop.id, prop.currency)


def announce_in(
    billing: Billing,
    actor: Actor,
    property_id: str,
    channel: str | None,
    topics: Collection[Topic] | None = None,
) -> PropertySnapshot:
    """The channel in which the property's team is told of its billing, and about what (product, line 28).

    Without a channel nothing is told; without topics they stay as they are. What waits is told by that choice, too.
    Raises NotFound, NotAllowed.
    """
    with billing.work("property.announce_in") as work:
        prop = work.property_as_admin(actor, property_id)
        before, left = _announcing(prop), prop.billing_channel
        if channel is not None:
            accept(work, prop.workspace_id, channel)
        prop.billing_channel = channel
        if topics is not None:
            prop.announce_about(topics)
        leave(work, prop, left)
        work.record("property.announce_in", property_id, before, _announcing(prop))
        return prop.snapshot(Role.ADMIN)


def look_at(
    billing: Billing,
    actor: Actor,
    property_id: str | None = None,
    *,
    to_change: bool = False,
    to_own: bool = False,
) -> PropertySnapshot:
    """That property, or the one that the actor has chosen; `to_change` is for admins, `to_own` for owners.

    Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("property.look_at") as work:
        prop, role = work.property_as_reader(actor, property_id)
        if to_change:
            work.property_as_admin(actor, prop.id)
        if to_own:
            work.property_as_owner(actor, prop.id)
        return prop.snapshot(role)


def purchases(billing: Billing, actor: Actor, *, to_change: bool = False) -> PurchasesPage:
    """The page "Purchases and invoices" of the property that the actor has chosen.

    Raises NoProperty, and NotAllowed for an agent, or for an accountant who looks at it `to_change` it.
    """
    with traces.part("property.purchases"):
        glance = billing.glance(billing.engine, actor)
        found = billing.kept.seen(actor, glance)
        if found is not None and (found.property.role.writes or not to_change):
            now = billing.clock()
            at = (found, actor.workspace_id, now)
            bought = billing.kept_of(*at) or billing.still_bought_of(*at)
            if bought is not None:
                return page_of(found, bought, now)
    with billing.read("property.purchases") as work:
        found = work.looked_at_as_reader(actor, glance, to_change=to_change)
        bought = billing.kept_of(found, actor.workspace_id, work.now)
        if bought is None:
            with noted(work.session.connection()) as answers:
                bought = bought_of(work, actor.workspace_id, found)
            billing.keep(found, actor.workspace_id, work.now, bought, answers)
        billing.kept.see(actor, glance, found)
        return page_of(found, bought, work.now)


def _refuse_others(work: Work, actor: Actor, is_workspace_owner: bool) -> None:
    work.actor = actor
    if not is_workspace_owner:
        raise OnlyWorkspaceOwners


def _new(
    work: Work, actor: Actor, property_id: str, name: str, time_zone: str, country: str, currency: str
) -> Property:
    """A property with the actor as its owner, who looks at it from now on."""
    created = Property(
        workspace_id=actor.workspace_id,
        id=property_id,
        name=name,
        time_zone=time_zone,
        country=country,
        currency=currency,
        billing_channel=None,
        created_at=work.now,
    )
    work.session.add(created)
    work.session.flush()  # the property goes before its member, which refers to it
    work.session.add(Member(**created.key, user_id=actor.user_id, role=Role.OWNER))
    _choose(work, actor, created.id)
    work.property_id = created.id
    return created


def _announcing(prop: Property) -> dict[str, object]:
    return {"channel": prop.billing_channel, "topics": [str(topic) for topic in prop.topics]}


def _choose(work: Work, actor: Actor, property_id: str) -> None:
    person = work.session.get(Person, (actor.workspace_id, actor.user_id))
    if person is None:
        raise NotFound("person")
    person.chosen_property_id = property_id


def _usual_currency(work: Work) -> str:
    """What a property pays in where nobody chose: empty where one of several must be chosen."""
    sold = work.session.scalars(currencies_on_sale()).all()
    if len(sold) == 1:
        return sold[0]
    return USUAL_CURRENCY if USUAL_CURRENCY in sold or not sold else ""


def _refuse_bad_fields(name: str, time_zone: str, country: str, currency: str) -> None:
    faults = {
        "name": text_fault(name, NAME_LIMIT, printed=True),
        "country": country_fault(country),
        "currency": currency_fault(currency),
    }
    try:
        zone_of(time_zone)
    except UnknownTimeZone:
        faults["time_zone"] = Fault("unknown")
    found = {field: fault for field, fault in faults.items() if fault is not None}
    if found:
        raise BadFields(found)
