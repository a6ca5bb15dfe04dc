"""The return of the One Stop Shop for a quarter: python -m billing report oss."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, refused, say_one, translator
from billing.commands.report_tables import AsCsv, AsXlsx, Cells, WorkspaceId, end, scope_in_words, table
from billing.i18n import Translator

if TYPE_CHECKING:  # heavy; --help needs none of it
    from collections.abc import Iterable

    from billing.services.oss import OssLine, OssReport, OssTotal, Unconverted

Quarter = Annotated[str, typer.Option(help="The quarter, as 2026-Q4, in the seller's time zone")]
Rate = Annotated[
    list[str] | None,
    typer.Option(
        "--rate",
        help="How much of a currency the ECB gives for a euro on the quarter's last day, as USD=1.0832; for "
        "corrections of an earlier quarter on its last day, as 2026-Q3:USD=1.0832. One for each",
    ),
]


def oss(
    quarter: Quarter,
    rate: Rate = None,
    workspace_id: WorkspaceId = None,
    as_json: AsJson = False,
    csv_file: AsCsv = None,
    xlsx_file: AsXlsx = None,
    language: Language = "en",
) -> None:
    """Say what is declared to the One Stop Shop for a quarter; exit with 1 if the ledger says else."""
    from billing.services import oss as service

    t = translator(language)
    with desk() as billing, refused(t, "There is no report: {fault}."):
        found = service.oss(billing, quarter, rate or (), workspace_id)
    say_one(found, _said, t, as_json=as_json)
    end(found, _file_cells(found, t), csv_file, xlsx_file, t)


def _said(found: OssReport, t: Translator) -> str:
    said = [t("One Stop Shop, {scope}", scope=scope_in_words(found.scope, t))]
    if not found.totals:
        said.append(t("Nothing was sold with the VAT of another member state, and nothing corrected."))
    if found.supplies:
        said.extend((t("Sold in the quarter, in EUR:"), table(_line_cells(found.supplies, t, total=True))))
    if found.corrections:
        said.append(t("Corrections of earlier quarters, in EUR:"))
        said.append(table(_line_cells(found.corrections, t, total=True)))
        balances: list[Cells] = [(t("Member state"), t("VAT"))]
        balances.extend((one.country, one.tax) for one in found.balances)
        said.extend((t("Both together, by member state, in EUR:"), table(balances)))
    if found.unconverted:
        wanted = dict.fromkeys(_wanted(one, found.scope.quarter) for one in found.unconverted)
        said.append(
            t(
                "Not in these sums, since the rate of the ECB on the last day of the quarter is needed: {rates}",
                rates=" ".join(wanted),
            )
        )
        said.append(table(_unconverted_cells(found, t)))
    return "\n".join((*said, *(_comparison(one, t) for one in found.totals)))


def _line_cells(lines: Iterable[OssLine], t: Translator, *, total: bool) -> list[Cells]:
    lines = list(lines)
    cells: list[Cells] = [_headings(t)]
    cells.extend(
        (one.quarter, one.country, one.rate, Decimal(one.documents), one.net, one.tax) for one in lines
    )
    if total:
        sums = (sum((getattr(one, name) for one in lines), Decimal()) for name in ("net", "tax"))
        cells.append((t("Total"), "", "", Decimal(sum(one.documents for one in lines)), *sums))
    return cells


def _headings(t: Translator) -> tuple[str, ...]:
    return (
        *(t("Quarter"), t("Member state"), t("Rate in %"), t("Documents")),
        *(t("Taxable amount"), t("VAT")),
    )


def _file_cells(found: OssReport, t: Translator) -> list[Cells]:
    """All lines in euros, and below them the documents that are not in them, each with its currency."""
    headings, *lines = _line_cells((*found.supplies, *found.corrections), t, total=False)
    apart = (
        (one.quarter, one.country, one.rate, Decimal(1), one.net, one.tax, one.currency, one.number)
        for one in found.unconverted
    )
    return [
        (*headings, t("Currency"), t("Not converted")),
        *((*line, "EUR", "") for line in lines),
        *apart,
    ]


def _unconverted_cells(found: OssReport, t: Translator) -> list[Cells]:
    headings = (
        *(t("Document"), t("Issued on"), t("Quarter"), t("Member state"), t("Rate in %"), t("Currency")),
        *(t("Taxable amount"), t("VAT")),
    )
    return [
        headings,
        *(
            (one.number, one.issued_on, one.quarter, one.country, one.rate, one.currency, one.net, one.tax)
            for one in found.unconverted
        ),
    ]


def _wanted(one: Unconverted, quarter: str) -> str:
    of = "" if one.quarter == quarter else f"{one.quarter}:"
    return f"--rate {of}{one.currency}=..."


def _comparison(one: OssTotal, t: Translator) -> str:
    if one.is_equal:
        return t("{currency}: the ledger has the same sums.", currency=one.currency)
    return t(
        "{currency}: the ledger has {net} and {tax} of VAT of these documents. `verify` says where they differ.",
        currency=one.currency,
        net=one.ledger_net,
        tax=one.ledger_tax,
    )
