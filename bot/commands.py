"""The commands as they were typed: which row of the routing table each goes to."""

from __future__ import annotations

from billing.values.card_numbers import holds_card_number
from bot.app import OPERATOR_COMMAND, OPERATOR_WORDS, TAKE_NOTHING, WORDS, Listener
from bot.context import Turn
from bot.listeners import help, home, operators
from bot.refusals import CardNumberTyped, TakesNoWords
from bot.views import help as help_views
from bot.views import operators as operator_views


def listener_of(command: str, typed: str) -> tuple[str, Listener]:
    """What it is called in the log, and who answers it."""
    return _of_operators(typed) if command == OPERATOR_COMMAND else _of_customers(typed)


def _of_customers(typed: str) -> tuple[str, Listener]:
    word, rest = help_views.understand(typed)

    async def listen(turn: Turn) -> None:
        if holds_card_number(typed):
            raise CardNumberTyped
        if word is None:
            if not await home.answer_question(turn, typed):
                await help.show_unknown(turn, typed.split(maxsplit=1)[0])
        elif rest and word in TAKE_NOTHING:
            raise TakesNoWords(word, rest)
        else:
            await WORDS[word](turn, rest)

    return f"command {word}", listen


def _of_operators(typed: str) -> tuple[str, Listener]:
    word, rest = operator_views.understand(typed)

    async def listen(turn: Turn) -> None:
        operators.admitted(turn)
        if holds_card_number(typed):
            raise CardNumberTyped
        if word is None:
            await operators.show_unknown(turn, typed.split(maxsplit=1)[0])
        else:
            await OPERATOR_WORDS[word](turn, rest)

    return f"operator {word}", listen
