"""The PDF of a credit note, for the one who asked."""

from __future__ import annotations

from billing.services import credit_notes
from bot.context import Turn
from bot.listeners.invoices import deliver
from bot.views import credit_notes as views


async def send(turn: Turn) -> None:
    """Sends the PDF to the asker's direct messages; nobody else sees it."""
    file = await turn.call(credit_notes.as_file, turn.value, turn.t.language)
    await deliver(turn, file, views.pdf_message(file, turn.t), views.sent(file, turn.t))
