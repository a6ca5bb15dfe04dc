"""Which subscription or property a command means: the named one, the only one, or the one that is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TypeVar
from unicodedata import normalize

from billing.services import properties
from billing.values.acts import Act
from billing.values.snapshots import SubscriptionSnapshot
from bot.blocks import View
from bot.context import Turn
from bot.refusals import NoSuchSubscription
from bot.views import phrases
from bot.views import picking as views
from bot.views.pages import RowKey

Subscriptions = Sequence[SubscriptionSnapshot]
Form = Callable[[Turn, str], Awaitable[View]]
List = Callable[[Turn, RowKey], Awaitable[View]]
T = TypeVar("T")
# Behind the place of any name that is typed whole.
BEGINS, ABBREVIATES, UNFIT = 100, 101, 102


async def open_form(
    turn: Turn,
    words: str,
    callback: str,
    form: Form,
    can: Callable[[SubscriptionSnapshot], bool],
    none: str | None = None,
) -> None:
    """Opens the form of the subscription that the words mean, or the question which one.

    Those that `can` are asked for; `none` is said where there are none. Another is opened when it is named: its
    form says why not.
    """
    page = await turn.call(properties.purchases, to_change=True)
    everything = (*page.running, *page.ended)
    choices = [one for one in everything if can(one)]
    meant = meant_by(words, choices, [one for one in everything if not can(one)])
    if len(meant) == 1:
        await turn.open(await form(turn, meant[0].id))
    else:
        await turn.open(views.choose(meant, callback, turn.t, none))


async def open_list(turn: Turn, words: str, callback: str, shown: List) -> None:
    """Opens the list of the subscription that the words mean, or the question which one; without words of all."""
    if not words:
        await turn.open(await shown(turn, RowKey()))
        return
    page = await turn.call(properties.purchases)
    meant = meant_by(words, (*page.running, *page.ended))
    if len(meant) == 1:
        await turn.open(await shown(turn, RowKey(meant[0].id)))
    else:
        await turn.open(views.choose(meant, callback, turn.t))


async def show_list(turn: Turn, shown: List) -> None:
    """The question whose list was answered."""
    await turn.show(await shown(turn, RowKey(views.read_choice(turn.view))))


async def show_form(turn: Turn, form: Form) -> None:
    """The question which subscription was answered: its form takes the place of the question."""
    await turn.show(await form(turn, views.read_choice(turn.view)))


def is_running(subscription: SubscriptionSnapshot) -> bool:
    return subscription.ended_at is None


def allows(*acts: Act) -> Callable[[SubscriptionSnapshot], bool]:
    """Whether one of these may be done with it."""
    return lambda subscription: not subscription.allowed.isdisjoint(acts)


def meant_by(words: str, choices: Subscriptions, others: Subscriptions = ()) -> Subscriptions:
    """The subscriptions that the words mean, or all choices where there are no words.

    Raises NoSuchSubscription for words that mean none.
    """
    if not words:
        return choices
    everything = (*choices, *others)
    if found := named(words, everything, _names):
        return [one for one in found if one in choices] or found
    names = [phrases.full_name(one) for one in everything]
    raise NoSuchSubscription(words, tuple(dict.fromkeys(names)), nearest(words, names))


def named(words: str, things: Iterable[T], names_of: Callable[[T], Sequence[str]]) -> list[T]:
    """What has that name, else one that begins so, else one that is abbreviated so. First names count most."""
    wanted = _plain(words)
    ranked = [(_rank(wanted, [_plain(name) for name in names_of(thing)]), thing) for thing in things]
    best = min((rank for rank, _ in ranked), default=UNFIT)
    return [thing for rank, thing in ranked if rank == best < UNFIT]


def nearest(words: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant."""
    by_plain = {_plain(name): name for name in names}
    return next((by_plain[one] for one in get_close_matches(_plain(words), by_plain, n=1)), None)


def _rank(wanted: str, names: Sequence[str]) -> int:
    """How badly the words fit: the place of the name that they are, or behind all those, how else they fit one."""
    if wanted in names:
        return names.index(wanted)
    if any(name.startswith(wanted) for name in names):
        return BEGINS
    return ABBREVIATES if any(_abbreviates(wanted, name) for name in names) else UNFIT


def _abbreviates(wanted: str, name: str) -> bool:
    """Whether each word begins one of the name's, in their order: "video plus" is "Video and Voice Plus"."""
    words = iter(name.split())
    return all(any(word.startswith(part) for word in words) for part in wanted.split())


def _names(subscription: SubscriptionSnapshot) -> tuple[str, ...]:
    return phrases.full_name(subscription), subscription.add_on, subscription.add_on_id


def _plain(name: str) -> str:
    """Without what nobody types twice in the same way: case, hyphens, spaces."""
    return " ".join(normalize("NFC", name).casefold().replace("-", " ").split())
