"""Billing contacts of a property: their list, and the forms that change it."""

from __future__ import annotations

from billing.services import contacts, properties
from bot.context import Turn
from bot.views import contacts as views
from bot.views.pages import RowKey


async def open_list(turn: Turn) -> None:
    """`/billing contacts`, and the Billing contacts button: who gets which mail."""
    property_id = RowKey.read(turn.value).list_id if turn.value else None
    await turn.open(views.contact_list(await turn.call(contacts.listed, property_id), turn.t))


async def open_add(turn: Turn) -> None:
    """The Add button: the form takes the place of the list."""
    prop = await turn.call(properties.look_at, RowKey.read(turn.value).list_id, to_change=True)
    await turn.show(views.add_form(prop, turn.t))


async def open_change(turn: Turn) -> None:
    """The Change button of one contact: the form takes the place of the list."""
    property_id, contact_id = views.read_place(turn.value)
    contact = await turn.call(contacts.look_at, property_id, contact_id)
    await turn.show(views.change_form(property_id, contact, turn.t))


async def open_confirm(turn: Turn) -> None:
    """The Enter code button of a contact whose address is not confirmed."""
    property_id, contact_id = views.read_place(turn.value)
    contact = await turn.call(contacts.look_at, property_id, contact_id)
    await turn.show(views.confirm_form(property_id, contact, turn.t))


async def add(turn: Turn) -> None:
    """The form for a new contact was submitted."""
    form = views.read_add_form(turn.view)
    added = await turn.call(contacts.add, form.property_id, form.user_id, form.address, form.kinds)
    await _show_list(turn, form.property_id, views.added(added, turn.t))


async def change(turn: Turn) -> None:
    """The form for the kinds of mail of one contact was submitted."""
    property_id, contact_id, kinds = views.read_change_form(turn.view)
    changed = await turn.call(contacts.change, property_id, contact_id, kinds)
    await _show_list(turn, property_id, views.changed(changed, turn.t))


async def confirm(turn: Turn) -> None:
    """The code from the mail was submitted."""
    property_id, contact_id, code = views.read_confirm_form(turn.view)
    confirmed = await turn.call(contacts.confirm, property_id, contact_id, code)
    await _show_list(turn, property_id, views.changed(confirmed, turn.t))


async def remove(turn: Turn) -> None:
    """The Remove button of one contact, after its question."""
    property_id, contact_id = views.read_place(turn.value)
    await turn.call(contacts.remove, property_id, contact_id)
    await _show_list(turn, property_id, views.removed(turn.t))


async def _show_list(turn: Turn, property_id: str, done: str) -> None:
    await turn.show(views.contact_list(await turn.call(contacts.listed, property_id), turn.t, done))
