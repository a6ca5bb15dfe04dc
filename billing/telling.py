"""What must be told: rows of the outbox, written in the transaction of the fact itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import OutboxMessage, Property, Subscription
from billing.queries.contacts import receiving
from billing.queries.members import admins_of
from billing.upgrades import writes_short
from billing.values.contacts import from_words, kind_of, mailed_as
from billing.values.events import PropertyEvent
from billing.values.outbox import Audience, Destination


class Telling:
    """What a unit of work tells, and to whom."""

    session: Session
    now: datetime
    mails: bool

    def tell(self, event: PropertyEvent, prop: Property) -> None:
        """Puts the event into the outbox for the property's channel and its billing contacts, where they want it."""
        self.tell_channel(event, prop)
        self.mail_contacts(event, prop)

    def tell_channel(self, event: PropertyEvent, prop: Property) -> None:
        """The same for the channel alone."""
        if channel := prop.channel_for(event.topic):
            by = prop.id if prop.id != event.property_id else None
            to = Destination(Audience.SLACK_CHANNEL, channel, announced_by=by)
            self.tell_at(to, event, prop.workspace_id, event.subject_key)

    def tell_person(self, event: PropertyEvent, workspace_id: str, user_id: str) -> None:
        """Puts the event into the outbox for that person alone, in their language, whatever channel was chosen."""
        self.tell_at(Destination.person(user_id), event, workspace_id)

    def mail_person(self, event: PropertyEvent, workspace_id: str, user_id: str) -> None:
        """The same by mail, where the operator has a mail server."""
        if self.mails:
            self.tell_at(Destination(Audience.MAIL_PERSON, user_id), event, workspace_id)

    def mail_contacts(self, event: PropertyEvent, prop: Property) -> None:
        """By mail to the property's billing contacts who chose that kind, where the operator has a mail server."""
        kind = kind_of(event)
        if kind is None or not self.mails or not prop.has_contacts:
            return
        for contact in self.session.scalars(receiving(), prop.key):
            if kind in from_words(contact.kinds):
                to = Destination(Audience.MAIL_CONTACT, contact.id)
                self.tell_at(to, event, prop.workspace_id, mailed_as(event))

    def tell_admins(self, event: PropertyEvent, prop: Property) -> None:
        """In private to everybody who may change the property's billing."""
        for user_id in self.admins_of(prop.workspace_id, prop.id):
            self.tell_person(event, prop.workspace_id, user_id)

    def payers_of(self, subscription: Subscription, payer: str | None = None) -> tuple[str, ...]:
        """The ids of those who are told of its payments: the `payer`, who is its Billing Admin where none is named.

        Where they left, or may not change the property's billing any more, all who may are told in their place.
        """
        payer = payer or subscription.billing_admin_id
        admins = self.admins_of(subscription.workspace_id, subscription.property_id)
        return (payer,) if payer in admins else admins

    def admins_of(self, workspace_id: str, property_id: str) -> tuple[str, ...]:
        """The ids of those who may change the property's billing and are still here."""
        of_it = {"workspace_id": workspace_id, "property_id": property_id}
        return tuple(self.session.scalars(admins_of(), of_it))

    def tell_payers(
        self,
        event: PropertyEvent,
        subscription: Subscription,
        *,
        mail: bool = True,
        payer: str | None = None,
    ) -> None:
        """In private, and by mail where `mail` says so, to whoever is told of the subscription's payments."""
        for user_id in self.payers_of(subscription, payer):
            self.tell_person(event, subscription.workspace_id, user_id)
            if mail:
                self.mail_person(event, subscription.workspace_id, user_id)

    def mail_receipt(self, event: PropertyEvent, subscription: Subscription) -> None:
        """By mail to whoever gets the subscription's receipts at that time, with the document that it is about."""
        if self.mails and subscription.sends_receipts:
            to = Destination(Audience.MAIL_RECEIPTS, subscription.id)
            self.tell_at(to, event, subscription.workspace_id)

    def tell_at(
        self, to: Destination, event: PropertyEvent, workspace_id: str, subject_key: str | None = None
    ) -> None:
        """The same for any place.

        Of one `subject_key` a place is told in one message; without one this is told in a message of its own.
        """
        apart = {"reader": to.reader, "ts": to.edits, "announced_by": to.announced_by}
        short = bool(event.said_by_rows) and writes_short(self.session)
        self.session.add(
            OutboxMessage(
                workspace_id=workspace_id,
                audience=to.audience,
                address=to.address,
                kind=event.kind,
                subject_key=subject_key,
                fact={name: value for name, value in apart.items() if value}
                | {"event": event.as_json(short=short)},
                written_at=self.now,
            )
        )
