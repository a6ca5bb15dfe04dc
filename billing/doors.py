"""Doors to what an actor may touch: each names the actor, finds only what is theirs to see, checks the role now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from sqlalchemy.exc import NoResultFound

from billing.kept import Glance, LookedAt
from billing.locks import lock_property, lock_subscription
from billing.models import CreditNote, Invoice, Property, Subscription
from billing.models.properties import snapshot_of_row
from billing.queries.audit import last_act
from billing.queries.members import membership, memberships, owned_properties, property_of_seller
from billing.queries.revisions import readable, revision_by
from billing.queries.subscriptions import subscription_of_member, subscription_of_seller
from billing.telling import Telling
from billing.values.actors import Actor, Role
from billing.values.refusals import ChangedMeanwhile, NoProperty, NotAllowed, NotFound

Document = TypeVar("Document", Invoice, CreditNote)
Chosen = TypeVar("Chosen")
# More owners than these are not named to who is in no property.
MAX_NAMED = 5


class Doors(Telling):
    """The doors of a unit of work, which remembers who came in, and to which property."""

    actor: Actor | None
    property_id: str | None

    def property_as_member(self, actor: Actor, property_id: str | None = None) -> tuple[Property, Role]:
        """For what holds no billing, whatever the role. Raises NoProperty, NotFound."""
        found = self._chosen(actor) if property_id is None else self._membership(actor, property_id)
        if found is None:
            raise NotFound("property")
        return found

    def property_as_reader(self, actor: Actor, property_id: str | None = None) -> tuple[Property, Role]:
        """That property, or the one the actor has chosen. Raises NoProperty, NotFound, NotAllowed."""
        found = self.property_as_member(actor, property_id)
        self._require(found[1].reads, "accountant", found[0].id)
        return found

    def looked_at_as_reader(
        self, actor: Actor, glance: Glance | None = None, *, to_change: bool = False
    ) -> LookedAt:
        """What the actor has chosen to look at, by that glance if there is one.

        Raises NoProperty, and NotAllowed for who is an agent wherever they are, or for an accountant `to_change` it.
        """
        self.actor = actor
        if glance is None:
            connection = self.session.connection()
            rows: Sequence[Any] = connection.execute(readable(), _who(actor)).all()
            if not rows:
                self._refuse_stranger(actor)
            revision = revision_by(connection.connection, rows[0].revision)
        else:
            rows, revision = glance.read(), glance.revision
        readable_rows = [row for row in rows if row.role.reads]
        row = _chosen_among([(row.id, row) for row in readable_rows or rows[:1]], rows[0].chosen_property_id)
        self.property_id = row.id
        self._require(row.role.reads, "accountant", row.id)
        if to_change:
            self._require(row.role.writes, "admin", row.id)
        choices = tuple(snapshot_of_row(one) for one in readable_rows)
        return LookedAt(
            property=snapshot_of_row(row),
            currency=row.currency,
            address=row.billing_address,
            company=row.company,
            choices=choices,
            revision=revision,
            has_budget=row.has_budget,
        )

    def property_as_admin(self, actor: Actor, property_id: str, *, lock: bool = False) -> Property:
        """Locked where `lock` says so, and asked for then: who changes roles, or deletes it, has done so by then.

        Raises NotFound, and NotAllowed for an accountant or agent.
        """
        if lock:
            with suppress(NoResultFound):  # it is not found below, either
                lock_property(self.session, actor.workspace_id, property_id)
        found, role = self.property_as_reader(actor, property_id)
        self._require(role.writes, "admin", property_id)
        return found

    def property_and_subscriptions(
        self, actor: Actor, property_id: str, ids: Callable[[], Iterable[str]]
    ) -> Property:
        """As an admin's, locked; before it the subscriptions that `ids` finds, in the order of their ids.

        Raises NotFound, NotAllowed, and ChangedMeanwhile where it finds another once the property is locked: whoever
        has that waits for no subscription any more (`billing.locks`).
        """
        held = sorted(ids())
        for subscription_id in held:
            lock_subscription(self.session, actor.workspace_id, subscription_id)
        found = self.property_as_admin(actor, property_id, lock=True)
        if not set(ids()) <= set(held):
            raise ChangedMeanwhile
        return found

    def property_as_owner(self, actor: Actor, property_id: str) -> Property:
        """Raises NotFound, or NotAllowed for anybody but an owner."""
        found, role = self.property_as_reader(actor, property_id)
        self._require(role is Role.OWNER, "owner", property_id)
        return found

    def subscription_as_reader(
        self, actor: Actor, subscription_id: str, *, lock: bool = False
    ) -> Subscription:
        """Raises NotFound, also for what belongs to others, and NotAllowed for an agent."""
        subscription, role = self._subscription(actor, subscription_id, lock=lock)
        self._require(role.reads, "accountant", subscription.property_id)
        return subscription

    def subscription_as_admin(self, actor: Actor, subscription_id: str) -> Subscription:
        """Locked until the work is done. Raises NotFound, and NotAllowed for an accountant or agent."""
        subscription, role = self._subscription(actor, subscription_id, lock=True)
        self._require(role.writes, "admin", subscription.property_id)
        return subscription

    def is_repeated(self, subscription: Subscription, seen_version: int, *, is_so: bool) -> bool:
        """Whether what the actor asks for `is_so` by now, though they had an older version before their eyes.

        So it is with a form that is pressed again because its answer took long: what came of it is said once more.
        Raises ChangedMeanwhile, with who did what, where it is not so.
        """
        if subscription.version == seen_version or is_so:
            return subscription.version != seen_version
        of_it = subscription.prop.key | {"subject_id": subscription.id}
        last = self.session.execute(last_act(), of_it).first()
        if last is None:
            raise ChangedMeanwhile
        raise ChangedMeanwhile(Actor(subscription.workspace_id, last.user_id, last.via).person, last.act)

    def invoice_as_reader(self, actor: Actor, invoice_id: str) -> Invoice:
        """Raises NotFound, also for what belongs to others, and NotAllowed for an agent."""
        return self._document(actor, Invoice, invoice_id, "invoice")

    def credit_note_as_reader(self, actor: Actor, credit_note_id: str) -> CreditNote:
        """Raises NotFound, also for what belongs to others, and NotAllowed for an agent."""
        return self._document(actor, CreditNote, credit_note_id, "credit note")

    def _document(self, actor: Actor, of: type[Document], id_: str, noun: str) -> Document:
        """A transfer takes the history along: whoever has the subscription has its documents."""
        self.actor = actor
        document = self.session.get(of, (actor.workspace_id, id_))
        if document is None:
            raise NotFound(noun)
        try:
            self.subscription_as_reader(actor, document.subscription_id)
        except NotFound:
            raise NotFound(noun) from None
        return document

    def _chosen(self, actor: Actor) -> tuple[Property, Role]:
        """The property that the actor looks at, and the role in it."""
        self.actor = actor
        rows = self.session.execute(memberships(), _who(actor)).all()
        if not rows:
            self._refuse_stranger(actor)
        among = [row for row in rows if row.role.reads] or rows[:1]
        chosen = _chosen_among([(row.Property.id, row) for row in among], rows[0].chosen_property_id)
        self.property_id = chosen.Property.id
        return chosen.Property, chosen.role

    def _refuse_stranger(self, actor: Actor) -> NoReturn:
        owned = self.session.execute(owned_properties(), {"workspace_id": actor.workspace_id})
        raise NoProperty(tuple(dict.fromkeys(user_id for _, user_id in owned))[:MAX_NAMED])

    def _membership(self, actor: Actor, property_id: str) -> tuple[Property, Role] | None:
        self.actor = actor
        named = {**_who(actor), "property_id": property_id}
        if actor.is_seller:
            found = self.session.scalar(property_of_seller(), named)
            row = None if found is None else (found, Role.OWNER)
        else:
            row = self.session.execute(membership(), named).first()
        if row is None:
            return None
        self.property_id = property_id
        return row[0], row[1]

    def _subscription(self, actor: Actor, subscription_id: str, *, lock: bool) -> tuple[Subscription, Role]:
        self.actor = actor
        if lock:
            lock_subscription(self.session, actor.workspace_id, subscription_id)
        named = {**_who(actor), "subscription_id": subscription_id}
        if actor.is_seller:
            found = self.session.scalar(subscription_of_seller(), named)
            row = None if found is None else (found, Role.OWNER)
        else:
            row = self.session.execute(subscription_of_member(), named).first()
        if row is None:
            raise NotFound("subscription")
        self.property_id = row[0].property_id
        return row[0], row[1]

    def _require(self, allowed: bool, needed: str, property_id: str) -> None:
        if allowed:
            return
        raise NotAllowed(needed, self.admins_of(self._workspace_id, property_id), property_id)

    @property
    def _workspace_id(self) -> str:
        return self.actor.workspace_id if self.actor else ""


def _chosen_among(rows: Sequence[tuple[str, Chosen]], chosen_id: str | None) -> Chosen:
    """That of the property that was chosen, or else the first."""
    return next((row for id_, row in rows if id_ == chosen_id), rows[0][1])


def _who(actor: Actor) -> dict[str, str]:
    return {"workspace_id": actor.workspace_id, "user_id": actor.user_id}
