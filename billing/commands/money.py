"""Money that goes back, and books that are compared: python -m billing refund, reconcile, credit."""

from __future__ import annotations

from typing import Annotated

import typer

from billing.commands.desk import desk
from billing.values.actors import Actor

WorkspaceId = Annotated[str, typer.Argument(help="The workspace, T...")]


def refund(
    workspace_id: WorkspaceId,
    number: Annotated[str, typer.Argument(help="The invoice that was paid: 2026-000123")],
    amount: Annotated[
        str | None, typer.Option(help="How much, as 12.50; all that can be, if not said")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="A name for this refund: the same name never pays twice")
    ] = None,
) -> None:
    """Refund what was paid by card, out of the property's credit balance. The same call refunds once."""
    from decimal import Decimal, InvalidOperation

    from billing.services import refunds
    from billing.values.refusals import RefundKeyReused

    try:
        wanted = Decimal(amount) if amount else None
    except InvalidOperation:
        raise typer.BadParameter(f"{amount} is no amount: write it as 12.50") from None
    operator = Actor(workspace_id, "", "operator")
    with desk() as billing:
        name = key or f"{number} {amount or 'all'}"
        try:
            made = refunds.refund(billing, operator, number, key=name, amount=wanted)
        except RefundKeyReused as reused:
            made_before = f"{reused.amount.decimal} {reused.amount.currency} of {reused.number}"
            typer.echo(
                f"Nothing was given back: the key “{reused.key}” is that of the refund of {made_before}. "
                "Choose another --key for this one.",
                err=True,
            )
            raise typer.Exit(1) from None
    typer.echo(
        f"{made.amount.decimal} {made.amount.currency} of {number}: {made.state} {made.reason or ''}".rstrip()
    )
    raise typer.Exit(1 if made.state == "failed" else 0)


def reconcile(
    days: Annotated[int, typer.Option(min=1, help="How many days back")] = 30,
) -> None:
    """Compare the gateway's books with ours: list each difference, and exit with 1 if there is one.

    It never moves money.
    """
    from datetime import timedelta

    from billing.ports import GatewayUnavailable
    from billing.services import reconciliation

    with desk() as billing:
        try:
            found = reconciliation.reconcile(billing, billing.clock() - timedelta(days=days))
        except GatewayUnavailable:
            typer.echo("The gateway isn't responding. Nothing was compared. Try again later.", err=True)
            raise typer.Exit(1) from None
    for difference in found:
        typer.echo(f"{difference.payment_id}: {difference.what}")
    if found:
        raise typer.Exit(1)
    typer.echo(f"The gateway's books and ours agree for the last {days} days.")


def credit(
    invoice: Annotated[str, typer.Argument(help="The invoice, by its number or id")],
    amount: Annotated[
        str, typer.Option(help="How much, VAT included (12.50); without it all that is left")
    ] = "",
    refund: Annotated[
        bool, typer.Option("--refund", help="Back to the card as far as that paid, not to the credit balance")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it stands on the credit note")] = "",
) -> None:
    """Correct an invoice by a credit note. What is not paid yet is no longer due."""
    from billing.services import credit_notes as service

    with desk() as billing:
        try:
            wanted = service.Wanted(amount, refund, reason)
            note = service.issue(billing, invoice, wanted)
        except ValueError as fault:
            raise typer.BadParameter(str(fault)) from None
    typer.echo(f"{note.number} credits {note.total.decimal} {note.total.currency} of {invoice}.")
