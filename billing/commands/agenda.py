"""What comes: python -m billing agenda."""

from __future__ import annotations

from typing import Annotated

import typer

from billing.commands.codes import in_words, moment
from billing.commands.desk import AsJson, Language, cut, desk, say_all, translator
from billing.i18n import Translator
from billing.values.snapshots import AgendaEntry


def agenda(
    workspace_id: Annotated[str, typer.Argument(help="The workspace, T...")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many entries")] = 20,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """List upcoming charges, soonest first: renewals, changes, endings, payment retries, and what each will cost."""
    from billing.services import agenda as service

    t = translator(language)
    with desk() as billing:
        found = service.for_operator(billing, workspace_id, limit + 1)
    entries = cut(found, limit, t)
    say_all(entries, _line, t("No upcoming charges."), t, as_json=as_json)


def _line(entry: AgendaEntry, t: Translator) -> str:
    amount = f"{entry.amount.decimal} {entry.amount.currency}" if entry.amount else ""
    what = f"{entry.property_name}: {entry.add_on} {entry.plan}"
    said = (moment(entry.at), f"{in_words(entry.kind, t):<8}", what, amount, entry.subscription_id)
    return "  ".join(filter(None, said))
