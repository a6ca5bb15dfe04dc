"""Lists of invoices, and a PDF for the one who asked."""

from __future__ import annotations

from billing.services import invoices, properties
from billing.values.snapshots import InvoiceFile
from bot.blocks import Message
from bot.context import Turn
from bot.listeners.subscriptions import named
from bot.views import invoices as views


async def open_list_from_words(turn: Turn, words: str) -> None:
    """`/billing invoices [add-on]`."""
    page = await turn.call(properties.purchases)
    meant = named((*page.running, *page.ended), words)
    listed = await turn.call(invoices.listed, meant.id if meant else None)
    await turn.open(views.invoice_list(listed, turn.t))


async def open_list(turn: Turn) -> None:
    """The All invoices button of one subscription or of the property."""
    subscription_id, page = views.read_page(turn.value)
    await turn.open(views.invoice_list(await turn.call(invoices.listed, subscription_id, page), turn.t))


async def turn_page(turn: Turn) -> None:
    """Newer or Older in the list."""
    subscription_id, page = views.read_page(turn.value)
    await turn.show(views.invoice_list(await turn.call(invoices.listed, subscription_id, page), turn.t))


async def send(turn: Turn) -> None:
    """Sends the PDF to the asker's direct messages; nobody else sees it."""
    file = await turn.call(invoices.as_file, turn.value, turn.t.language)
    await deliver(turn, file, views.pdf_message(file, turn.t), views.sent(file, turn.t))


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
        subscription_id, page = views.read_list(turn.view)
        listed = await turn.call(invoices.listed, subscription_id, page)
        await turn.show(views.invoice_list(listed, turn.t, sent))
    elif turn.body.get("response_url"):
        await turn.reply(sent)
