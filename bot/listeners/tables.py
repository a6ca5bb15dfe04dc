"""Lists as tables in a direct message, where they can be sorted, filtered and kept."""

from __future__ import annotations

from billing.services import agenda, payments
from bot.blocks import Message, View
from bot.context import Turn
from bot.data_blocks import MOST_ROWS
from bot.views import agenda as agenda_views
from bot.views import payments as payment_views
from bot.views import tables as views
from bot.views.pages import RowKey


async def send_agenda(turn: Turn) -> None:
    """As a table, in the agenda."""
    key = RowKey.read(turn.value)
    whole = await turn.call(agenda.listed, key.list_id, size=MOST_ROWS)
    shown = agenda_views.agenda(await turn.call(agenda.listed, *key.place), turn.t)
    await _send(turn, views.agenda(whole, turn.t), shown)


async def send_history(turn: Turn) -> None:
    """As a table, in the payment history."""
    key = RowKey.read(turn.value)
    whole = await turn.call(payments.listed, key.list_id, size=MOST_ROWS)
    shown = payment_views.history(await turn.call(payments.listed, *key.place), turn.t)
    await _send(turn, views.history(whole, turn.t), shown)


async def _send(turn: Turn, table: Message, shown: View) -> None:
    """Writes it to the asker, and says so above the list as it is shown."""
    await turn.write_to_person(table)
    await turn.show({**shown, "blocks": [*views.sent(turn.t), *shown["blocks"]]})
