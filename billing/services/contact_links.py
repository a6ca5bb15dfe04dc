"""The link in the mail to an address that is to become a billing contact: whoever has it reads mail there."""

from __future__ import annotations

import re
import secrets

from billing.locks import lock_property
from billing.models import BillingContact, Property
from billing.values.actors import VIA_LINK, Actor
from billing.values.contacts import from_words
from billing.values.snapshots import LinkedContact
from billing.work import Billing, Work

# What may stand in such a link at all, before a database is asked.
NAMES = re.compile(r"[A-Za-z0-9_-]{1,40}")


def look_at(billing: Billing, workspace_id: str, contact_id: str, code: str) -> LinkedContact | None:
    """Who would be confirmed; None for a link that confirms nobody, or nobody any more."""
    if not all(NAMES.fullmatch(name) for name in (workspace_id, contact_id, code)):
        return None
    with billing.within(workspace_id).read("contact.look_at") as work:
        contact = _opened(work, (workspace_id, contact_id), code)
        if contact is None:
            return None
        prop = work.session.get_one(Property, (workspace_id, contact.property_id))
        return LinkedContact(prop.id, prop.name, contact.address or "", from_words(contact.kinds))


def confirm(billing: Billing, workspace_id: str, contact_id: str, code: str) -> LinkedContact | None:
    """The address gets its mail from now on, as if somebody had typed the code. None as above, and a second time."""
    if (found := look_at(billing, workspace_id, contact_id, code)) is None:
        return None
    with billing.within(workspace_id).work("contact.confirm") as work:
        lock_property(work.session, workspace_id, found.property_id)
        contact = _opened(work, (workspace_id, contact_id), code)
        if contact is None:
            return None
        work.actor, work.property_id = Actor(workspace_id, "", VIA_LINK), contact.property_id
        contact.confirm(work.now)
        work.record("contact.confirm", contact.id, after=contact.as_kept())
        return found


def _opened(work: Work, key: tuple[str, str], code: str) -> BillingContact | None:
    contact = work.session.get(BillingContact, key)
    if contact is None or contact.code is None or contact.code_is_old(work.now):
        return None
    prop = work.session.get_one(Property, (contact.workspace_id, contact.property_id))
    is_right = secrets.compare_digest(code, contact.code)
    return contact if is_right and prop.deleted_at is None else None
