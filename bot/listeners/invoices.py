"""Lists of invoices, and a PDF for the one who asked."""

from __future__ import annotations

from billing.services import invoices
from billing.values.snapshots import InvoiceFile
from bot.blocks import Message, View
from bot.context import Turn
from bot.listeners import picking
from bot.views import invoice_links
from bot.views import invoices as views
from bot.views.pages import RowKey


async def open_list_from_words(turn: Turn, words: str) -> None:
    """`/billing invoices [add-on]`."""
    await picking.open_list(turn, words, views.LIST, _shown)


async def show_list(turn: Turn) -> None:
    """The question whose invoices was answered."""
    await picking.show_list(turn, _shown)


async def open_list(turn: Turn) -> None:
    """The All invoices button of one subscription or of the property."""
    await turn.open(await _shown(turn, RowKey.read(turn.value)))


async def turn_page(turn: Turn) -> None:
    """Newer or Older in the list."""
    await turn.show(await _shown(turn, RowKey.read(turn.value)))


async def send(turn: Turn) -> None:
    """Sends the PDF to the asker's direct messages; nobody else sees it."""
    file = await turn.call(invoices.as_file, turn.value, turn.t.language)
    link = invoice_links.address_of(turn.desk.public_url, turn.value) if turn.desk.public_url else ""
    await deliver(turn, file, views.pdf_message(file, turn.t, link), views.sent(file, turn.t))


async def deliver(turn: Turn, file: InvoiceFile, comment: str, sent: Message) -> None:
    """Puts the file into the asker's direct messages, and says so where it was asked for."""
    opened = await turn.desk.slack.conversations_open(users=turn.actor.user_id)
    await turn.desk.slack.files_upload_v2(
        channel=opened["channel"]["id"],
        filename=file.name,
        title=file.name,
        content=file.content,
        initial_comment=comment,
    )
    if turn.view.get("type") == "modal":
        await turn.show(await _shown(turn, views.read_list(turn.view), sent))
    elif turn.body.get("response_url"):
        await turn.reply(sent)


async def _shown(turn: Turn, key: RowKey, just_sent: Message | None = None) -> View:
    return views.invoice_list(await turn.call(invoices.listed, *key.place), turn.t, just_sent)
