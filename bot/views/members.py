"""Members of a property: their list, the forms that change it, and what others are told of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.actors import Role
from billing.values.events import BillingAdminLeft, BillingAdminReplaced, MemberChanged, RoleAskedFor
from billing.values.snapshots import MemberSnapshot, MembersPage, PropertySnapshot
from bot.blocks import (
    Block,
    Element,
    Message,
    View,
    actions,
    button,
    clip,
    context,
    escape,
    input_block,
    modal,
    option,
    person_select,
    picked,
    picked_person,
    radio_buttons,
    section,
)
from bot.reading import reads
from bot.views import access
from bot.views.pages import RowKey, Turning, page_blocks
from bot.views.phrases import SHORT_NAME
from bot.views.roles import role_does, role_name

LIST = "member.list"
PAGE = "member.page"
ADD = "member.add"
CHANGE = "member.change"
ASK = "member.ask_for_role"
TAKE_OVER = "member.take_over"
# Stands beside the roles in the form.
REMOVE = "remove"
MAX_PLANS = 300


@dataclass(frozen=True, slots=True)
class MemberForm:
    """Who gets which role; `role` is None where they are to be removed. `page` is where the form came from."""

    property_id: str
    user_id: str
    page: int
    role: Role | None


@dataclass(frozen=True, slots=True)
class Place:
    """Whose form is open, and the page of the list that it was opened from."""

    property_id: str
    user_id: str
    page: int


def member_list(page: MembersPage, t: Translator, done: str | None = None) -> View:
    """One page of the list. `done` says what was just changed."""
    owner = page.property.role is Role.OWNER
    here = RowKey(page.property.id, page.page)
    add = button(t("Add a member"), ADD, str(here), style="primary") if owner else None
    heading = t("Members of the property *{property}*", property=escape(page.property.name))
    blocks = [section(heading, add), *([section(done)] if done else [])]
    blocks += [context(t("Only owners of this property can change roles."))] if not owner else []
    blocks += _rows(page, t, owner=owner)
    return modal(t("Members"), blocks, close=t("Close"))


def change_form(member: MemberSnapshot, prop: PropertySnapshot, page: int, t: Translator) -> View:
    """The form for the role of one member."""
    sentence = t(
        "<@{user}> is {role} of the property *{property}*.",
        user=member.user_id,
        role=role_name(member.role, t),
        property=escape(prop.name),
    )
    pays = [context(_pays(member, t))] if member.pays else []
    removed = option(t("none: remove from the property"), REMOVE, t("loses access"))
    return modal(
        t("Change role"),
        [section(sentence), *pays, _role_input(t, member.role, removed)],
        callback_id=CHANGE,
        submit=t("Save role"),
        close=t("Close"),
        metadata=json.dumps(asdict(Place(prop.id, member.user_id, page))),
    )


def add_form(prop: PropertySnapshot, page: int, t: Translator) -> View:
    """The form for somebody who is no member yet."""
    sentence = t("They become a member of the property *{property}*.", property=escape(prop.name))
    return modal(
        t("Add a member"),
        [
            section(sentence),
            input_block("user_id", t("Person"), person_select(t("Choose a person"))),
            _role_input(t, Role.ADMIN),
            context(t("Guests and people from other workspaces can't be added.")),
        ],
        callback_id=ADD,
        submit=t("Add member"),
        close=t("Close"),
        metadata=json.dumps(asdict(Place(prop.id, "", page))),
    )


@reads
def read_form(view: Mapping[str, Any]) -> MemberForm:
    """What either form says."""
    place = Place(**json.loads(view["private_metadata"]))
    role, user_id = picked(view, "role"), place.user_id or picked_person(view, "user_id")
    return MemberForm(place.property_id, user_id, place.page, None if role == REMOVE else Role(role))


def done(form: MemberForm, t: Translator) -> str:
    """What was changed, for whoever changed it."""
    if form.role is None:
        return t("<@{user}> was removed.", user=form.user_id)
    return t("<@{user}> is now {role}.", user=form.user_id, role=role_name(form.role, t))


def ask_button(property_id: str, needed: str, t: Translator) -> Element:
    """Asks those who can help for the role that a refusal said is needed."""
    return button(t("Ask for access"), ASK, f"{property_id} {needed}", style="primary")


@reads
def read_ask(value: str) -> tuple[str, str]:
    """The property, and the role that is needed there."""
    property_id, _, needed = value.partition(" ")
    return property_id, needed


def asked(user_ids: tuple[str, ...], t: Translator) -> Message:
    """The private answer to whoever asked."""
    if not user_ids:
        sentence = t(
            "No owner of this property can be reached in Slack, so no one was asked. Ask whoever runs this app."
        )
        return Message(sentence, [section(sentence)])
    people = ", ".join(f"<@{user_id}>" for user_id in user_ids)
    sentence = t(
        "I asked {people} in a direct message. If one of them gives you the role, it holds at once.",
        people=people,
    )
    return Message(sentence, [section(sentence)])


def changed(event: MemberChanged, t: Translator) -> Message:
    """What the channel is told."""
    about = {"by": event.by, "user": event.user_id, "property": escape(event.property_name)}
    if event.role is None:
        sentence = t("<@{by}> removed <@{user}> from the members of {property}.", **about)
    elif event.before is None:
        role = role_name(Role(event.role), t)
        sentence = t("<@{by}> added <@{user}> to the members of {property} as {role}.", **about, role=role)
    else:
        before, role = role_name(Role(event.before), t), role_name(Role(event.role), t)
        sentence = t(
            "<@{by}> changed the role of <@{user}> in {property} from {before} to {role}.",
            **about,
            before=before,
            role=role,
        )
    return Message(sentence, [section(sentence)])


def asked_for(event: RoleAskedFor, t: Translator) -> Message:
    """What the owners are told, in private; nothing of the property's billing stands in it."""
    if not event.role:
        return _asks_to_join(event, t)
    sentence = t(
        "<@{by}> ({role}) asks to become {needed} of the property {property}. Only owners can give roles.",
        by=event.by,
        property=escape(event.property_name),
        role=role_name(Role(event.role), t),
        needed=role_name(Role(event.needed), t),
    )
    ways = (*access.answer_buttons(event, t), _list_button(event, t))
    return Message(sentence, [section(sentence), actions(*ways)])


