"""Billing contacts of a property: who gets which kinds of mail, and the forms that change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.contacts import ContactKind
from billing.values.events import ContactRefused
from billing.values.refusals import ContactInUse
from billing.values.snapshots import ContactSnapshot, ContactsPage, PropertySnapshot
from bot.blocks import (
    Block,
    Message,
    View,
    actions,
    button,
    checkboxes,
    clip,
    confirm,
    context,
    escape,
    input_block,
    modal,
    option,
    person_select,
    picked_person,
    section,
    text_input,
    ticked,
    typed,
)
from bot.reading import reads
from bot.views.pages import RowKey
from bot.views.phrases import ADDRESS_LENGTH, COMMAND, SHORT_NAME

LIST = "contact.list"
ADD = "contact.add"
CHANGE = "contact.change"
CONFIRM = "contact.confirm"
REMOVE = "contact.remove"
MAX_ADDRESS = 254
MAX_CODE = 40
MAX_NAMES = 300
# What is wrong with one field of the forms, by the word of its fault.
CONTACT_FAULTS = {
    "wrong_code": "That isn't the code from the newest mail. Check it, or save the contact again to send a new one.",
    "old_code": "That code is older than 7 days. Save the contact again to send a new one.",
    "mail_address": "That isn't an email address. Type it like name@studio.example.",
    "one_of_two": "Choose a member or type an address, not both.",
    "not_member": "That person isn't a member who sees this property's billing. Give them such a role under Members.",
    "contact_known": "That is a billing contact already. Change it in the list.",
    "too_many_contacts": "A property can have at most {limit} billing contacts. Remove one first.",
    "too_many_codes": "Several codes were just sent to that address. Use the newest one, or try again in an hour.",
    "no_mail": "No mail server is set up here, so no code can be sent. Ask whoever runs this app.",
}


@dataclass(frozen=True, slots=True)
class NewContact:
    """Who is to be a contact, the member or the address, and which kinds of mail they get."""

    property_id: str
    user_id: str
    address: str
    kinds: tuple[ContactKind, ...]


def contact_list(page: ContactsPage, t: Translator, done: str | None = None) -> View:
    """All contacts, with what an admin can change. `done` says what was just changed."""
    prop = page.property
    add = button(t("Add a contact"), ADD, str(RowKey(prop.id)), style="primary") if prop.role.writes else None
    heading = t("Billing contacts of the property *{property}*", property=escape(prop.name))
    about = t(
        "Members, and people without a Slack account such as your accountant, who get mail about this property's "
        "billing. Receipts reach them for every subscription that sends receipts by email."
    )
    blocks = [section(heading, add), *([section(done)] if done else []), context(about)]
    if not page.sends:
        blocks.append(
            section(t("No mail server is set up here, so nothing is emailed yet. Ask whoever runs this app."))
        )
    if not page.contacts:
        blocks.append(section(t("There are no billing contacts yet.")))
    for contact in page.contacts:
        blocks += _row(contact, prop, t)
    return modal(t("Billing contacts"), blocks, close=t("Close"))


def add_form(prop: PropertySnapshot, t: Translator) -> View:
    """A member, or an address; and the kinds of mail."""
    hint = t("For someone without a Slack account. They are emailed a code to confirm it.")
    return modal(
        t("Add a contact"),
        [
            section(t("Who gets mail about the billing of *{property}*?", property=escape(prop.name))),
            input_block("user_id", t("Member"), person_select(t("Choose a person")), optional=True),
            input_block("address", t("Or an email address"), text_input(MAX_ADDRESS), hint, optional=True),
            _kinds_input(tuple(ContactKind), t),
        ],
        callback_id=ADD,
        submit=t("Add contact"),
        close=t("Close"),
        metadata=prop.id,
    )


def change_form(property_id: str, contact: ContactSnapshot, t: Translator) -> View:
    """Which kinds of mail the contact gets."""
    who = t("{contact} gets by email:", contact=_who(contact, t))
    note = []
    if not contact.confirmed or contact.refused_code:
        note = [context(_again(contact, t))]
    return modal(
        t("Change contact"),
        [section(who), _kinds_input(contact.kinds, t), *note],
        callback_id=CHANGE,
        submit=t("Save contact"),
        close=t("Close"),
        metadata=str(RowKey(property_id, row_id=contact.id)),
    )


def confirm_form(property_id: str, contact: ContactSnapshot, t: Translator) -> View:
    """The code that was mailed to the address."""
    sentence = t("{contact} was emailed a code. Ask them for it.", contact=_who(contact, t))
    hint = t("Ten letters and digits, for example K7QFA-2MXDP.")
    return modal(
        t("Confirm address"),
        [section(sentence), input_block("code", t("Code"), text_input(MAX_CODE), hint)],
        callback_id=CONFIRM,
        submit=t("Confirm"),
        close=t("Close"),
        metadata=str(RowKey(property_id, row_id=contact.id)),
    )


@reads
def read_place(value: str) -> tuple[str, str]:
    """The property and the contact that a button or form is about."""
    key = RowKey.read(value)
    return key.list_id or "", key.row_id


@reads
def read_add_form(view: Mapping[str, Any]) -> NewContact:
    return NewContact(
        view["private_metadata"], picked_person(view, "user_id"), typed(view, "address"), _kinds_in(view)
    )


@reads
def read_change_form(view: Mapping[str, Any]) -> tuple[str, str, tuple[ContactKind, ...]]:
    return (*read_place(view["private_metadata"]), _kinds_in(view))


@reads
def read_confirm_form(view: Mapping[str, Any]) -> tuple[str, str, str]:
    return (*read_place(view["private_metadata"]), typed(view, "code"))


def added(contact: ContactSnapshot, t: Translator) -> str:
    """What was done, for whoever did it."""
    if contact.confirmed:
        return t("{contact} is a billing contact now.", contact=_who(contact, t))
    return t(
        "{contact} was emailed a code. Once you enter it here, their mail starts.", contact=_who(contact, t)
    )


def changed(contact: ContactSnapshot, t: Translator) -> str:
    """The same of a change, or a confirmation."""
    if not contact.confirmed:
        return added(contact, t)
    kinds = ", ".join(kind_name(kind, t) for kind in contact.kinds)
    return t("{contact} now gets: {kinds}.", contact=_who(contact, t), kinds=kinds)


def removed(t: Translator) -> str:
    return t("The contact was removed and gets no more mail.")


def refused(event: ContactRefused, t: Translator) -> Message:
    """For the admins, in private: the address stands in the list."""
    sentence = t(
        "Mail to a billing contact of {property} was rejected by their mail server ({code}), so nothing more is "
        "sent there. Check the address, then save the contact again, or remove it.",
        property=escape(event.property_name),
        code=event.code,
    )
    label = t("Billing contacts of {property}", property=clip(event.property_name, SHORT_NAME))
    to_list = button(t("Billing contacts"), LIST, str(RowKey(event.property_id)), label)
    return Message(sentence, [section(sentence), actions(to_list)])


def contact_in_use(refusal: ContactInUse, t: Translator) -> str:
    return t(
        "Receipts of {names} go to this address, so it was not removed. Choose another recipient first, with "
        "`{command} receipts`.",
        names=escape(clip(", ".join(refusal.names), MAX_NAMES)),
        command=COMMAND,
    )


def kind_name(kind: ContactKind, t: Translator) -> str:
    """The kind of mail in a sentence."""
    return {
        ContactKind.RECEIPTS: t("receipts"),
        ContactKind.PAYMENT_PROBLEMS: t("payment problems"),
        ContactKind.REMINDERS: t("reminders"),
        ContactKind.CONTRACT_CHANGES: t("contract changes"),
    }[kind]


def _row(contact: ContactSnapshot, prop: PropertySnapshot, t: Translator) -> list[Block]:
    kinds = ", ".join(kind_name(kind, t) for kind in contact.kinds)
    lines = [f"*{_who(contact, t)}*", kinds, *_state(contact, t)]
    row = section("\n".join(lines))
    if not prop.role.writes:
        return [row]
    value, name = str(RowKey(prop.id, row_id=contact.id)), clip(contact.name, SHORT_NAME)
    buttons = [button(t("Change"), CHANGE, value, t("Change {name}", name=name))]
    if not contact.confirmed and contact.refused_code is None:
        enter = button(
            t("Enter code"), CONFIRM, value, t("Enter the code of {name}", name=name), style="primary"
        )
        buttons.insert(0, enter)
    ask = confirm(
        t("Remove this contact?"),
        t("{name} will get no more mail about this property's billing.", name=name),
        t("Yes, remove it"),
        t("Keep contact"),
    )
    buttons.append(button(t("Remove"), REMOVE, value, t("Remove {name}", name=name), confirm=ask))
    return [row, actions(*buttons)]


def _who(contact: ContactSnapshot, t: Translator) -> str:
    address = escape(clip(contact.address, ADDRESS_LENGTH)) if contact.address else t("no email address")
    return f"<@{contact.user_id}> ({address})" if contact.user_id else address


def _state(contact: ContactSnapshot, t: Translator) -> list[str]:
    """Why no mail comes, where none does."""
    if contact.refused_code is not None:
        return [t("No more mail is sent: their mail server rejected it ({code}).", code=contact.refused_code)]
    if not contact.is_here:
        return [t("No mail is sent: no longer a member who sees billing here.")]
    if not contact.confirmed:
        return [t("Not confirmed yet: only the code was sent.")]
    return []


def _again(contact: ContactSnapshot, t: Translator) -> str:
    if contact.user_id:
        return t("Mail was rejected before. It is sent again once you save.")
    return t("Once you save, a new code is emailed to confirm the address.")


def _kinds_input(kinds: tuple[ContactKind, ...], t: Translator) -> Block:
    options = [option(kind_name(kind, t), kind) for kind in ContactKind]
    return input_block("kinds", t("Kinds of mail"), checkboxes(options, kinds))


def _kinds_in(view: Mapping[str, Any]) -> tuple[ContactKind, ...]:
    return tuple(ContactKind(one) for one in ticked(view, "kinds"))
