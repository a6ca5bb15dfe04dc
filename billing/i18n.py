"""How words, money and dates are written in a reader's language: English in the code, Italian in `locales/it.po`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_datetime, format_skeleton, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent, get_currency_name, parse_pattern
from babel.support import Translations

from billing.values.cycles import Interval, zone_of
from billing.values.errors import Unfit
from billing.values.money import Money, decimals
from billing.values.spans import Months, Span

LANGUAGES = ("en", "it")
Day = date
# "il 21 dicembre", but "l’8 dicembre": Italian articles lose their vowel before 8 and 11.
_ARTICLE = re.compile(r"\b([Ii]l|[Aa]l|[Dd]al|[Dd]el) (?=\*?(?:8|11) )")
# CLDR parts a code from the number that follows: RSD 12.50, but €12.50.
_CODE_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
_ELIDED = {"il": "l’", "al": "all’", "dal": "dall’", "del": "dell’"}


def language_of_environment(environment: Mapping[str, str]) -> str:
    """The language of who started a program, by the names and in the order in which POSIX reads them."""
    named = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return language_of(next((one for one in named if one), None))


def language_of(locale: str | None) -> str:
    """The language of ours that fits a locale such as `it-IT`; English for any other."""
    language = (locale or "en").replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else "en"


@cache
def catalogue(language: str, locales: Path, *beneath: Path) -> NullTranslations:
    """The messages of one room, and of those beneath it, in one language. English stands in the code itself."""
    if language == "en":
        return NullTranslations()
    compiled = BytesIO()
    with (locales / f"{language}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    found = Translations(compiled)
    if beneath:
        found.add_fallback(catalogue(language, *beneath))
    return found


class Translator:
    """Everything that is written for one reader. `locales` is the folder with the room's catalogues.

    What is not in them is looked up `beneath`.
    """

    def __init__(self, locales: Path, language: str, *beneath: Path) -> None:
        self.language = language
        self._locale = Locale(language)
        self._messages = catalogue(language, locales, *beneath)

    def __call__(self, message: str, /, **values: object) -> str:
        """The message in the reader's language, its {placeholders} filled."""
        written = _with_one_stop(self._messages.gettext(message).format(**values), values)
        return _ARTICLE.sub(_elided, written) if self.language == "it" and "date" in values else written

    def fault(self, fault: Unfit) -> str:
        """What is wrong with a setting or a file, and with what it quotes."""
        quoted = {
            name: self.fault(one) if isinstance(one, Unfit) else one for name, one in fault.values.items()
        }
        return self(fault.message, **quoted)

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The form that fits the count, which the message may name as {count}."""
        written = self._messages.ngettext(one, many, count).format(count=count, **values)
        return _with_one_stop(written, values)

    def money(self, amount: Money) -> str:
        """35,38 € in Italian, €35.38 in English; every decimal the amount has."""
        return _written_money(amount, self._locale)

    def number(self, count: int) -> str:
        """1.000 in Italian, 1,000 in English."""
        return format_decimal(count, locale=self._locale)

    def exchange_rate(self, rate: Decimal) -> str:
        """1,0850 in Italian, 1.0850 in English: every decimal that was published."""
        decimals_of_rate = max(-int(rate.as_tuple().exponent), 0)
        pattern = f"#,##0.{'0' * decimals_of_rate}".removesuffix(".")
        return format_decimal(rate, pattern, locale=self._locale)

    def date(self, day: Day) -> str:
        return _written_day(day, "long", self._locale)

    def short_date(self, day: Day) -> str:
        return _written_day(day, "medium", self._locale)

    def span(self, span: Span) -> str:
        """March 2026, Q1 2026, 2026."""
        skeleton = {Months.MONTH: "yMMMM", Months.QUARTER: "yQQQ", Months.YEAR: "y"}[span.months]
        return format_skeleton(skeleton, span.first_day, locale=self._locale)

    def short_month(self, month: Span) -> str:
        """Mar 2026."""
        return format_skeleton("yMMM", month.first_day, locale=self._locale)

    def day_of(self, moment: datetime, zone: str) -> str:
        """The calendar date of the moment in that zone."""
        return self.date(moment.astimezone(zone_of(zone)).date())

    def moment_of(self, moment: datetime, zone: str) -> str:
        """The date and the time of day of the moment in that zone."""
        return format_datetime(moment, "medium", tzinfo=zone_of(zone), locale=self._locale)

    def rate(self, hundredths: int) -> str:
        """A tax rate given in hundredths of a per cent: 2200 is 22 %."""
        return _written_rate(hundredths, self._locale)

    def country(self, code: str) -> str:
        return str(self._locale.territories[code])

    def currency(self, code: str) -> str:
        """The code and what it is called: EUR, Euro."""
        return f"{code}, {get_currency_name(code, locale=self._locale)}"

    def zones(self) -> dict[str, str]:
        """What the time zones are called, by their cities: Rome (Europe/Rome)."""
        return _named_zones(self._locale)

    def per(self, interval: Interval) -> str:
        """`month` or `year`, as in "29.00 a month"."""
        return {Interval.MONTH: self("month"), Interval.YEAR: self("year")}[interval]


def _with_one_stop(written: str, values: Mapping[str, object]) -> str:
    """A sentence that ends with a name that ends with a stop: "for Esempio S.r.l.", with one and not with two."""
    if ".." in written or ".*." in written:
        for name in (str(value) for value in values.values()):
            if name.endswith("."):
                written = written.replace(f"{name}.", name).replace(f"{name}*.", f"{name}*")
    return written


def _elided(article: re.Match[str]) -> str:
    written = _ELIDED[article[1].lower()]
    return written.capitalize() if article[1][0].isupper() else written


# A page writes the same few amounts and days again and again, and writing one takes longer than all else about it.
@lru_cache(4096)
def _written_money(amount: Money, locale: Locale) -> str:
    # CLDR shows fewer decimals of some currencies than ISO 4217 gives them: an amount always shows all of its own.
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (decimals(amount.currency),) * 2
    written = pattern.apply(amount.decimal, locale, currency=amount.currency, currency_digits=False)
    return _CODE_BEFORE_DIGIT.sub("\u00a0", str(written))


@lru_cache(4096)
def _written_day(day: Day, style: Literal["long", "medium"], locale: Locale) -> str:
    return format_date(day, style, locale=locale)


@cache
def _named_zones(locale: Locale) -> dict[str, str]:
    places = {zone: place for zone, place in get_global("zone_territories").items() if place != "001"}
    cities = {zone: get_timezone_location(zone, locale=locale, return_city=True) for zone in places}
    return {zone: f"{city} ({zone})" for zone, city in cities.items()}


@lru_cache(4096)
def _written_rate(hundredths: int, locale: Locale) -> str:
    return format_percent(Decimal(hundredths) / 10_000, locale=locale, decimal_quantization=False)
