"""Downloads: the form that asks for one, and the message that says how far it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from billing.i18n import Translator
from billing.values.money import Money
from billing.values.snapshots import DownloadChoices, DownloadSnapshot, Papers
from billing.values.spans import Months, spans_between
from bot.blocks import (
    OPTIONS_LIMIT,
    VALUE,
    Element,
    Message,
    View,
    context,
    escape,
    group,
    grouped_select,
    input_block,
    modal,
    option,
    picked,
    section,
)
from bot.reading import reads
from bot.views.notice import sentence_message
from bot.views.phrases import COMMAND

ASK = "download.ask"
# So many marks show how far it is, beside the words.
BAR = 16


def form(choices: DownloadChoices, t: Translator) -> View:
    """Years, quarters and months of which there are papers, newest first; what does not fit can be typed."""
    kinds = ((Months.MONTH, t("Months")), (Months.QUARTER, t("Quarters")), (Months.YEAR, t("Years")))
    groups = [group(label, _options(choices, months, t)) for months, label in kinds]
    what = t(
        "All invoices, credit notes and payments of *{property}*: the PDFs, e-invoices where there are any, and "
        "lists for spreadsheets. The file arrives in your direct messages.",
        property=escape(choices.property.name),
    )
    return modal(
        t("Download"),
        [
            section(what),
            input_block("span", t("Period"), grouped_select(VALUE, groups, t("Choose a period"))),
            context(t("Documents by the date on them, payments by the day they were made.")),
        ],
        callback_id=ASK,
        submit=t("Prepare file"),
        close=t("Close"),
        metadata=choices.property.id,
    )


@reads
def read_form(view: Mapping[str, Any]) -> tuple[str, str]:
    """The time that was chosen, and the property."""
    return picked(view, "span"), str(view["private_metadata"])


def asked(one: DownloadSnapshot, t: Translator) -> Message:
    """The private answer to who asked."""
    about = _about(one, t)
    if one.is_new:
        sentence = t(
            "Preparing the billing documents of {property} for {span}. A direct message shows the progress; the "
            "file arrives in its thread.",
            **about,
        )
    else:
        sentence = t(
            "The billing documents of {property} for {span} are already being prepared. The file arrives in your "
            "direct messages.",
            **about,
        )
    return sentence_message(sentence)


def preparing(one: DownloadSnapshot, done: int, count: int, t: Translator) -> Message:
    """How far it is; before the first document there is no count."""
    sentence = t("Preparing the billing documents of {property} for {span}.", **_about(one, t))
    if not count:
        return sentence_message(sentence)
    far = t("{done} of {count} documents", done=done, count=count)
    full = BAR * done // count
    bar = "█" * full + "░" * (BAR - full)
    return Message(f"{sentence} {far}", [section(sentence), context(f"{bar}  {far}")])


def ready(one: DownloadSnapshot, papers: Papers, t: Translator) -> Message:
    """What was sent, with its sums; the file stands in the thread."""
    invoices = [row for row in papers.documents if not row.is_credit_note]
    notes = [row for row in papers.documents if row.is_credit_note]
    payments = [row for row in papers.money if not row.is_refund]
    refunds = [row for row in papers.money if row.is_refund]
    parts = (
        (t.plural("{count} invoice", "{count} invoices", len(invoices)), [row.total for row in invoices]),
        (t.plural("{count} credit note", "{count} credit notes", len(notes)), [row.total for row in notes]),
        (t.plural("{count} payment", "{count} payments", len(payments)), [r.by_gateway for r in payments]),
        (t.plural("{count} refund", "{count} refunds", len(refunds)), [row.by_gateway for row in refunds]),
    )
    lines = [f"{said}: {_sums(amounts, t)}" for said, amounts in parts if amounts]
    sentence = t("The billing documents of {property} for {span} are in this thread.", **_about(one, t))
    return Message(
        f"{sentence} {'; '.join(lines)}.", [section("\n".join((sentence, *(f"• {line}" for line in lines))))]
    )


def comment(one: DownloadSnapshot, t: Translator) -> str:
    """The sentence above the file."""
    return t("Billing documents of {property} for {span}", **_about(one, t))


def given_up(one: DownloadSnapshot, t: Translator) -> Message:
    """In the place of progress, where it could not be delivered."""
    sentence = t(
        "The billing documents of {property} for {span} couldn't be delivered. Nothing was sent. Ask for them "
        "again with `{command} download`.",
        **_about(one, t),
        command=COMMAND,
    )
    return sentence_message(sentence)


def file_name(one: DownloadSnapshot) -> str:
    """Of the property, as far as it is written in Latin letters, and of the time."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", one.property_name).strip("-")[:60]
    return f"{name or 'billing'}-{one.span}.zip"


def _options(choices: DownloadChoices, months: Months, t: Translator) -> list[Element]:
    spans = list(spans_between(choices.first_day, choices.last_day, months))
    return [option(t.span(span), str(span)) for span in reversed(spans[-OPTIONS_LIMIT:])]


def _about(one: DownloadSnapshot, t: Translator) -> dict[str, str]:
    return {"span": t.span(one.span), "property": escape(one.property_name)}


def _sums(amounts: Iterable[Money], t: Translator) -> str:
    sums: dict[str, Money] = {}
    for amount in amounts:
        sums[amount.currency] = sums[amount.currency] + amount if amount.currency in sums else amount
    return ", ".join(t.money(sums[code]) for code in sorted(sums))
