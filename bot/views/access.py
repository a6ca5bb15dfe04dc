"""Requests for access: the buttons of those who answer them, and what whoever asked hears."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from billing.i18n import Translator
from billing.values.actors import Role
from billing.values.events import MemberChanged, RoleAskedFor, RoleDeclined
from bot.blocks import Element, Message, actions, button, escape, section
from bot.reading import Outdated, reads
from bot.views import phrases
from bot.views.roles import role_name

APPROVE = "member.approve"
DECLINE = "member.decline"
JOIN = "member.ask_to_join"
OPEN_PAGE = "home.show"


class Request(NamedTuple):
    """Who asked for which role, and where."""

    property_id: str
    user_id: str
    needed: str


def answer_buttons(event: RoleAskedFor, t: Translator) -> list[Element]:
    """What an owner can answer to a member; who is none yet is added among the members."""
    if not event.role:
        return []
    value = f"{event.property_id} {event.by} {event.needed}"
    approve = t("Approve: {role}", role=role_name(Role(event.needed), t))
    return [button(approve, APPROVE, value, style="primary"), button(t("Decline"), DECLINE, value)]


@reads
def read_request(value: str) -> Request:
    """What an owner answers."""
    parts = value.rsplit(" ", len(Request._fields) - 1)
    if len(parts) != len(Request._fields):
        raise Outdated
    return Request(*parts)


def approved(user_id: str, role: Role, t: Translator) -> Message:
    """Stands in the place of the request."""
    return _sentence(t("<@{user}> is now {role}.", user=user_id, role=role_name(role, t)))


def declined(user_id: str, t: Translator) -> Message:
    return _sentence(t("You declined the request of <@{user}>, and they were told.", user=user_id))


def your_role(event: MemberChanged, t: Translator) -> Message:
    """What whoever asked for a role hears when it is another one."""
    said = {"by": event.by, "property": escape(event.property_name), "command": phrases.COMMAND}
    if event.role is None:
        return _sentence(t("<@{by}> removed you from the property {property}.", **said))
    sentence = t(
        "<@{by}> made you {role} of {property}. Open `{command}`.",
        role=role_name(Role(event.role), t),
        **said,
    )
    return _sentence(sentence)


def your_request_declined(event: RoleDeclined, t: Translator) -> Message:
    sentence = t(
        "<@{by}> declined your request to become {role} of {property}. Nothing was changed.",
        by=event.by,
        role=role_name(Role(event.needed), t),
        property=escape(event.property_name),
    )
    return _sentence(sentence)


def join_button(t: Translator) -> Element:
    """Asks the owners of a property to add whoever is in none."""
    return button(t("Ask for access"), JOIN, "ask", style="primary")


def who_adds(owners: Sequence[str], t: Translator) -> str:
    """The names of those who can add somebody."""
    return t("They can add you: {people}.", people=_people(owners))


def answer_to_message(helpers: Sequence[str], t: Translator) -> Message:
    """What the app answers to whatever is written to it."""
    sentence = t(
        "Messages here are not read. Use `{command}` or this button; `{command} help` lists what you can write.",
        command=phrases.COMMAND,
    )
    if helpers:
        sentence = f"{sentence} {t('These people can help: {people}.', people=_people(helpers))}"
    show = button(t("Show purchases and invoices"), OPEN_PAGE, "show", style="primary")
    return Message(sentence, [section(sentence), actions(show)])


def _people(user_ids: Sequence[str]) -> str:
    return ", ".join(f"<@{user_id}>" for user_id in user_ids)


def _sentence(sentence: str) -> Message:
    return Message(sentence, [section(sentence)])
