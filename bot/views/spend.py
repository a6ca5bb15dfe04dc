"""Spend: by month and by add-on, invoiced and to come, as a chart with its table beside it (product, line 47)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from billing.i18n import Translator
from billing.values.money import Money
from billing.values.snapshots import Spend, SpendRow
from billing.values.spans import Span
from bot.blocks import Block, Element, Message, button, clip, context, escape, section
from bot.data_blocks import LABEL, MOST_CATEGORIES, MOST_SERIES, amount_cell, bar_chart, data_table, word_cell
from bot.views import phrases

OPEN = "spend.open"
# How many months of the table are seen at once.
SHOWN = 12
# A month, and whether it is to come: the one that runs may be both.
Column = tuple[Span, bool]


def open_button(property_id: str, name: str, t: Translator) -> Element:
    """Shows the spend of the property of that name, which is short."""
    return button(t("Spend"), OPEN, property_id, t("Spend of {property}", property=name))


def spend(found: Spend, t: Translator) -> Message:
    """The whole of it, in private."""
    if not found.rows:
        sentence = t(
            "Nothing was invoiced for {property} in the last twelve months, and nothing is to come. Open "
            "`{command}` to see what you can buy.",
            property=escape(found.property.name),
            command=phrases.COMMAND,
        )
        return Message(sentence, [section(sentence)])
    sentence = _sentence(found, t)
    return Message(sentence, [section(sentence), *_blocks(found, t), context(_how(t))])


def _sentence(found: Spend, t: Translator) -> str:
    currency = found.currency
    past = sum((row.total.minor for row in found.rows if not row.is_to_come), 0)
    coming = sum((row.total.minor for row in found.rows if row.is_to_come), 0)
    said = {
        "property": escape(found.property.name),
        "invoiced": t.money(Money(past, currency)),
        "coming": t.money(Money(coming, currency)),
    }
    if not any(row.is_to_come for row in found.rows):
        return t(
            "Spend of *{property}*: {invoiced} with VAT invoiced in the last twelve months; nothing is to come.",
            **said,
        )
    return t(
        "Spend of *{property}*: {invoiced} with VAT invoiced in the last twelve months; {coming} to come, as "
        "things stand.",
        **said,
    )


def _how(t: Translator) -> str:
    return t(
        "With VAT. A credit note is taken off in the month in which it was issued. To come: the next invoice "
        "of each subscription."
    )


def _blocks(found: Spend, t: Translator) -> list[Block]:
    currency = found.currency
    columns, names = list(_columns(found)), _names(found.rows, t)
    by_name: Counter[tuple[str, Column]] = Counter()
    for row in found.rows:
        by_name[names[row.add_on], (row.month, row.is_to_come)] += row.total.minor
    shown = list(dict.fromkeys(names.values()))
    labels = [_label(column, t.short_month(column[0]), t) for column in columns]
    series = {name: [Money(by_name[name, column], currency) for column in columns] for name in shown}
    heads = [t("Month"), *shown, *([t("Total")] if len(shown) > 1 else [])]
    rows = [
        [word_cell(_label(column, str(column[0]), t)), *_cells(series, at, currency, t)]
        for at, column in enumerate(columns)
    ]
    first = max(0, len(columns) - MOST_CATEGORIES)
    chart = bar_chart(
        t("Spend by month and add-on"),
        labels[first:],
        {name: amounts[first:] for name, amounts in series.items()},
        t("{currency}, with VAT", currency=currency),
    )
    return [chart, data_table(t("Spend by month and add-on, with VAT"), heads, rows, SHOWN)]


def _cells(series: dict[str, list[Money]], at: int, currency: str, t: Translator) -> list[Element]:
    of_month = [amounts[at] for amounts in series.values()]
    total = Money(sum(one.minor for one in of_month), currency)
    return [amount_cell(one, t) for one in ([*of_month, total] if len(of_month) > 1 else of_month)]


def _columns(found: Spend) -> Iterator[Column]:
    """Every month from the first invoice to the one that runs, and those that have something to come."""
    past = [row.month for row in found.rows if not row.is_to_come]
    month = past[0] if past else found.this_month.next
    while month.first_day <= found.this_month.first_day:
        yield month, False
        month = month.next
    yield from dict.fromkeys((row.month, True) for row in found.rows if row.is_to_come)


def _label(column: Column, month: str, t: Translator) -> str:
    """The month as it is written there, in 20 characters with what is said of it."""
    return t("{month}, to come", month=month) if column[1] else month


def _names(rows: Sequence[SpendRow], t: Translator) -> dict[str, str]:
    """What each add-on is called in a chart: short, and like no other; the least of too many are one."""
    totals: Counter[str] = Counter()
    for row in rows:
        totals[row.add_on] += abs(row.total.minor)
    ranked = [add_on for add_on, _ in totals.most_common()]
    if len(ranked) <= MOST_SERIES:
        kept, others = ranked, []
    else:
        kept, others = ranked[: MOST_SERIES - 1], ranked[MOST_SERIES - 1 :]
    names: dict[str, str] = {}
    for add_on in kept:
        short, number = clip(add_on, LABEL), 2
        while short in names.values():
            short, number = f"{clip(add_on, LABEL - 3)} {number}", number + 1
        names[add_on] = short
    return names | dict.fromkeys(others, t("Other add-ons"))
