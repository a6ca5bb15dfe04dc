"""Webhooks to the seller's own product: python -m billing webhooks."""

from __future__ import annotations

from typing import Annotated

import typer

from billing.commands.codes import in_words
from billing.commands.desk import AsJson, Language, desk, refused, say_all, translator
from billing.i18n import Translator
from billing.values.snapshots.webhooks import WebhookDeliverySnapshot, WebhookEndpointSnapshot
from billing.values.webhooks import DeliveryStatus

program = typer.Typer(no_args_is_help=True)
EndpointId = Annotated[str, typer.Argument(help="The endpoint, whe_...")]


@program.command()
def create(
    url: Annotated[str, typer.Argument(help="Where events are sent: https://...")],
    types: Annotated[
        str, typer.Option(help="The types of events it listens to, parted by commas; all, if not said")
    ] = "",
    language: Language = "en",
) -> None:
    """Tell an address of your product what happens from now on; its secret is shown once."""
    from billing.services import webhook_endpoints

    t = translator(language)
    with desk() as billing, refused(t, "Nothing was changed: {fault}."):
        wanted = [word.strip() for word in types.split(",") if word.strip()]
        endpoint, secret = webhook_endpoints.create(billing, url, wanted)
    _show(endpoint, secret, t)


@program.command()
def rotate(endpoint: EndpointId, language: Language = "en") -> None:
    """Give an endpoint another secret, shown once; the one before signs beside it for a day."""
    from billing.services import webhook_endpoints

    t = translator(language)
    with desk() as billing, refused(t, "Nothing was changed: {fault}."):
        found, secret = webhook_endpoints.rotate_secret(billing, endpoint)
    _show(found, secret, t)


@program.command("list")
def list_endpoints(as_json: AsJson = False, language: Language = "en") -> None:
    """Say where events are sent, and how that goes."""
    from billing.services import webhook_endpoints

    with desk() as billing:
        found = webhook_endpoints.listed(billing)
    t = translator(language)
    say_all(found, _endpoint_line, t("There are no endpoints."), t, as_json=as_json)


@program.command()
def enable(endpoint: EndpointId, language: Language = "en") -> None:
    """Turn an endpoint on that said that it was gone: it is told all that happened since."""
    from billing.services import webhook_endpoints

    with desk() as billing:
        found = webhook_endpoints.enable(billing, endpoint)
    typer.echo(translator(language)("{url} is on.", url=found.url))


@program.command()
def delete(endpoint: EndpointId, language: Language = "en") -> None:
    """Tell an endpoint nothing more; its log goes with it."""
    from billing.services import webhook_endpoints

    with desk() as billing:
        webhook_endpoints.delete(billing, endpoint)
    typer.echo(translator(language)("{endpoint} is deleted.", endpoint=endpoint))


@program.command()
def deliveries(
    endpoint: EndpointId,
    status: Annotated[DeliveryStatus | None, typer.Option(help="Only those in that status")] = None,
    before: Annotated[str | None, typer.Option(help="Go on behind this event, evt_...")] = None,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Say what became of the newest events on their way to an endpoint, a hundred at a time."""
    from billing.services import webhook_endpoints

    with desk() as billing:
        found = webhook_endpoints.deliveries(billing, endpoint, before, status)
    t = translator(language)
    say_all(found, _delivery_line, t("There are no deliveries."), t, as_json=as_json)


@program.command()
def replay(
    endpoint: EndpointId,
    first: Annotated[str, typer.Argument(help="The event, evt_...")],
    last: Annotated[str | None, typer.Argument(help="The last event of a range, evt_...")] = None,
    language: Language = "en",
) -> None:
    """Send an event again, or a range of them: at most the first 10,000."""
    from billing.services import webhook_endpoints

    with desk() as billing:
        count = webhook_endpoints.replay(billing, endpoint, first, last)
    t = translator(language)
    typer.echo(t.plural("{count} event is sent again.", "{count} events are sent again.", count))


def _show(endpoint: WebhookEndpointSnapshot, secret: str, t: Translator) -> None:
    typer.echo(f"{endpoint.id} {secret}")
    typer.echo(t("Keep it now: it is not shown again."), err=True)


def _endpoint_line(one: WebhookEndpointSnapshot, t: Translator) -> str:
    if one.off_since:
        state = t("off since {moment}", moment=f"{one.off_since:%Y-%m-%d %H:%M} UTC")
    elif one.failing_since:
        state = t("failing since {moment}", moment=f"{one.failing_since:%Y-%m-%d %H:%M} UTC")
    else:
        state = t("fine")
    error = f" ({one.last_error})" if one.last_error and (one.off_since or one.failing_since) else ""
    return f"{one.id}  {one.url}  {','.join(one.types) or '*'}: {state}{error}"


def _delivery_line(one: WebhookDeliverySnapshot, t: Translator) -> str:
    error = f" ({one.error})" if one.error else ""
    said = t("{status}, tries: {count}", status=in_words(one.status, t), count=one.tries)
    return f"{one.event}  {one.type}  {one.subject}: {said}{error}"
