"""Billing contacts of a property: who gets which kinds of mail; an address that was typed confirms itself first."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from billing.models import BillingContact, Member, Person, Property
from billing.models.base import new_id
from billing.queries import contacts as queries
from billing.queries.recipients import MAX_LENGTH, is_plain_address, is_same_mailbox, recipients_of
from billing.values.actors import Actor
from billing.values.contacts import ContactKind, as_words, from_words
from billing.values.errors import BadFields, Fault
from billing.values.events import ContactRefused, ContactToConfirm
from billing.values.outbox import Audience, Destination
from billing.values.refusals import ContactInUse, LastContact, NotFound
from billing.values.snapshots import ContactSnapshot, ContactsPage
from billing.values.texts import one_line, text_fault
from billing.work import Billing, Work

MAX_CONTACTS = 20
# Without letters and digits that look alike; so many are 2 to the 48th, and nobody goes through them.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10


def listed(billing: Billing, actor: Actor, property_id: str | None = None) -> ContactsPage:
    """The contacts of that property, or of the one that the actor has chosen.

    Raises NoProperty, NotFound, NotAllowed for an agent.
    """
    with billing.read("contact.list") as work:
        prop, role = work.property_as_reader(actor, property_id)
        rows = work.session.execute(queries.contacts_of(), prop.key)
        found = tuple(_snapshot(contact, person) for contact, person in rows)
        return ContactsPage(prop.snapshot(role), found, work.mails)


def look_at(billing: Billing, actor: Actor, property_id: str, contact_id: str) -> ContactSnapshot:
    """One contact, for whoever is about to change it. Raises NotFound, NotAllowed."""
    with billing.read("contact.look_at") as work:
        work.property_as_admin(actor, property_id)
        return _snapshot(*_contact(work, actor, property_id, contact_id))


def add(
    billing: Billing,
    actor: Actor,
    property_id: str,
    user_id: str,
    address: str,
    kinds: Collection[ContactKind],
) -> ContactSnapshot:
    """Adds the member, or the address, to the property's contacts; of both only one is given, the other is empty.

    An address that is a member's is that member. Any other is mailed a code, and gets nothing else before somebody
    typed it. Raises NotFound, NotAllowed, BadFields.
    """
    with billing.work("contact.add") as work:
        prop = work.property_as_admin(actor, property_id, lock=True)
        user_id, address = _named(work, prop, user_id, one_line(address), kinds)
        _refuse_more(work, prop, user_id, address)
        contact = BillingContact(
            **prop.key, id=new_id("con"), kinds=as_words(kinds), added_at=work.now, user_id=user_id or None
        )
        contact.address = address or None
        work.session.add(contact)
        prop.has_contacts = True
        if user_id:
            contact.confirmed_at = work.now
        else:
            _refuse_flood(billing, prop, address, "address")
            _send_code(work, prop, contact)
        work.record("contact.add", contact.id, after=contact.as_kept())
        work.session.flush()
        return _snapshot(*_contact(work, actor, property_id, contact.id))


def change(
    billing: Billing, actor: Actor, property_id: str, contact_id: str, kinds: Collection[ContactKind]
) -> ContactSnapshot:
    """The contact gets these kinds of mail from now on. One whose mail was refused gets mail again.

    An address that was typed, and is not confirmed or was refused, is sent a new code. Raises NotFound, NotAllowed,
    BadFields.
    """
    with billing.work("contact.change") as work:
        prop = work.property_as_admin(actor, property_id, lock=True)
        contact, person = _contact(work, actor, property_id, contact_id)
        if not kinds:
            raise BadFields({"kinds": Fault("missing")})
        before = contact.as_kept()
        contact.kinds = as_words(kinds)
        if not contact.gets_mail:
            contact.refused_at = contact.refused_code = None
            if contact.user_id is None:
                _refuse_without_server(work)
                _refuse_flood(billing, prop, contact.address or "", "kinds")
                _send_code(work, prop, contact)
        work.record("contact.change", contact.id, before=before, after=contact.as_kept())
        return _snapshot(contact, person)


def confirm(billing: Billing, actor: Actor, property_id: str, contact_id: str, code: str) -> ContactSnapshot:
    """The code from the mail was typed: the address gets its mail from now on. A second time changes nothing.

    Raises NotFound, NotAllowed, and BadFields for another code, or one that is too old.
    """
    with billing.work("contact.confirm") as work:
        work.property_as_admin(actor, property_id, lock=True)
        contact, person = _contact(work, actor, property_id, contact_id)
        if contact.code is None:
            return _snapshot(contact, person)
        if not secrets.compare_digest(_plain(code).encode(), contact.code.encode()):
            raise BadFields({"code": Fault("wrong_code")})
        if contact.code_is_old(work.now):
            raise BadFields({"code": Fault("old_code")})
        contact.confirm(work.now)
        work.record("contact.confirm", contact.id, after=contact.as_kept())
        return _snapshot(contact, person)


def remove(billing: Billing, actor: Actor, property_id: str, contact_id: str) -> None:
    """The contact gets nothing any more, nor what waits. A second time it is not found.

    Raises NotFound, NotAllowed, LastContact, and ContactInUse while receipts of a subscription go to that address.
    """
    with billing.work("contact.remove") as work:
        prop = work.property_as_admin(actor, property_id, lock=True)
        contact, _ = _contact(work, actor, property_id, contact_id)
        if len(work.session.scalars(queries.contacts_of(), prop.key).all()) == 1:
            raise LastContact
        used = work.session.scalars(queries.receipts_at(), prop.key | {"address": contact.address}).all()
        if contact.address and used:
            raise ContactInUse(tuple(one.price.plan.add_on.name for one in used))
        work.record("contact.remove", contact.id, before=contact.as_kept())
        work.session.delete(contact)


def refuse(work: Work, workspace_id: str, contact_id: str, code: int) -> None:
    """The mail server refused the contact's mail for good: nothing is sent there any more; the admins are told."""
    of_it = {"workspace_id": workspace_id, "contact_id": contact_id}
    row = work.session.execute(queries.contact_with_person(), of_it).first()
    if row is None or row[0].refused_at is not None:
        return
    contact = row[0]
    contact.refused_at, contact.refused_code = work.now, code
    prop = work.session.get_one(Property, (workspace_id, contact.property_id))
    work.tell_admins(
        ContactRefused(prop.id, prop.name, prop.time_zone, contact_id=contact.id, code=code), prop
    )