def _asks_to_join(event: RoleAskedFor, t: Translator) -> Message:
    sentence = t(
        "<@{by}> is in no property yet and asks to be added. Add them as a member of {property}, if they should be.",
        by=event.by,
        property=escape(event.property_name),
    )
    return Message(sentence, [section(sentence), actions(_list_button(event, t))])


def payer_left(event: BillingAdminLeft, t: Translator) -> Message:
    """What the team is told: each who may change the billing can become Billing Admin in their place."""
    sentence = t(
        "<@{user}> is the Billing Admin of {plans} ({property}) and no longer has a full Slack account here "
        "(deactivated, or a guest). Cards and charges stay as they are. Until someone takes over, payment notices go "
        "to all owners and admins.",
        user=event.user_id,
        plans=escape(clip(event.plans, MAX_PLANS)),
        property=escape(event.property_name),
    )
    label = t("Take over {names}", names=clip(event.plans, SHORT_NAME))
    take = button(t("Take over"), TAKE_OVER, f"{event.property_id} {event.user_id}", label, style="primary")
    return Message(sentence, [section(sentence), actions(take)])


def payer_replaced(event: BillingAdminReplaced, t: Translator) -> Message:
    """Who takes care of it now."""
    sentence = t(
        "<@{by}> replaced <@{user}> as the Billing Admin of {plans} ({property}). Nothing was charged.",
        by=event.by,
        user=event.user_id,
        plans=escape(clip(event.plans, MAX_PLANS)),
        property=escape(event.property_name),
    )
    return Message(sentence, [section(sentence)])


@reads
def read_take_over(value: str) -> tuple[str, str]:
    """The property, and who left."""
    property_id, _, user_id = value.partition(" ")
    return property_id, user_id


def taken_over(plans: Sequence[str], t: Translator) -> Message:
    """The private answer to whoever took over."""
    sentence = t(
        "You are the Billing Admin of {plans} now and get the payment notices. Nothing was charged, and cards stay "
        "as they are.",
        plans=escape(clip(", ".join(plans), MAX_PLANS)),
    )
    return Message(sentence, [section(sentence)])


def _list_button(event: RoleAskedFor, t: Translator) -> Element:
    label = t("Members of {property}", property=clip(event.property_name, SHORT_NAME))
    return button(t("Members"), LIST, str(RowKey(event.property_id)), label)


def _rows(page: MembersPage, t: Translator, *, owner: bool) -> list[Block]:
    count = t.plural("{count} member, owners first", "{count} members, owners first", page.count)
    turning = Turning(
        PAGE, (t("Previous"), t("Previous page of members")), (t("Next"), t("Next page of members"))
    )
    rows = [_row(member, page, t, owner=owner) for member in page.members]
    return page_blocks(page, page.property.id, count, rows, turning, t)


def _row(member: MemberSnapshot, page: MembersPage, t: Translator, *, owner: bool) -> Block:
    lines = [f"<@{member.user_id}> · {role_name(member.role, t)}"]
    lines += [_pays(member, t)] if member.pays else []
    lines += (
        [] if member.is_here else [t("no longer has a full Slack account here (deactivated, or a guest)")]
    )
    change = None
    if owner:
        value = str(RowKey(page.property.id, page.page, member.user_id))
        label = t("Change the role of {name}", name=clip(member.name, SHORT_NAME))
        change = button(t("Change"), CHANGE, value, label)
    return section("\n".join(lines), change)


def _pays(member: MemberSnapshot, t: Translator) -> str:
    return t("pays for {names}", names=escape(clip(", ".join(member.pays), 300)))


def _role_input(t: Translator, initial: Role, *more: Element) -> Block:
    options = [option(role_name(role, t), role, role_does(role, t)) for role in Role]
    return input_block("role", t("Role"), radio_buttons([*options, *more], initial))
