"""What the outbox holds: to whom a fact is told, and a message that a worker has claimed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from billing.values.events import PropertyEvent


class Audience(StrEnum):
    """Who is told, and by what: it says of what an address is the id."""

    SLACK_CHANNEL = "slack_channel"
    SLACK_PERSON = "slack_person"
    MAIL_PERSON = "mail_person"
    # Whoever gets the receipts of the subscription, when the mail is sent.
    MAIL_RECEIPTS = "mail_receipts"
    # A billing contact of the property, whose address is read when the mail is sent.
    MAIL_CONTACT = "mail_contact"


IN_SLACK = (Audience.SLACK_CHANNEL, Audience.SLACK_PERSON)
BY_MAIL = (Audience.MAIL_PERSON, Audience.MAIL_RECEIPTS, Audience.MAIL_CONTACT)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a fact is told. `reader` is the person whom alone it is for, `edits` the message that is to say it.

    `announced_by` is the property whose channel it is, where the fact is of another. `recipient` is the member or the
    billing contact who gets a receipt of before a transfer.
    """

    audience: Audience
    address: str
    reader: str | None = None
    edits: str | None = None
    announced_by: str | None = None
    recipient: str | None = None

    @classmethod
    def channel(cls, channel: str) -> Self:
        return cls(Audience.SLACK_CHANNEL, channel)

    @classmethod
    def read(cls, audience: Audience, address: str, fact: Mapping[str, Any]) -> Self:
        """That of a row of the outbox, in whose fact stands what belongs to no other column."""
        apart = (fact.get(name) for name in ("reader", "ts", "announced_by", "recipient"))
        return cls(audience, address, *apart)

    @classmethod
    def person(cls, user_id: str) -> Self:
        return cls(Audience.SLACK_PERSON, user_id, reader=user_id)


@dataclass(frozen=True, slots=True)
class Before:
    """What the place was told last of the same thing, and the receiver's name for that message."""

    message_ref: str
    event: PropertyEvent
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """A fact that this worker holds and must tell. `number` is the key by which a copy can be known.

    `message_ref` is the message in which it was told already, where only its document is missing. `tries` counts
    this one too; `waited` is how long it has been in the outbox, by the database's clock.
    """

    number: int
    workspace_id: str
    to: Destination
    event: PropertyEvent
    written_at: datetime
    before: Before | None = None
    message_ref: str | None = None
    tries: int = field(default=1, compare=False)
    waited: timedelta = field(default=timedelta(0), compare=False)

    @property
    def membership(self) -> tuple[str, str, str] | None:
        """Workspace, property and person of the role without which nobody is told it; None where none is needed."""
        reader = self.to.address if self.to.audience is Audience.MAIL_PERSON else self.to.reader
        return (
            None
            if reader is None or self.event.for_anybody
            else (self.workspace_id, self.event.property_id, reader)
        )


@dataclass(frozen=True, slots=True)
class FailedMessage:
    """A message that could not be told so far, or, from `given_up_at` on, is not tried any more.

    `kind` is the event's, `about` its property and subscription as a person calls them, `error` what stood in the way
    of the last try, by the name that the far side has for it.
    """

    number: int
    workspace_id: str
    audience: Audience
    address: str
    kind: str
    about: str
    written_at: datetime
    tries: int
    error: str
    due_at: datetime
    given_up_at: datetime | None
