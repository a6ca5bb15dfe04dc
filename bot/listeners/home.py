"""The page "Purchases and invoices": the card, the Home tab, the choice of property."""

from __future__ import annotations

import re
from unicodedata import normalize

from billing.services import access, invoices, properties, subscriptions
from billing.values.refusals import NoProperty, NotAllowed, NotFound
from billing.values.snapshots import SubscriptionSnapshot
from bot.blocks import Element, Message
from bot.context import Turn
from bot.views import access as access_views
from bot.views import finding, home, settings

# A question has so many words at least beside the name of what it is about.
QUESTION_WORDS = 2


async def show_card(turn: Turn) -> None:
    """`/billing`: the page as a private message."""
    await turn.reply(await card(turn))


async def card(turn: Turn) -> Message:
    """The page as a message, or what to do for somebody who has no property."""
    try:
        return turn.desk.cards.of(turn.actor, await turn.call(properties.purchases), turn.t)
    except NoProperty as nobody:
        can_create = turn.profile.is_workspace_owner
        return home.without_property(turn.t, nobody.owners, can_create=can_create)


async def suggest(turn: Turn) -> list[Element]:
    """What the search field may mean: subscriptions, ended ones too, and invoices by number, amount or month."""
    typed = str(turn.body.get("value") or "")
    page = await turn.call(properties.purchases)
    found = await turn.call(invoices.find, typed)
    return finding.options((*page.running, *page.ended), found, typed, turn.t)


async def open_found(turn: Turn) -> None:
    """One of those was chosen."""
    kind, some_id = finding.read_found(turn.value)
    if kind == finding.INVOICE:
        await turn.open(finding.invoice(await turn.call(invoices.look_at, some_id), turn.t))
    else:
        await _open_details(turn, some_id)


async def answer_question(turn: Turn, typed: str) -> bool:
    """ "What do we pay for AI Assist": opens the one subscription that is named in it; whether there is one.

    Fewer words beside the name are a command that was mistyped.
    """
    asked = _plain(typed)
    if len(asked) <= QUESTION_WORDS:
        return False
    try:
        page = await turn.call(properties.purchases)
    except (NoProperty, NotAllowed):  # whoever sees no billing learns which words there are
        return False
    named = [one for one in page.running if _is_named(one, asked)]
    named = named or [one for one in page.ended if _is_named(one, asked)]
    if len(named) != 1:
        return False
    await turn.open(home.details(named[0], page, turn.t))
    return True


def _is_named(one: SubscriptionSnapshot, asked: list[str]) -> bool:
    name = _plain(one.add_on)
    beside = len(asked) - len(name)
    is_there = any(asked[place : place + len(name)] == name for place in range(beside + 1))
    return bool(name) and is_there and beside >= QUESTION_WORDS


def _plain(text: str) -> list[str]:
    """Its words in small letters, without what stands around them."""
    return re.findall(r"\w+", normalize("NFC", text).casefold())


async def open_details(turn: Turn) -> None:
    """The Details button of a line: all that there is to know of that subscription, and to do with it."""
    await _open_details(turn, turn.value)


async def _open_details(turn: Turn, subscription_id: str) -> None:
    looked_at = await turn.call(subscriptions.look_at, subscription_id)
    page = await turn.call(properties.purchases)
    found = next((one for one in (*page.running, *page.ended) if one.id == looked_at.id), None)
    if found is None:  # it belongs to another of their properties by now
        raise NotFound("subscription")
    await turn.open(home.details(found, page, turn.t))


async def open_settings(turn: Turn) -> None:
    """The Settings button."""
    await turn.open(settings.settings(await turn.call(properties.look_at, turn.value), turn.t))


async def answer_message(turn: Turn) -> None:
    """Something was written to the app: what can be done instead, and who can help."""
    if not await turn.call(access.is_new, str(turn.body.get("event_id"))):
        return
    try:
        helpers = await turn.call(access.whom_to_ask)
    except NoProperty as nobody:
        can_create = turn.profile.is_workspace_owner
        await turn.write_to_person(home.without_property(turn.t, nobody.owners, can_create=can_create))
        return
    await turn.write_to_person(access_views.answer_to_message(helpers, turn.t))


async def open_home(turn: Turn) -> None:
    """The Home tab was opened, or something that it shows has changed."""
    await turn.redraw_home()
