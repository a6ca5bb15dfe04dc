"""Who is a member of a property, in which role; and asking for one."""

from __future__ import annotations

from dataclasses import replace

from billing import Actor
from billing.services import access, departures, members, properties
from billing.values.errors import Refusal
from bot import i18n
from bot.context import Turn
from bot.listeners import old_buttons
from bot.refusals import CannotBeMember, SlackUnavailable
from bot.views import access as access_views
from bot.views import members as views
from bot.views.members import MemberForm
from bot.views.notice import sentence_message
from bot.views.pages import RowKey


async def open_list(turn: Turn) -> None:
    """`/billing members`, and the Members button: the list, with what an owner can change."""
    key = RowKey.read(turn.value) if turn.value else RowKey()
    await turn.open(views.member_list(await turn.call(members.listed, *key.place), turn.t))


async def turn_page(turn: Turn) -> None:
    """Previous or Next in the list."""
    key = RowKey.read(turn.value)
    await turn.show(views.member_list(await turn.call(members.listed, *key.place), turn.t))


async def open_add(turn: Turn) -> None:
    """The Add button: the form takes the place of the list."""
    key = RowKey.read(turn.value)
    prop = await turn.call(properties.look_at, key.list_id, to_own=True)
    await turn.show(views.add_form(prop, key.page, turn.t))


async def open_change(turn: Turn) -> None:
    """The Change button of one member: the form takes the place of the list."""
    key = RowKey.read(turn.value)
    prop = await turn.call(properties.look_at, key.list_id)
    member = await turn.call(members.look_at, prop.id, key.row_id)
    await turn.show(views.change_form(member, prop, key.page, turn.t))


async def add(turn: Turn) -> None:
    """The form for a new member was submitted."""
    form = views.read_form(turn.view)
    await turn.call(properties.look_at, form.property_id, to_own=True)
    await _refuse_outsider(turn, form.user_id)
    await _save(turn, form)


async def change(turn: Turn) -> None:
    """The form for the role of a member was submitted."""
    await _save(turn, views.read_form(turn.view))


async def ask_for_role(turn: Turn) -> None:
    """The Ask for access button of a refusal."""
    property_id, needed = views.read_ask(turn.value)
    await turn.reply(views.asked(await turn.call(members.ask_for_role, property_id, needed), turn.t))


async def ask_to_join(turn: Turn) -> None:
    """The Ask for access button of who is in no property."""
    await turn.reply(views.asked(await turn.call(access.ask_to_join), turn.t))


async def approve(turn: Turn) -> None:
    """The Approve button of a request for access."""
    asked = access_views.read_request(turn.value)
    role = await turn.call(access.approve, *asked)
    await turn.reply(access_views.approved(asked.user_id, role, turn.t), replace=True)
    await _redraw_home_of(turn, asked.user_id)


async def decline(turn: Turn) -> None:
    """The Decline button."""
    asked = access_views.read_request(turn.value)
    await turn.call(access.decline, *asked)
    await turn.reply(access_views.declined(asked.user_id, turn.t), replace=True)


async def take_over(turn: Turn) -> None:
    """The Take over button, when a Billing Admin left."""
    taken = await turn.call(departures.take_over, *views.read_take_over(turn.value))
    await turn.reply(views.taken_over(taken, turn.t))
    await old_buttons.retire_in_private(turn)
    await turn.redraw_homes()


async def _save(turn: Turn, form: MemberForm) -> None:
    if form.role is None:
        await turn.call(members.remove, form.property_id, form.user_id)
    else:
        await turn.call(members.set_role, form.property_id, form.user_id, form.role)
    done = views.done(form, turn.t)
    try:
        page = await turn.call(members.listed, form.property_id, form.page)
        await turn.show(views.member_list(page, turn.t, done))
    except Refusal:  # an owner who gave up their own role sees the list no more
        await turn.reply(sentence_message(done))
    await _redraw_home_of(turn, form.user_id)


async def _refuse_outsider(turn: Turn, user_id: str) -> None:
    try:
        profile = await turn.desk.people.profile(Actor(turn.actor.workspace_id, user_id))
    except SlackUnavailable:
        raise CannotBeMember from None
    if profile.is_outsider:
        raise CannotBeMember


async def _redraw_home_of(turn: Turn, user_id: str) -> None:
    """What they see in their Home follows their role, not the next time they look."""
    actor = Actor(turn.actor.workspace_id, user_id)
    try:
        profile = await turn.desk.people.profile(actor)
    except SlackUnavailable:
        return
    if not profile.is_outsider:
        theirs = replace(turn, actor=actor, profile=profile, t=i18n.words(profile.language))
        await theirs.redraw_home()
