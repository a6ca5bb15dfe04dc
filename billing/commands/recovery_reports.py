"""What became of failed renewals of a month: python -m billing report recovery."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from billing.commands.codes import in_words
from billing.commands.report_tables import Cells, report, scope_in_words, table
from billing.i18n import Translator

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing import Billing
    from billing.services.recovery import ByRetry, FailedInvoice, Recovery, RecoveryTotal


def _recovery(found: Recovery, t: Translator) -> str:
    title = t("Failed renewals, {scope}", scope=scope_in_words(found.scope, t))
    if not found.totals:
        return f"{title}\n{t('No renewal failed.')}"
    sums: list[Cells] = [(t("Currency"), t("Invoices"), *_amounts(t))]
    sums.extend(
        (one.currency, Decimal(one.invoices), one.recovered, one.lost, one.credited, one.still_open)
        for one in found.totals
    )
    tables = [table(_invoice_cells(found, t)), t("As it stands on {day}:", day=found.as_of), table(sums)]
    if found.by_retry:
        tables.extend((t("How it was recovered:"), table(_retry_cells(found, t))))
    return "\n".join((title, *tables, *(_comparison(one, t) for one in found.totals)))


def _invoice_cells(found: Recovery, t: Translator) -> list[Cells]:
    headings = (
        *(t("Currency"), t("Invoice"), t("Issued on"), t("Failed tries"), t("Outcome"), t("How"), t("Days")),
        *(t("Workspace"), t("Property"), *_amounts(t)),
    )
    return [headings, *(_invoice(one, t) for one in found.invoices)]


def _amounts(t: Translator) -> tuple[str, ...]:
    return t("Recovered"), t("Given up"), t("Credited"), t("Still open")


def _invoice(one: FailedInvoice, t: Translator) -> Cells:
    how = "" if one.days is None else _how(one.retry, t)
    days = "" if one.days is None else Decimal(one.days)
    stands = (one.currency, one.number, one.issued_on, Decimal(one.failed), in_words(one.outcome, t))
    whose = (one.workspace_id, one.property_name)
    return (*stands, how, days, *whose, one.recovered, one.lost, one.credited, one.still_open)


def _retry_cells(found: Recovery, t: Translator) -> list[Cells]:
    headings = (t("Currency"), t("How"), t("Invoices"), t("Amount"), t("Days on average"))
    return [headings, *(_retry(one, t) for one in found.by_retry)]


def _retry(one: ByRetry, t: Translator) -> Cells:
    return (one.currency, _how(one.retry, t), Decimal(one.invoices), one.amount, one.days)


def _how(retry: int | None, t: Translator) -> str:
    return t("by the payer") if retry is None else t("retry {number}", number=retry)


def _comparison(one: RecoveryTotal, t: Translator) -> str:
    if one.is_equal:
        return t("{currency}: the ledger has the same sums.", currency=one.currency)
    differs = ", ".join(f"{in_words(name, t)} {amount}" for name, amount in one.ledger.items())
    return t(
        "{currency}: the ledger has {sums}. `verify` says where they differ.",
        currency=one.currency,
        sums=differs,
    )


@report(_recovery, _invoice_cells)
def recovery(billing: Billing, month: str, workspace_id: str | None) -> Recovery:
    """Say what became of a month's failed renewals; exit with 1 if the ledger says else."""
    from billing.services import recovery as service

    return service.recovery(billing, month, workspace_id)
