"""Subscriptions that ran elsewhere are taken over: python -m billing import template, csv, stripe."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, refused, show_progress, translator, write
from billing.i18n import Translator
from billing.values.errors import Refusal, Unfit
from billing.values.imports import DateOrder

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing import Billing
    from billing.adapters.gateways.stripe_subscriptions import StripeSubscriptions
    from billing.services.imports import End, LineReport
    from billing.values.imports import ImportLine

program = typer.Typer(no_args_is_help=True)
# A file of 100,000 lines has a fifth of it.
MOST_BYTES = 100_000_000


@program.command()
def template() -> None:
    """Print the columns of the CSV file, and one line as an example."""
    import csv
    import sys

    from billing.values.imports import TEMPLATE

    csv.writer(sys.stdout, lineterminator="\n").writerows((TEMPLATE.keys(), TEMPLATE.values()))


@program.command("csv")
def from_csv(
    file: Annotated[Path, typer.Argument(help="The file; `import template` prints its columns")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be imported, and import nothing")
    ] = False,
    skip_wrong: Annotated[
        bool, typer.Option("--skip-wrong", help="Import the other lines although some are wrong")
    ] = False,
    end_at_stripe: Annotated[
        bool,
        typer.Option(
            "--end-at-stripe",
            help="Have Stripe end each with its paid time before it is imported: a file of `import stripe`",
        ),
    ] = False,
    dates: Annotated[
        DateOrder,
        typer.Option(help="How days are written beside 2026-01-31: dmy for 31/1/2026, mdy for 1/31/2026"),
    ] = DateOrder.ISO,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Take over running subscriptions: what was paid elsewhere is kept, and nothing is charged before its end.

    Each line is reported. Nothing is imported while one is wrong; a line that was imported before is left as it is.
    The books are verified afterwards.
    """
    t = translator(language)
    with refused(t, "Nothing was imported: {fault}."):
        lines = _lines(file, dates)
    with desk() as billing:
        with refused(t, "Nothing was imported: {fault}."):
            end = _stripe().end if end_at_stripe else None
        _import(billing, lines, end, t, dry_run=dry_run, skip_wrong=skip_wrong, as_json=as_json)


