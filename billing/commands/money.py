"""Money that goes back, and books that are compared: python -m billing refund, reconcile, credit."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from billing.commands.codes import in_words, reason_in_words
from billing.commands.desk import AsJson, Language, desk, refused, say_all, translator
from billing.values.actors import Actor
from billing.values.errors import Unfit
from billing.values.money import WRITTEN_AMOUNT

WorkspaceId = Annotated[str, typer.Argument(help="The workspace, T...")]


def refund(
    workspace_id: WorkspaceId,
    number: Annotated[
        str, typer.Argument(help="The invoice that was paid: 2026-000123; or a payment, pay_...")
    ],
    amount: Annotated[
        str | None, typer.Option(help="How much, as 12.50; all that can be, if not said")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="A name for this refund: the same name never pays twice")
    ] = None,
    language: Language = "en",
) -> None:
    """Refund what was paid by card, out of the property's credit balance. The same call refunds once.

    It is tried again where it failed, and without an amount sends what is to be refunded since.
    """
    from billing.services import refunds

    t = translator(language)
    with refused(t, "Nothing was changed: {fault}."):
        wanted = _amount(amount)
    operator = Actor(workspace_id, "", "operator")
    with desk() as billing:
        name = key or refunds.usual_key(billing, operator, number, wanted)
        made = refunds.refund(billing, operator, number, key=name, amount=wanted)
    typer.echo(
        t(
            "{amount} {currency} of {number}: {state} {reason}",
            amount=made.amount.decimal,
            currency=made.amount.currency,
            number=number,
            state=in_words(made.state, t),
            reason=reason_in_words(made.reason or "", t),
        ).rstrip()
    )
    raise typer.Exit(1 if made.state == "failed" else 0)


def _amount(written: str | None) -> Decimal | None:
    """The amount that was asked for, in major units, with all its digits. Raises Unfit for what is none: 1e9, -1."""
    if not written:
        return None
    if not WRITTEN_AMOUNT.fullmatch(written):
        raise Unfit("{written} is not an amount like 12.50", written=repr(written))
    return Decimal(written.replace(",", "."))


def reconcile(
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days back")] = 30,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Compare the gateway's books with ours: list each difference, and exit with 1 if there is one.

    It never moves money.
    """
    from datetime import timedelta

    from billing.ports import GatewayUnavailable
    from billing.services import reconciliation

    t = translator(language)
    with desk() as billing:
        try:
            found = reconciliation.reconcile(billing, billing.clock() - timedelta(days=days))
        except GatewayUnavailable:
            typer.echo(t("The gateway isn't responding. Nothing was compared. Try again later."), err=True)
            raise typer.Exit(1) from None
    agree = t("The gateway's books and ours agree for the last {days} days.", days=days)
    say_all(found, lambda one, words: one.said(words), agree, t, as_json=as_json)
    raise typer.Exit(1 if found else 0)


def credit(
    invoice: Annotated[str, typer.Argument(help="The invoice, by its number or id")],
    amount: Annotated[
        str, typer.Option(help="How much, VAT included (12.50); without it all that is left")
    ] = "",
    refund: Annotated[
        bool, typer.Option("--refund", help="Back to the card as far as that paid, not to the credit balance")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it stands on the credit note")] = "",
    language: Language = "en",
) -> None:
    """Correct an invoice by a credit note. What is not paid yet is no longer due."""
    from billing.services import credit_notes as service

    t = translator(language)
    with refused(t, "Nothing was changed: {fault}."):
        _amount(amount)
    with desk() as billing:
        note = service.issue(billing, invoice, service.Wanted(amount, refund, reason))
    typer.echo(
        t(
            "{note} credits {amount} {currency} of {invoice}.",
            note=note.number,
            amount=note.total.decimal,
            currency=note.total.currency,
            invoice=invoice,
        )
    )
