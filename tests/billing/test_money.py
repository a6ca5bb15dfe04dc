"""Money: whole minor units, one rounding, never two currencies in one sum."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from billing.bootstrap import LOCALES
from billing.i18n import LANGUAGES, Translator
from billing.values.errors import CurrenciesDiffer, UnknownCurrency
from billing.values.money import Money, decimals, round_half_up, total

amounts = st.integers(min_value=-(10**12), max_value=10**12)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        (Fraction(1, 2), 1),
        (Fraction(-1, 2), -1),
        (Fraction(3, 2), 2),
        (Fraction(-3, 2), -2),
        (Fraction(5, 2), 3),
        (Fraction(-5, 2), -3),
        (Fraction(49, 100), 0),
        (Fraction(-49, 100), 0),
        (Fraction(1, 3), 0),
        (Fraction(2, 3), 1),
        (Fraction(-2, 3), -1),
        (Fraction(7), 7),
        (Fraction(0), 0),
    ],
)
def test_a_half_is_rounded_away_from_zero_on_both_sides(exact: Fraction, rounded: int) -> None:
    assert round_half_up(exact) == rounded


@given(numerator=amounts, denominator=st.sampled_from([1, 2, 4, 5, 8, 10, 16, 100, 1000, 10_000]))
def test_rounding_agrees_with_the_decimal_arithmetic_of_the_standard_library(
    numerator: int, denominator: int
) -> None:
    expected = (Decimal(numerator) / denominator).quantize(Decimal(1), ROUND_HALF_UP)
    assert round_half_up(Fraction(numerator, denominator)) == int(expected)


@given(exact=st.fractions(min_value=-(10**9), max_value=10**9))
def test_rounding_moves_an_amount_by_half_a_unit_at_most_and_knows_no_preferred_sign(exact: Fraction) -> None:
    rounded = round_half_up(exact)
    assert abs(rounded - exact) <= Fraction(1, 2)
    assert round_half_up(-exact) == -rounded


@pytest.mark.parametrize(
    ("currency", "places", "written"), [("EUR", 2, "12.34"), ("JPY", 0, "1234"), ("KWD", 3, "1.234")]
)
def test_a_currency_has_as_many_decimals_as_the_standard_gives_it(
    currency: str, places: int, written: str
) -> None:
    assert decimals(currency) == places
    assert str(Money(1234, currency).decimal) == written


@pytest.mark.parametrize("code", ["EURO", "XYZ", "", "eu"])
def test_an_unknown_currency_is_refused_with_its_code(code: str) -> None:
    with pytest.raises(UnknownCurrency) as refused:
        Money(1, code)
    assert refused.value.code == code


def test_two_currencies_are_never_mixed() -> None:
    euros, dollars = Money(100, "EUR"), Money(100, "USD")
    with pytest.raises(CurrenciesDiffer):
        euros + dollars
    with pytest.raises(CurrenciesDiffer):
        euros - dollars
    with pytest.raises(CurrenciesDiffer):
        total([euros, dollars], "EUR")
    assert euros != dollars


@given(one=amounts, other=amounts)
def test_adding_and_taking_away_again_leaves_the_amount(one: int, other: int) -> None:
    assert Money(one, "EUR") + Money(other, "EUR") - Money(other, "EUR") == Money(one, "EUR")
    assert Money(one, "EUR") + -Money(one, "EUR") == Money(0, "EUR")


def test_a_product_is_rounded_once() -> None:
    assert Money(2900, "EUR") * 3 == Money(8700, "EUR")
    assert Money(5, "EUR") * Fraction(1, 2) == Money(3, "EUR")
    assert Money(-5, "EUR") * Fraction(1, 2) == Money(-3, "EUR")


def test_the_sum_of_nothing_is_zero_in_its_currency() -> None:
    assert total([], "JPY") == Money(0, "JPY")
    assert total([Money(1, "EUR"), Money(2, "EUR")], "EUR") == Money(3, "EUR")


@pytest.mark.parametrize(
    ("language", "minor", "currency", "written"),
    [
        ("en", 1250, "RSD", "RSD\xa012.50"),
        ("en", 1200, "RSD", "RSD\xa012.00"),
        ("it", 1250, "RSD", "12,50\xa0RSD"),
        ("en", 1250, "IQD", "IQD\xa01.250"),
        ("en", 1220, "MGA", "MGA\xa012.20"),
        ("en", 1830, "JPY", "¥1,830"),
        ("it", 3538, "EUR", "35,38\xa0€"),
        ("en", -1250, "EUR", "-€12.50"),
        ("en", -1250, "RSD", "-RSD\xa012.50"),
        ("en", 1200, "CAD", "CA$12.00"),
    ],
)
def test_an_amount_is_written_with_all_the_decimals_of_its_currency(
    language: str, minor: int, currency: str, written: str
) -> None:
    assert Translator(LOCALES, language).money(Money(minor, currency)) == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_currency_has_fewer_decimals_where_the_amount_is_round(language: str) -> None:
    write, point = Translator(LOCALES, language).money, "," if language == "it" else "."
    for currency in sorted(one.code for one in Currency if one.exponent is not None):
        places = decimals(currency)
        for minor in (10**places, 10**places + 1):
            number = re.findall(r"[0-9][0-9,.]*", write(Money(minor, currency)))[-1]
            assert number.partition(point)[2] == (f"{minor % 10**places:0{places}}" if places else "")
