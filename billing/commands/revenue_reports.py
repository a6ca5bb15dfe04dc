"""Recurring revenue of a month: python -m billing report mrr, churn."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from billing.commands.codes import in_words
from billing.commands.report_tables import Cells, report, scope_in_words, table
from billing.i18n import Translator

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing import Billing
    from billing.services.recurring_revenue import Churn, Loss, RecurringRevenue, Revenue


def _mrr(found: RecurringRevenue, t: Translator) -> str:
    title = t("Monthly recurring revenue, {scope}", scope=scope_in_words(found.scope, t))
    if not found.totals:
        return f"{title}\n{t('Nobody paid for a plan.')}"
    late = (_late(one, t) for one in found.totals if one.recorded_late)
    return "\n".join((title, table(_mrr_cells(found, t)), *late, *(_agreed(one, t) for one in found.totals)))


def _mrr_cells(found: RecurringRevenue, t: Translator) -> list[Cells]:
    headings = (t("Currency"), t("Movement"), t("Customers"), t("MRR"))
    return [headings, *(line for one in found.totals for line in _movements(one, t))]


def _movements(one: Revenue, t: Translator) -> list[Cells]:
    amounts = {"opening": one.opening, **one.movements, "closing": one.closing}
    return [
        (one.currency, in_words(code, t), Decimal(one.customers[code]), amount)
        for code, amount in amounts.items()
    ]


def _late(one: Revenue, t: Translator) -> str:
    return t(
        "{currency}: {count} of the plans that ended did so before this month, and were recorded in it; the reports "
        "of former months stay as they were.",
        currency=one.currency,
        count=one.recorded_late,
    )


def _churn(found: Churn, t: Translator) -> str:
    title = t("Churn, {scope}", scope=scope_in_words(found.scope, t))
    if not found.totals:
        return f"{title}\n{t('Nobody paid for a plan.')}"
    return "\n".join((title, table(_churn_cells(found, t)), *(_agreed(one, t) for one in found.totals)))


def _churn_cells(found: Churn, t: Translator) -> list[Cells]:
    headings = (t("Currency"), t("Lost"), t("Customers"), t("MRR"))
    return [headings, *(line for one in found.totals for line in _losses(one, t))]


def _losses(one: Loss, t: Translator) -> list[Cells]:
    customers, revenue = one.customer_churn, one.revenue_churn
    return [
        (one.currency, t("at the beginning"), Decimal(one.customers), one.opening),
        (one.currency, t("cancelled"), Decimal(one.lost_by_cancelling), one.revenue_cancelled),
        (one.currency, t("payment failed"), Decimal(one.lost_by_failed_payment), one.revenue_failed),
        (one.currency, t("lost, in %"), customers or Decimal("0.0"), revenue or Decimal("0.0")),
    ]


def _agreed(one: Revenue | Loss, t: Translator) -> str:
    if one.is_equal:
        return t("{currency}: facts and plans agree.", currency=one.currency)
    return t(
        "{currency}: the facts have {facts} now, the plans {plans}. `verify` says where they differ.",
        currency=one.currency,
        facts=one.facts,
        plans=one.plans,
    )


@report(_mrr, _mrr_cells)
def mrr(billing: Billing, month: str, workspace_id: str | None) -> RecurringRevenue:
    """Say how monthly recurring revenue moved in a month; exit with 1 if facts and plans do not agree."""
    from billing.services import recurring_revenue

    return recurring_revenue.mrr(billing, month, workspace_id)


@report(_churn, _churn_cells)
def churn(billing: Billing, month: str, workspace_id: str | None) -> Churn:
    """Say how many customers were lost in a month, and what they paid; exit with 1 as report mrr does."""
    from billing.services import recurring_revenue

    return recurring_revenue.churn(billing, month, workspace_id)
