"""What the gateway has not decided: python -m billing payments, events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, say_all, translator
from billing.i18n import Translator

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing.services.undecided import UndecidedPayment, WaitingEvent

payments = typer.Typer(no_args_is_help=True)
events = typer.Typer(no_args_is_help=True)


@payments.command("list")
def list_payments(as_json: AsJson = False, language: Language = "en") -> None:
    """Say of which payments nobody knows yet what became of them, and when each is asked after next."""
    from billing.services import undecided

    t = translator(language)
    with desk() as billing:
        found = undecided.payments(billing)
    say_all(found, _payment, t("Every payment that was tried is decided."), t, as_json=as_json)


@payments.command("retry")
def ask_after_payment(
    payment_id: Annotated[str, typer.Argument(help="Which one, pay_...")], language: Language = "en"
) -> None:
    """Ask the gateway now what became of a payment. What never arrived is sent again, and charged once at most."""
    from billing.services import undecided

    t = translator(language)
    with desk() as billing:
        answer = undecided.ask(billing, payment_id)
    if answer is None:
        typer.echo(t("The gateway gives no answer. Nothing was changed; try again later."), err=True)
        raise typer.Exit(1)
    typer.echo(t("{id}: the gateway says {answer}.", id=payment_id, answer=answer))


@events.command("list")
def list_events(as_json: AsJson = False, language: Language = "en") -> None:
    """List the gateway's events after which nobody has asked yet."""
    from billing.services import undecided

    t = translator(language)
    with desk() as billing:
        found = undecided.events(billing)
    say_all(found, _event, t("No event of the gateway waits."), t, as_json=as_json)


@events.command("retry")
def process_events(language: Language = "en") -> None:
    """Ask the gateway now after everything that its events tell of; exit with 1 if one of them still waits."""
    from billing.services import undecided, webhooks

    t = translator(language)
    with desk() as billing:
        done, left = webhooks.process(billing), undecided.events(billing)
    typer.echo(t("{done} done, {left} still waiting.", done=done, left=len(left)))
    raise typer.Exit(1 if left else 0)


def _payment(one: UndecidedPayment, t: Translator) -> str:
    return t(
        "{sent} UTC  {workspace} {id} ({gateway}): {amount}, {state}, asked {count} times, next {next}",
        sent=f"{one.sent_at:%Y-%m-%d %H:%M}",
        workspace=one.workspace_id,
        id=one.payment_id,
        gateway=one.gateway_id or "-",
        amount=one.amount,
        state=one.state,
        count=one.asked,
        next=f"{one.next_ask_at:%Y-%m-%d %H:%M} UTC" if one.next_ask_at else t("when the payer answers"),
    )


def _event(one: WaitingEvent, _: Translator) -> str:
    return f"{one.received_at:%Y-%m-%d %H:%M} UTC  {one.event_id}  {one.kind}  {one.object_id}"
