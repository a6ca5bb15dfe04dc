"""Help: whether it was helpful, and a message to the support."""

from __future__ import annotations

import hashlib

from billing.idempotency import use_key
from billing.models import HelpVote, Person
from billing.models.base import new_id
from billing.models.help import HelpTopic
from billing.queries import help as queries
from billing.values.actors import Actor
from billing.values.errors import BadFields
from billing.values.events import SupportAsked, SupportReceived
from billing.values.outbox import Destination
from billing.values.refusals import NoProperty, NotFound
from billing.values.snapshots import Votes
from billing.values.texts import text_fault, visible
from billing.work import Billing, Work

MESSAGE_LIMIT = 2000


def votes(billing: Billing, actor: Actor, topic: str) -> Votes:
    """How many found the topic helpful. Raises NotFound for a topic that is none."""
    with billing.read("help.votes") as work:
        work.actor = actor
        return _votes(work, actor, _topic(topic))


def vote(billing: Billing, actor: Actor, topic: str, *, helpful: bool) -> Votes:
    """The actor's word on the topic, in the place of what they said before (product, line 25). Raises NotFound."""
    with billing.work("help.vote") as work:
        work.actor = actor
        of_topic = _topic(topic)
        # Two clicks at once wait for each other here, so that one writes and the other changes it.
        work.session.get_one(Person, (actor.workspace_id, actor.user_id), with_for_update=True)
        said = work.session.get(HelpVote, (actor.workspace_id, of_topic, actor.user_id))
        if said is None:
            said = HelpVote(workspace_id=actor.workspace_id, topic=of_topic, user_id=actor.user_id)
            work.session.add(said)
        said.helpful, said.voted_at = helpful, work.now
        work.session.flush()
        return _votes(work, actor, of_topic)


def ask_support(billing: Billing, actor: Actor, message: str, place: str, *, key: str | None = None) -> str:
    """Sends the message to the support's place, and an answer to who wrote it (product, line 26).

    It names the property that the actor looks at, whatever their role, and answers its name: empty where there
    is none. Under one `key` the same message is sent once. Raises BadFields for a message that is empty, too long
    or holds a card number.
    """
    with billing.work("support.ask") as work:
        work.actor = actor
        if fault := text_fault(message, MESSAGE_LIMIT, lines=True):
            raise BadFields({"message": fault})
        about = _about(work, actor)
        kept = visible(message).strip()
        if key is not None and _is_sent(work, actor, f"{key} {_digest(kept)}"):
            return about[1]
        asked = SupportAsked(*about, by=actor.user_id, message=kept)
        received = SupportReceived(*about, message=kept)
        work.tell_at(Destination.channel(place), asked, actor.workspace_id)
        work.tell_person(received, actor.workspace_id, actor.user_id)
        work.record("support.ask")
        return about[1]


def _is_sent(work: Work, actor: Actor, key: str) -> bool:
    message_id = new_id("msg")
    return use_key(work.session, actor, "support.ask", key, message_id, work.now) != message_id


def _digest(message: str) -> str:
    """A form that was changed before it was sent again says something else: that is not lost."""
    return hashlib.sha256(message.encode()).hexdigest()[:32]


def _about(work: Work, actor: Actor) -> tuple[str, str, str]:
    """The id, name and time zone of the property that the actor looks at."""
    try:
        prop, _ = work.property_as_member(actor)
    except NoProperty:
        return "", "", "UTC"
    return prop.id, prop.name, prop.time_zone


def _topic(topic: str) -> HelpTopic:
    if topic not in set(HelpTopic):
        raise NotFound("topic")
    return HelpTopic(topic)


def _votes(work: Work, actor: Actor, topic: HelpTopic) -> Votes:
    of = {"workspace_id": actor.workspace_id, "topic": topic}
    count, helpful = work.session.execute(queries.votes(), of).one()
    own = work.session.scalar(queries.vote_of(), of | {"user_id": actor.user_id})
    return Votes(topic, helpful, count, own)