@program.command("stripe")
def from_stripe(
    file: Annotated[Path, typer.Argument(help="The file to write, for `import csv FILE --end-at-stripe`")],
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Write the subscriptions that Stripe bills into a file, to be looked at and then imported. Stripe is only read.

    Workspace, property, user, add-on and plan come from the metadata of the subscription or its price.
    """
    from billing.adapters.archives import csv_of, inert
    from billing.ports import GatewayMisconfigured, GatewayUnavailable
    from billing.values.imports import TEMPLATE

    t = translator(language)
    with desk(), refused(t, "Nothing was written: {fault}."):
        try:
            found = list(_stripe().running())
        except GatewayMisconfigured as refusal:
            raise Unfit("Stripe refuses our account ({reason})", reason=refusal.reason) from None
        except GatewayUnavailable:
            raise Unfit("Stripe gives no answer: try again later") from None
    sound = [one for one in found if one.fault is None]
    rows = [tuple(inert(one.cells.get(name, "")) for name in TEMPLATE) for one in sound]
    write(file, csv_of([tuple(TEMPLATE), *rows]).encode("utf-8-sig"), t)
    left = [(one.reference, t.fault(one.fault)) for one in found if one.fault is not None]
    if as_json:
        told = [{"reference": reference, "fault": fault} for reference, fault in left]
        typer.echo(json.dumps({"written": len(sound), "left_out": told}, indent=2))
    else:
        for reference, fault in left:
            typer.echo(f"{reference}: {fault}")
        typer.echo(
            t("Written to {path}: {count}. Left out: {left}.", path=file, count=len(sound), left=len(left))
        )
    raise typer.Exit(1 if left else 0)


def _stripe() -> StripeSubscriptions:
    """What Stripe bills in our account. Raises Unfit where the settings have none."""
    from billing.bootstrap import stripe_subscriptions_of
    from billing.settings import BillingSettings

    return stripe_subscriptions_of(BillingSettings())


def _lines(file: Path, dates: DateOrder) -> list[ImportLine]:
    """Raises Unfit for a file that cannot be read, or whose columns are not known."""
    from billing.values.csv_lines import read_csv
    from billing.values.faults import unreadable
    from billing.values.imports import NEEDED, TEMPLATE, read_line

    try:
        if file.stat().st_size > MOST_BYTES:
            raise Unfit("{path} has more than 100 MB: split it", path=file)
        content = file.read_bytes()
    except OSError as fault:
        raise unreadable(file, fault) from None
    return [read_line(line, dates) for line in read_csv(content, TEMPLATE, NEEDED)]


def _import(
    billing: Billing,
    lines: list[ImportLine],
    end: End | None,
    t: Translator,
    *,
    dry_run: bool,
    skip_wrong: bool,
    as_json: bool,
) -> None:
    """Ends the command: with 1 where a line is wrong, or the books are."""
    from billing.services import imports, verify

    if dry_run:
        found = imports.preview(billing, lines, show_progress)
    else:
        found = imports.import_lines(billing, lines, show_progress, skip_wrong=skip_wrong, end=end)
    count = Counter(str(one.state) for one in found)
    findings = verify.verify(billing, progress=show_progress) if count["imported"] else ()
    if as_json:
        told = {state: count[state] for state in ("imported", "ready", "known", "wrong")}
        broken = [finding.said(t) for finding in findings]
        typer.echo(
            json.dumps({**told, "lines": [_plain(one, t) for one in found], "broken": broken}, indent=2)
        )
    else:
        for one in found:
            typer.echo(_said(one, t))
        typer.echo(_sum(count, t, dry_run=dry_run, skip_wrong=skip_wrong))
        for finding in findings:
            typer.echo(finding.said(t))
        if count["imported"] and not findings:
            typer.echo(t("The books were verified: nothing is wrong."))
    raise typer.Exit(1 if count["wrong"] or findings else 0)


def _said(one: LineReport, t: Translator) -> str:
    line = t("Line {number} ({reference})", number=one.number, reference=one.reference or "-")
    return f"{line}: {_became(one, t)}"


def _became(one: LineReport, t: Translator) -> str:
    """What became of the line, or each thing that is wrong with it."""
    if one.faults:
        return "; ".join(_why(fault, t) for fault in one.faults)
    if one.state == "known":
        if one.subscription_id is None:
            return t("the same as a line above it")
        return t("imported before, as {subscription}", subscription=one.subscription_id)
    what = (
        t("would be imported")
        if one.state == "ready"
        else t("imported as {subscription}", subscription=one.subscription_id)
    )
    if one.charge is None:
        return t("{what}; cancelled, ends on {day}", what=what, day=_day(one.ends_at))
    comes = t(
        "{what}; next charge {amount} on {day}",
        what=what,
        amount=t.money(one.charge),
        day=_day(one.charged_at),
    )
    return t("{what}, for which it has no card yet", what=comes) if one.without_card else comes


def _why(fault: Unfit | Refusal, t: Translator) -> str:
    from billing.commands.refusals import sentence

    return sentence(fault, t).rstrip(".") if isinstance(fault, Refusal) else t.fault(fault)


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "-"


def _sum(count: Counter[str], t: Translator, *, dry_run: bool, skip_wrong: bool) -> str:
    if dry_run:
        return t(
            "Dry run, nothing was imported. To be imported: {ready}. Here already: {known}. Wrong: {wrong}.",
            ready=count["ready"],
            known=count["known"],
            wrong=count["wrong"],
        )
    if count["wrong"] and not count["imported"] and not count["ready"]:
        return t(
            "Nothing was imported. Here already: {known}. Wrong: {wrong}.",
            known=count["known"],
            wrong=count["wrong"],
        )
    if count["wrong"] and not count["imported"] and not skip_wrong:
        return t(
            "Nothing was imported. Wrong: {wrong}. Mend them, or import the other {ready} with --skip-wrong.",
            wrong=count["wrong"],
            ready=count["ready"],
        )
    return t(
        "Imported: {imported}. Here already: {known}. Wrong: {wrong}.",
        imported=count["imported"],
        known=count["known"],
        wrong=count["wrong"],
    )


def _plain(one: LineReport, t: Translator) -> dict[str, object]:
    return {
        "line": one.number,
        "reference": one.reference,
        "state": str(one.state),
        "faults": [_why(fault, t) for fault in one.faults],
        "subscription": one.subscription_id,
        "charge": {"minor": one.charge.minor, "currency": one.charge.currency} if one.charge else None,
        "charged_at": one.charged_at.isoformat() if one.charged_at else None,
        "ends_at": one.ends_at.isoformat() if one.ends_at else None,
        "has_card": not one.without_card if one.state in ("imported", "ready") else None,
    }
