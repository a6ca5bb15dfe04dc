"""A month's reports in one, for the seller's own people: python -m billing report monthly."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.codes import in_words
from billing.commands.desk import AsJson, Language, desk, refused, say_one, translator
from billing.commands.report_tables import Cells, Month, table
from billing.i18n import Translator
from billing.values.money import Money
from billing.values.spans import Span

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing.values.events import MonthReported

OUTCOMES = ("recovered", "lost", "credited", "still_open")
Post = Annotated[
    bool, typer.Option("--post", help="Post it in OPERATOR_CHANNEL, also where it was posted before")
]


def monthly(month: Month, post: Post = False, as_json: AsJson = False, language: Language = "en") -> None:
    """Show the sums of a month's reports, as OPERATOR_CHANNEL is told them once the month is over."""
    from billing.services import monthly_reports

    t = translator(language)
    with desk() as billing, refused(t, "There is no report: {fault}."):
        found = monthly_reports.tell(billing, month) if post else monthly_reports.look_at(billing, month)
    say_one(found, _said, t, as_json=as_json)
    if post:
        typer.echo(t("The bot posts it in OPERATOR_CHANNEL."), err=True)
    raise typer.Exit(1 if found.differing else 0)


def _said(found: MonthReported, t: Translator) -> str:
    title = t(
        "{month} in figures, all workspaces, as of {day}", month=_month(found.month, t), day=found.as_of
    )
    lines = list(_lines(found, t))
    if not lines:
        return f"{title}\n{t('There was nothing.')}"
    headings: Cells = (t("Report"), t("Currency"), t("What"), t("Count"), t("Amount"))
    return "\n".join((title, table([headings, *lines]), *_checks(found, t)))


def _lines(found: MonthReported, t: Translator) -> Iterator[Cells]:
    for currency, sums in found.journal.items():
        yield "journal", currency, t("Debit"), "", _money(sums["debit"], currency)
        yield "journal", currency, t("Credit"), "", _money(sums["credit"], currency)
    for currency, sums in found.ageing.items():
        for bucket, minor in sums.items():
            days = t("Total") if bucket == "total" else t("{days} days past due", days=bucket)
            yield "ageing", currency, days, "", _money(minor, currency)
    for month, by_currency in found.recovery.items():
        for currency, sums in by_currency.items():
            yield "recovery", currency, _month(month, t), Decimal(sums["invoices"]), ""
            for name in OUTCOMES:
                yield "recovery", currency, in_words(name, t), "", _money(sums[name], currency)
    for currency, sums in found.lost.items():
        for name, said in (("cancelled", t("cancelled")), ("failed", t("payment failed"))):
            amount = _money(sums[f"revenue_{name}"], currency)
            yield "churn", currency, said, Decimal(sums[name]), amount
    for currency, sums in found.revenue.items():
        for name, minor in sums.items():
            count = Decimal(found.customers[currency][name])
            yield "mrr", currency, in_words(name, t), count, _money(minor, currency)


def _checks(found: MonthReported, t: Translator) -> Iterator[str]:
    if not found.differing:
        yield t("All sums are those of the ledger and of the plans.")
    for report in found.differing:
        yield t(
            "Sums of `report {report}` are not those of the ledger or of the plans: it says which.",
            report=report,
        )


def _month(written: str, t: Translator) -> str:
    return t.span(Span.read(written))


def _money(minor: int, currency: str) -> Decimal:
    return Money(minor, currency).decimal
