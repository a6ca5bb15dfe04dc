"""A month in figures that agree with the ledger: python -m billing report journal, ageing and the others."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from billing.commands import monthly_reports, oss_reports, recovery_reports, revenue_reports
from billing.commands.codes import in_words
from billing.commands.report_tables import Cells, report, scope_in_words, table
from billing.i18n import Translator

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing import Billing
    from billing.services.reports import Ageing, AgeingTotal, Journal, JournalTotal, OpenInvoice


def _journal(found: Journal, t: Translator) -> str:
    title = t("Journal, {scope}", scope=scope_in_words(found.scope, t))
    if not found.lines:
        return f"{title}\n{t('Nothing was booked.')}"
    cells = _journal_cells(found, t)
    for one in found.totals:
        cells.append((one.currency, t("Total"), one.debit, one.credit, one.debit - one.credit))
    return "\n".join((title, table(cells), *(_balance(one, t) for one in found.totals)))


def _journal_cells(found: Journal, t: Translator) -> list[Cells]:
    headings = (t("Currency"), t("Account"), t("Debit"), t("Credit"), t("Net change"))
    return [
        headings,
        *((one.currency, in_words(one.account, t), one.debit, one.credit, one.net) for one in found.lines),
    ]


def _balance(one: JournalTotal, t: Translator) -> str:
    if one.is_equal:
        return t("{currency}: debits and credits are equal.", currency=one.currency)
    return t("{currency}: debits and credits differ. `verify` says where.", currency=one.currency)


def _ageing(found: Ageing, t: Translator) -> str:
    title = t("Open invoices, {scope}", scope=scope_in_words(found.scope, t))
    if not found.totals:
        return f"{title}\n{t('No invoice was open.')}"
    sums: list[Cells] = [(t("Currency"), *found.totals[0].buckets, t("Total"))]
    sums.extend((one.currency, *one.buckets.values(), one.total) for one in found.totals)
    tables = (table(_invoice_cells(found, t)), t("By days past due:"), table(sums))
    return "\n".join((title, *tables, *(_comparison(one, t) for one in found.totals)))


def _invoice_cells(found: Ageing, t: Translator) -> list[Cells]:
    days, owed = t("Days past due"), t("Amount due")
    headings = (t("Currency"), t("Invoice"), t("Issued on"), days, t("Workspace"), t("Property"), owed)
    return [headings, *map(_invoice, found.invoices)]


def _invoice(one: OpenInvoice) -> Cells:
    issued = (one.currency, one.number, one.issued_on, Decimal(one.days))
    return (*issued, one.workspace_id, one.property_name, one.owed)


def _comparison(one: AgeingTotal, t: Translator) -> str:
    if one.is_equal:
        return t("{currency}: this is what the ledger has as receivable.", currency=one.currency)
    return t(
        "{currency}: the ledger has {amount} as receivable. `verify` says where they differ.",
        currency=one.currency,
        amount=one.ledger,
    )


@report(_journal, _journal_cells)
def journal(billing: Billing, month: str, workspace_id: str | None) -> Journal:
    """Say what was booked in a month, by account: debits and credits, which are equal; exit with 1 if not."""
    from billing.services import reports

    return reports.journal(billing, month, workspace_id)


@report(_ageing, _invoice_cells)
def ageing(billing: Billing, month: str, workspace_id: str | None) -> Ageing:
    """List the invoices that were open at a month's end, by days past due; exit with 1 if the ledger says else."""
    from billing.services import reports

    return reports.ageing(billing, month, workspace_id)


program = typer.Typer(no_args_is_help=True)
commands = (
    journal,
    ageing,
    revenue_reports.mrr,
    revenue_reports.churn,
    recovery_reports.recovery,
    oss_reports.oss,
    monthly_reports.monthly,
)
for command in commands:
    program.command()(command)
