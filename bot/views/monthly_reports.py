"""The month in figures, for the seller's own people: charts of recurring revenue, and a table of each report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

from billing.i18n import Translator
from billing.values.events import MonthReported
from billing.values.events.reports import Figures
from billing.values.money import Money
from billing.values.spans import Span
from bot.blocks import Block, Element, Message, context, section
from bot.data_blocks import amount_cell, bar_chart, count_cell, data_table, word_cell

# Slack's limit for a message. Currencies beyond it are in the tables.
MOST_CHARTS = 2
SHOWN = 10
COMMAND = "python -m billing report"
Row = Sequence[Element]


def reported(event: MonthReported, t: Translator) -> Message:
    """All of it, in the language of those who read it."""
    month = t.span(Span.read(event.month))
    said = "\n".join(
        (t("*{month}* in figures, all workspaces together.", month=month), *_headlines(event, t))
    )
    charts = islice(_charts(event, month, t), MOST_CHARTS)
    return Message(said, [section(said), *charts, *_tables(event, t), context("\n".join(_notes(event, t)))])


def _headlines(event: MonthReported, t: Translator) -> Iterator[str]:
    for currency, amounts in event.revenue.items():
        lost = event.lost.get(currency, {})
        yield t(
            "{currency}: MRR {closing} ({opening} at the beginning), customers: {customers}, lost: {lost}",
            currency=currency,
            closing=t.money(Money(amounts["closing"], currency)),
            opening=t.money(Money(amounts["opening"], currency)),
            customers=t.number(event.customers[currency]["closing"]),
            lost=t.number(lost.get("cancelled", 0) + lost.get("failed", 0)),
        )


def _charts(event: MonthReported, month: str, t: Translator) -> Iterator[Block]:
    for currency, amounts in event.revenue.items():
        yield bar_chart(
            t("MRR in {month}, {currency}", month=month, currency=currency),
            list(_movements(t).values()),
            {t("MRR"): [Money(amounts[name], currency) for name in _movements(t)]},
            t("{currency} a month", currency=currency),
        )


def _tables(event: MonthReported, t: Translator) -> Iterator[Block]:
    """Those that have anything to say. Each currency has rows of its own."""
    currency = t("Currency")
    yield from _table(
        t("Monthly recurring revenue (MRR)"),
        [currency, *_movements(t).values()],
        _amounts(event.revenue, _movements(t), t),
    )
    yield from _table(
        t("Who was lost"),
        [
            currency,
            *(t("Customers before"), t("Cancelled"), t("Payment failed"), t("Customers lost")),
            *(t("MRR cancelled"), t("MRR of failed payments"), t("MRR lost")),
        ],
        [_loss(event, each, figures, t) for each, figures in event.lost.items()],
    )
    buckets = dict.fromkeys(name for figures in event.ageing.values() for name in figures if name != "total")
    yield from _table(
        t("Open invoices by days past due"),
        [currency, *buckets, t("Total")],
        _amounts(event.ageing, [*buckets, "total"], t),
    )
    yield from _table(
        t("Failed renewals as they stand on {date}", date=t.date(date.fromisoformat(event.as_of))),
        [
            *(t("Invoices of"), currency, t("Invoices")),
            *(t("Recovered"), t("Given up"), t("Credited"), t("Still open")),
        ],
        [
            _recovered(month, each, figures, t)
            for month, by_currency in event.recovery.items()
            for each, figures in by_currency.items()
        ],
    )
    yield from _table(
        t("Journal"),
        [currency, t("Debits"), t("Credits")],
        _amounts(event.journal, ("debit", "credit"), t),
    )


def _movements(t: Translator) -> dict[str, str]:
    return {
        "opening": t("Beginning"),
        "new": t("New"),
        "expansion": t("Expansion"),
        "contraction": t("Contraction"),
        "churn": t("Churn"),
        "reactivation": t("Reactivation"),
        "closing": t("End"),
    }


def _table(caption: str, heads: Sequence[str], rows: Sequence[Row]) -> Iterator[Block]:
    if rows:
        yield data_table(caption, heads, rows, SHOWN)


def _amounts(found: Figures, names: Mapping[str, str] | Sequence[str], t: Translator) -> list[Row]:
    return [
        [word_cell(currency), *(amount_cell(Money(figures[name], currency), t) for name in names)]
        for currency, figures in found.items()
    ]


def _loss(event: MonthReported, currency: str, figures: Mapping[str, int], t: Translator) -> Row:
    return [
        word_cell(currency),
        count_cell(event.customers[currency]["opening"], t),
        count_cell(figures["cancelled"], t),
        count_cell(figures["failed"], t),
        word_cell(_share(figures, "customer_share", t)),
        amount_cell(Money(figures["revenue_cancelled"], currency), t),
        amount_cell(Money(figures["revenue_failed"], currency), t),
        word_cell(_share(figures, "revenue_share", t)),
    ]


def _share(figures: Mapping[str, int], name: str, t: Translator) -> str:
    return t.rate(figures[name]) if name in figures else ""


def _recovered(month: str, currency: str, figures: Mapping[str, int], t: Translator) -> Row:
    return [
        word_cell(t.span(Span.read(month))),
        word_cell(currency),
        count_cell(figures["invoices"], t),
        *(
            amount_cell(Money(figures[name], currency), t)
            for name in ("recovered", "lost", "credited", "still_open")
        ),
    ]


def _notes(event: MonthReported, t: Translator) -> Iterator[str]:
    if any(event.recovery.values()):
        yield t("Only failed renewals go on after their month: no other figure here will change.")
    for currency, count in event.recorded_late.items():
        yield t.plural(
            "{currency}: {count} plan ended before this month and was recorded in it; the reports of former months "
            "stay as they were.",
            "{currency}: {count} plans ended before this month and were recorded in it; the reports of former months "
            "stay as they were.",
            count,
            currency=currency,
        )
    if not event.differing:
        yield t("All sums are those of the ledger and of the plans.")
    for report in event.differing:
        yield t(
            "Sums don’t agree with the ledger or the plans: `{command}` says which.",
            command=f"{COMMAND} {report}",
        )
