"""What to do with a copy of the books: python -m billing hold, and resume."""

from __future__ import annotations

from typing import Annotated

import typer

from billing.commands.desk import Language, confirmed, desk, translator
from billing.i18n import Translator
from billing.ports import GatewayPayment


def hold(
    why: Annotated[str, typer.Argument(help="Why; it is logged and shown to operators")],
    language: Language = "en",
) -> None:
    """Do nothing with these books, in any process, until they are resumed: for a copy that was restored."""
    from billing.services import copies

    with desk() as billing:
        copies.hold(billing, why)
    typer.echo(
        translator(language)("These books are on hold: they are shown, and nothing is done with them.")
    )


def resume(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    language: Language = "en",
) -> None:
    """Show what the gateway collected and these books do not have, ask, take it over, and go on working."""
    from billing.ports import GatewayUnavailable
    from billing.services import copies

    t = translator(language)
    with desk() as billing:
        try:
            if why := copies.held_why(billing):
                typer.echo(t("On hold: {why}", why=t(why.sentence, value=why.value)))
            for one in copies.look(billing).unknown:
                typer.echo(_line(one, t))
            if not yes:
                confirmed(t("Take this over and go on working?"), t)
            adopted = copies.resume(billing)
        except GatewayUnavailable:
            typer.echo(t("The gateway gives no answer. Nothing was changed; try again later."), err=True)
            raise typer.Exit(1) from None
    if not adopted:
        typer.echo(t("Resumed. There was no payment to take over."))
        return
    typer.echo(
        t.plural(
            "Resumed. {count} payment is taken over: no renewal that it paid is charged again. Run reconcile in a "
            "minute: it names what no renewal took.",
            "Resumed. {count} payments are taken over: no renewal that they paid is charged again. Run reconcile "
            "in a minute: it names what no renewal took.",
            adopted,
        )
    )


def _line(one: GatewayPayment, t: Translator) -> str:
    return t(
        "{id}: {amount} {currency} collected for {key}",
        id=one.id,
        amount=one.collected.decimal,
        currency=one.collected.currency,
        key=one.payment_key,
    )
