"""Reading the audit log."""

from __future__ import annotations

from billing.services import audit
from bot.context import Turn
from bot.views import audit as views
from bot.views.pages import RowKey


async def open_log(turn: Turn) -> None:
    """`/billing audit`, and the Audit log button in the settings."""
    key = RowKey.read(turn.value) if turn.value else RowKey()
    await turn.open(views.audit_log(await turn.call(audit.listed, *key.place), turn.t))


async def turn_page(turn: Turn) -> None:
    """Newer or Older in the log."""
    key = RowKey.read(turn.value)
    await turn.show(views.audit_log(await turn.call(audit.listed, *key.place), turn.t))
