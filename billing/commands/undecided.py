"""What the gateway has not decided: python -m billing payments, events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.codes import in_words, moment, reason_in_words
from billing.commands.desk import AsJson, Language, desk, say_all, say_one, translator
from billing.i18n import Translator

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing.services.lookups import EventRecord
    from billing.services.payment_records import PaymentRecord
    from billing.services.undecided import UndecidedPayment, WaitingEvent

payments = typer.Typer(no_args_is_help=True)
events = typer.Typer(no_args_is_help=True)
EventId = Annotated[str, typer.Argument(help="The event, evt_...")]


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
    typer.echo(t("{id}: the gateway says {answer}.", id=payment_id, answer=in_words(answer, t)))


@payments.command("show")
def show_payment(
    payment_id: Annotated[str, typer.Argument(help="Which one, pay_...")],
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Say all that is known of a payment, and of each try to collect it."""
    from billing.services import payment_records

    with desk() as billing:
        found = payment_records.payment(billing, payment_id)
    say_one(found, _payment_in_full, translator(language), as_json=as_json)


@events.command("list")
def list_events(as_json: AsJson = False, language: Language = "en") -> None:
    """List the gateway's events after which nobody has asked yet."""
    from billing.services import undecided

    t = translator(language)
    with desk() as billing:
        found = undecided.events(billing)
    say_all(found, _event, t("No event of the gateway waits."), t, as_json=as_json)


@events.command("show")
def show_event(event_id: EventId, as_json: AsJson = False, language: Language = "en") -> None:
    """Say what an event of the gateway tells of, and whether it still waits."""
    from billing.services import lookups

    with desk() as billing:
        found = lookups.event(billing, event_id)
    say_one(found, _event_in_full, translator(language), as_json=as_json)


@events.command("drop")
def drop_event(
    event_id: EventId,
    reason: Annotated[str, typer.Option(help="Why nobody need ask after it; the audit log keeps it")],
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Ask after an event no more. What it tells of is still asked after by itself, and by reconcile."""
    from billing.services import undecided

    t = translator(language)
    if not reason.strip():
        raise typer.BadParameter(t("Say why nobody need ask after it."))
    with desk() as billing:
        undecided.drop_event(billing, event_id, reason.strip())
    typer.echo(json.dumps({"dropped": event_id}) if as_json else t("Event {id} is dropped.", id=event_id))


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
        state=in_words(one.state, t),
        count=one.asked,
        next=moment(one.next_ask_at) if one.next_ask_at else t("when the payer answers"),
    )


def _payment_in_full(one: PaymentRecord, t: Translator) -> str:
    lines = [
        t(
            "{id}: {kind} of {amount}, {state}; of it from the credit balance {credit}",
            id=one.payment_id,
            kind=in_words(one.kind, t),
            amount=one.amount,
            state=in_words(one.state, t),
            credit=one.credit,
        ),
        t(
            "Invoice {invoice}, gateway {gateway}, opened {moment}",
            invoice=one.invoice_number or "-",
            gateway=one.gateway_id or "-",
            moment=moment(one.created_at),
        ),
        f"{one.workspace_id} {one.property_id} {one.subscription_id}",
    ]
    if one.next_try_at:
        lines.append(t("Tried next {moment}", moment=moment(one.next_try_at)))
    if one.dispute:
        lines.append(t("Dispute: {state}", state=in_words(one.dispute, t)))
    tries = [
        f"{tried.number}. {moment(tried.sent_at)}  {tried.amount}  {tried.card}  {in_words(tried.state, t)}  "
        f"{reason_in_words(tried.reason or '', t)}".rstrip()
        for tried in one.tries
    ]
    return "\n".join(lines + tries)


def _event_in_full(one: EventRecord, t: Translator) -> str:
    done = one.processed_at and t("done {moment}", moment=moment(one.processed_at))
    return f"{moment(one.received_at)}  {one.event_id}  {one.kind}  {one.object_id}: {done or t('still waiting')}"


def _event(one: WaitingEvent, _: Translator) -> str:
    return f"{moment(one.received_at)}  {one.event_id}  {one.kind}  {one.object_id}"