def refuse_at(work: Work, prop: Property, address: str, code: int) -> None:
    """The same for the contact who has that address, if one has it."""
    at = prop.key | {"address": address}
    if contact := work.session.scalars(queries.contact_at(), at).first():
        refuse(work, prop.workspace_id, contact.id, code)


def _named(
    work: Work, prop: Property, user_id: str, address: str, kinds: Collection[ContactKind]
) -> tuple[str, str]:
    """The member, or the address; the other is empty. Raises BadFields for all that is wrong at once."""
    faults = {} if kinds else {"kinds": Fault("missing")}
    member = _member_named(work, prop, user_id, address)
    if user_id and address:
        faults["address"] = Fault("one_of_two")
    elif user_id and member is None:
        faults["user_id"] = Fault("not_member")
    elif not user_id and not address:
        faults["address"] = Fault("missing")
    elif member is None and (fault := _address_fault(work, address)):
        faults["address"] = fault
    if faults:
        raise BadFields(faults)
    return (member, "") if member else ("", address)


def _member_named(work: Work, prop: Property, user_id: str, address: str) -> str | None:
    if user_id:
        found = work.session.get(Member, (prop.workspace_id, prop.id, user_id))
        return found.user_id if found and found.role.reads else None
    known = recipients_of(work.session, prop.workspace_id, prop.id).values()
    return next((one.user_id for one in known if one.user_id and is_same_mailbox(one.address, address)), None)


def _address_fault(work: Work, address: str) -> Fault | None:
    if fault := text_fault(address, MAX_LENGTH):
        return fault
    if not is_plain_address(address):
        return Fault("mail_address")
    return None if work.mails else Fault("no_mail")


def _refuse_without_server(work: Work) -> None:
    if not work.mails:
        raise BadFields({"kinds": Fault("no_mail")})


def _refuse_more(work: Work, prop: Property, user_id: str, address: str) -> None:
    """Raises BadFields for who is a contact already, as themselves or by their mailbox, and for too many."""
    field = "user_id" if user_id else "address"
    there_are = work.session.execute(queries.contacts_of(), prop.key).all()
    if user_id:
        address = work.session.get_one(Person, (prop.workspace_id, user_id)).email or ""
    for contact, person in there_are:
        mailbox = person.email if person else contact.address
        is_known = address and is_same_mailbox(mailbox or "", address)
        if is_known or (user_id and contact.user_id == user_id):
            raise BadFields({field: Fault("contact_known")})
    if len(there_are) >= MAX_CONTACTS:
        raise BadFields({field: Fault("too_many_contacts", limit=MAX_CONTACTS)})


def _refuse_flood(billing: Billing, prop: Property, address: str, field: str) -> None:
    """Whoever reads mail there asked for none of it: a contact that is removed and added again is no new one."""
    if not billing.codes.allows((prop.workspace_id, address.casefold())):
        raise BadFields({field: Fault("too_many_codes")})


def _send_code(work: Work, prop: Property, contact: BillingContact) -> None:
    contact.code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    contact.code_sent_at, contact.confirmed_at = work.now, None
    event = ContactToConfirm(prop.id, prop.name, prop.time_zone, contact_id=contact.id)
    work.tell_at(Destination(Audience.MAIL_CONTACT, contact.id), event, prop.workspace_id)


def _plain(code: str) -> str:
    """The code as it is kept, however it was typed: with blanks or hyphens, in small letters."""
    return "".join(sign for sign in code.upper() if sign in ALPHABET)


def _contact(
    work: Work, actor: Actor, property_id: str, contact_id: str
) -> tuple[BillingContact, Person | None]:
    of_it = {"workspace_id": actor.workspace_id, "contact_id": contact_id}
    row = work.session.execute(queries.contact_with_person(), of_it).first()
    if row is None or row[0].property_id != property_id:
        raise NotFound("contact")
    return row[0], row[1]


def _snapshot(contact: BillingContact, person: Person | None) -> ContactSnapshot:
    return ContactSnapshot(
        contact.id,
        contact.user_id,
        person.name if person else contact.address or contact.user_id or "",
        person.email if person else contact.address,
        from_words(contact.kinds),
        confirmed=contact.confirmed_at is not None,
        code_sent_at=contact.code_sent_at,
        refused_code=contact.refused_code,
        is_here=contact.user_id is None or person is not None,
    )
