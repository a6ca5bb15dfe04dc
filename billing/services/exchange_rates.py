"""Exchange rates: fetched each day, or read from a file; kept as they were published, and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import structlog

from billing.models import ExchangeRate as Row
from billing.queries import exchange_rates as queries
from billing.queries.in_sql import insert_many
from billing.queries.prices import any_in_another_currency, currencies_on_sale
from billing.renewals.single import DueReport
from billing.services.copies import held_why
from billing.values.cycles import local_date
from billing.values.errors import Unfit
from billing.values.exchange_rates import EURO, EURO_AREA, MAX_AGE, ExchangeRate, RatesUnavailable
from billing.work import Billing

log = structlog.get_logger()


def keep(billing: Billing, rates: Sequence[ExchangeRate]) -> int:
    """Keeps those that are not known yet, and answers how many that were. What is known stays as it is.

    Two processes may have fetched the same at once: whoever is second keeps what is left.
    """
    if not rates:
        return 0
    with billing.work("rates.keep") as work:
        since = min(rate.day for rate in rates)
        known = {tuple(row) for row in work.session.execute(queries.known_since(), {"since": since})}
        new = {(rate.currency, rate.day): rate for rate in rates if (rate.currency, rate.day) not in known}
        return insert_many(
            work.session,
            Row,
            [
                {
                    "currency": rate.currency,
                    "day": rate.day,
                    "rate": str(rate.rate),
                    "source": rate.source,
                    "kept_at": work.now,
                }
                for rate in new.values()
            ],
            once=True,
        )


def run(billing: Billing) -> DueReport:
    """Fetches what is published, unless the rates of today are there already."""
    if billing.rate_source is None or held_why(billing) or newest_day(billing) == _today(billing):
        return DueReport()
    try:
        fetched = billing.rate_source()
    except RatesUnavailable as trouble:
        log.warning("no exchange rates were fetched", why=str(trouble))
        return DueReport()
    keep(billing, fetched)
    return DueReport()


def newest_day(billing: Billing) -> date | None:
    """The last day of which rates are known."""
    with billing.read("rates.list") as work:
        day: date | None = work.session.scalars(queries.newest_day()).one()
        return day


def newest(billing: Billing) -> tuple[ExchangeRate, ...]:
    """The rates of that day."""
    with billing.read("rates.list") as work:
        day = work.session.scalars(queries.newest_day()).one()
        return tuple(row.read() for row in work.session.scalars(queries.rates_of_day(), {"day": day}))


def fault(billing: Billing) -> Unfit | None:
    """Why documents in other currencies cannot be issued now; None where they can, or need no rate."""
    if not billing.issuer.says_euros:
        return None
    with billing.read("rates.check") as work:
        if not work.session.scalars(any_in_another_currency(), {"currency": EURO}).one():
            return None
    day = newest_day(billing)
    if day is not None and _today(billing) - day <= MAX_AGE:
        return None
    return Unfit(
        "EXCHANGE_RATES: the newest rates are of {day}: no document with VAT in another currency than euro is issued "
        "until there are newer ones (python -m billing rates fetch, or import FILE).",
        day=day or "-",
    )


def note(billing: Billing) -> Unfit | None:
    """What a seller whose VAT is in euros should know who sells in another currency, and says no euros."""
    seller = billing.issuer.seller
    if billing.issuer.says_euros or seller.country not in EURO_AREA:
        return None
    with billing.read("rates.check") as work:
        sold = work.session.scalars(currencies_on_sale()).all()
    if not (others := [currency for currency in sold if currency != EURO]):
        return None
    return Unfit(
        "EXCHANGE_RATES=off, and prices are in {currencies}: invoices in another currency than euro must state their "
        "VAT in euros (article 230 of the VAT directive). Set EXCHANGE_RATES=ecb, or ask your accountant.",
        currencies=", ".join(others),
    )


def _today(billing: Billing) -> date:
    return local_date(billing.clock(), billing.issuer.seller.time_zone)
