"""What the seller's own people do for a customer: `/billing-operator`. Each turn asks anew whether they are such."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from billing import Actor, Billing
from billing.services import operators
from bot.context import Turn
from bot.operators import Operators
from bot.refusals import NotAnOperator
from bot.runner import in_pool, in_thread
from bot.views import operators as views

P = ParamSpec("P")
R = TypeVar("R")


def admitted(turn: Turn) -> Operators:
    """THE DOOR past the workspace of the turn, to the desk that sees all of them. Raises NotAnOperator."""
    found = turn.desk.operators
    if found is None or not found.admits(turn.actor):
        raise NotAnOperator
    return found


async def call(
    turn: Turn, service: Callable[Concatenate[Billing, Actor, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Asks a service in the operator's name. Raises NotAnOperator."""
    return await in_thread(service, admitted(turn).billing, turn.actor, *args, **kwargs)


async def ask_bank(
    turn: Turn, service: Callable[Concatenate[Billing, Actor, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """The same as `call` for what waits for the gateway."""
    return await in_pool(turn.desk.at_bank, service, admitted(turn).billing, turn.actor, *args, **kwargs)


async def show_help(turn: Turn) -> None:
    """`/billing-operator help`, and the bare command."""
    await turn.reply(views.help_text(turn.t))


async def show_unknown(turn: Turn, word: str) -> None:
    """The answer to a word that is none."""
    await turn.reply(views.unknown_command(word, turn.t))


async def find(turn: Turn, words: str) -> None:
    """`/billing-operator find [workspace, property or invoice]`."""
    if not words:
        await turn.reply(views.nothing_to_find(turn.t))
        return
    await turn.reply(views.found(await call(turn, operators.find, words), words, turn.t))


async def look(turn: Turn) -> None:
    """The Open page button of what was found."""
    place = views.read_place(turn.value)
    await turn.open(views.page(await call(turn, operators.look, *place), turn.t))
