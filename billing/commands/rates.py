"""Exchange rates: python -m billing rates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, refused, say_all, translator
from billing.i18n import Translator

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing.values.exchange_rates import ExchangeRate

program = typer.Typer(no_args_is_help=True)


@program.command("list")
def list_rates(as_json: AsJson = False, language: Language = "en") -> None:
    """List the newest rates that are kept: how much of a currency is given for a euro."""
    from billing.services import exchange_rates

    t = translator(language)
    with desk() as billing:
        found = exchange_rates.newest(billing)
    say_all(found, _line, t("No rates are kept."), t, as_json=as_json)


@program.command()
def fetch(language: Language = "en") -> None:
    """Fetch the ECB's rates now; the bot or the worker does it each day with EXCHANGE_RATES=ecb."""
    from billing.adapters.ecb import EcbRates
    from billing.services import exchange_rates
    from billing.settings import BillingSettings
    from billing.values.exchange_rates import RatesUnavailable

    t = translator(language)
    with desk() as billing:
        try:
            kept = exchange_rates.keep(billing, EcbRates(BillingSettings().exchange_rates_url).fetch())
        except RatesUnavailable as trouble:
            sentence = (
                "No rates were fetched: {reason}. Try again later, or take a file of the ECB by rates import."
            )
            typer.echo(t(sentence, reason=trouble), err=True)
            raise typer.Exit(1) from None
    typer.echo(t.plural("{count} new rate is kept.", "{count} new rates are kept.", kept))


@program.command("import")
def import_file(
    path: Annotated[Path, typer.Argument(help="eurofxref-daily.xml or eurofxref-hist-90d.xml of the ECB")],
    language: Language = "en",
) -> None:
    """Keep the rates in a file of the ECB, where no network leads there."""
    from billing.adapters import ecb
    from billing.services import exchange_rates
    from billing.values.faults import unreadable

    t = translator(language)
    with desk() as billing, refused(t, "No rates were read: {fault}."):
        try:
            content = path.read_bytes()
        except OSError as fault:
            raise unreadable(path, fault) from None
        kept = exchange_rates.keep(billing, ecb.read(content))
    typer.echo(t.plural("{count} new rate is kept.", "{count} new rates are kept.", kept))


def _line(one: ExchangeRate, t: Translator) -> str:
    return t(
        "{day}  1 EUR = {rate} {currency}  {source}",
        day=one.day,
        rate=one.rate,
        currency=one.currency,
        source=one.source,
    )
