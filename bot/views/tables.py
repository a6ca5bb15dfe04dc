"""The agenda and the payment history as tables that can be sorted and filtered."""

from __future__ import annotations

from datetime import datetime

from billing.i18n import Translator
from billing.values.cycles import local_date
from billing.values.snapshots import AgendaPage, AttemptPage
from bot.blocks import Block, Element, Message, context, escape, section
from bot.data_blocks import amount_cell, data_table, rows_in, word_cell
from bot.views.agenda import what_happens
from bot.views.payments import what_became

# How many rows are seen at once.
SHOWN = 20


def sent(t: Translator) -> list[Block]:
    return [section(t("The table was sent to you in a direct message."))]


def agenda(page: AgendaPage, t: Translator) -> Message:
    """All that comes, soonest first. What nobody knows yet has no amount."""
    zone = page.property.time_zone
    heads = [t("Date"), t("Add-on"), t("What happens"), t("Charge with VAT")]
    rows = [
        [
            _day(one.at, zone),
            word_cell(f"{one.add_on} {one.plan}"),
            word_cell(what_happens(one, f"{one.add_on} {one.plan}", t)),
            amount_cell(one.amount, t) if one.amount is not None else word_cell(""),
        ]
        for one in page.entries
    ]
    caption = t("Upcoming charges for the property {property}", property=page.property.name)
    return _message(caption, data_table(caption, heads, rows, SHOWN), page.count, t)


def history(page: AttemptPage, t: Translator) -> Message:
    """All tries to collect, newest first."""
    zone = page.property.time_zone
    heads = [t("Date"), t("Add-on"), t("Amount with VAT"), t("Card"), t("Invoice"), t("Outcome")]
    rows = [
        [
            _day(one.at, zone),
            word_cell(one.add_on),
            amount_cell(one.amount, t),
            word_cell(one.card),
            word_cell(one.invoice_number or ""),
            word_cell(what_became(one, t)),
        ]
        for one in page.attempts
    ]
    name = page.property.name
    caption = t("All payments of the property {property}", property=name)
    if page.title:
        caption = t("Payments for {what}, property {property}", what=page.title, property=name)
    return _message(caption, data_table(caption, heads, rows, SHOWN), page.count, t)


def _day(at: datetime, zone: str) -> Element:
    """So written that the table sorts days as words and is right."""
    return word_cell(local_date(at, zone).isoformat())


def _message(caption: str, table: Block, count: int, t: Translator) -> Message:
    sentence = escape(caption)
    blocks = [section(sentence), table]
    if rows_in(table) < count:
        shown = rows_in(table)
        left = t(
            "The first {shown} of {count} rows: Slack takes no more in a table.", shown=shown, count=count
        )
        blocks.append(context(left))
    return Message(sentence, blocks)
