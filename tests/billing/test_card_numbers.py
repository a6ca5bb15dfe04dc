"""Card numbers in what people type: found in every writing, and not seen where there is none."""

from __future__ import annotations

from datetime import date
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from billing.values.card_numbers import holds_card_number


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "4242.4242.4242.4242",
        "4242/4242/4242/4242",
        "4242_4242_4242_4242",
        "4242 - 4242 4242 4242",
        "4242  4242  4242  4242",
        "4242\u00a04242\u00a04242\u00a04242",
        "4242\u20094242\u20094242\u20094242",
        "4242\t4242\n4242 4242",
        "42 42 42 42 42 42 42 42",
        "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
        "4242 424242 424242",
        "\uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12",
        "4242\u200b4242\u200b4242\u200b4242",
        "42\u200d42 42\u206042 4242 42\ufeff42",
        "4242\u00ad4242\u00ad4242\u00ad4242",
        "Via 12 4242 4242 4242 4242",
        "12 4242 4242 4242 4242 7",
        "my card:4242424242424242!",
        "(4242)4242424242424242",
        "3782 822463 10005",
        "5555 5555 5555 4444",
        "6011 1111 1111 1117",
        "4242,4242,4242,4242",
        "4242, 4242, 4242, 4242",
        "4242 ,4242, 4242 , 4242",
        "4242;4242;4242;4242",
        "4242|4242|4242|4242",
        "4242*4242*4242*4242",
        "4242:4242:4242:4242",
        "4242+4242+4242+4242",
        "4242=4242=4242=4242",
        "4242\\4242\\4242\\4242",
        "(4242) (4242) (4242) (4242)",
        "4242\u00b74242\u00b74242\u00b74242",
        "4242 \u2022 4242 \u2022 4242 \u2022 4242",
        "4242\u30fb4242\u30fb4242\u30fb4242",
        "4242.4242 4242/4242",
        "42,42,42,42,42,42,42,42",
        "4.2.4.2.4.2.4.2.4.2.4.2.4.2.4.2",
        "42424242,42424242",
        "3782,822463,10005",
        "4222 2222 2222 2",
        "6304 0000 0000 0000 000",
    ],
)
def test_a_card_number_is_found_however_it_is_written(text: str) -> None:
    assert holds_card_number(text)


@pytest.mark.parametrize("dash", ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212"])
def test_a_card_number_is_found_behind_typographic_hyphens(dash: str) -> None:
    assert holds_card_number(dash.join(["4242"] * 4))


@pytest.mark.parametrize("zero", ["\u0660", "\u06f0", "\u0966"], ids=["arabic", "persian", "devanagari"])
def test_a_card_number_is_found_in_the_digits_of_other_scripts(zero: str) -> None:
    assert holds_card_number("".join(chr(ord(zero) + int(digit)) for digit in "4242424242424242"))


@pytest.mark.parametrize(
    "digits",
    [
        [f"{digit}\ufe0f\u20e3" for digit in range(5)],
        list("\u24ea\u2460\u2461\u2462\u2463"),
        list("\u24ff\u2776\u2777\u2778\u2779"),
        list("\u2070\u00b9\u00b2\u00b3\u2074"),
        list("\u3007\u4e00\u4e8c\u4e09\u56db"),
        list("\U0001d7d8\U0001d7d9\U0001d7da\U0001d7db\U0001d7dc"),
    ],
    ids=["keycaps", "circled", "in black circles", "raised", "of East Asia", "double-struck"],
)
def test_a_card_number_is_found_in_signs_that_stand_for_digits(digits: list[str]) -> None:
    assert holds_card_number("".join(digits[int(digit)] for digit in "4242424242424242"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no digits at all",
        "IT00743110157",
        "DE123456789",
        "IT60X0542811101000000123456",
        "DE89370400440532013000",
        "+39 02 1234 5678",
        "+1 (212) 555-0100",
        "0039 347 123 4567",
        "4242 4242 4242 4241",
        "424242424242",
        "4242 4242 4242",
        "42424242424242424242",
        "0000000000000000000000",
        "Via Roma 12, 20121 Milano",
        "2026-01-31 to 2026-02-28",
        "Invoice 2026-000123",
        "4242 and 4242 and 4242 and 4242",
        "6123 4562, 6234 5675; 6123 4562",
        "4500,00; 4500,00; 4500,04",
    ],
)
def test_what_is_no_card_number_may_be_typed(text: str) -> None:
    assert not holds_card_number(text)


# A scheme's beginning, and how many digits its numbers have.
SCHEMES = (
    *(("4", digits) for digits in (13, 16, 19)),
    *((begins, 16) for begins in ("51", "55", "2221", "2229", "2300", "2699", "2719", "2720")),
    ("34", 15),
    ("37", 15),
    *((begins, 14) for begins in ("300", "305", "3095", "36", "38", "39")),
    ("36", 19),
    ("3528", 16),
    ("3589", 16),
    ("2131", 15),
    ("2200", 16),
    ("2204", 19),
    ("8171", 16),
    ("8600", 16),
    ("9792", 16),
    *((begins, digits) for begins in ("50", "56", "58", "60", "62", "64", "69") for digits in (13, 16, 19)),
)


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    begins, digits = draw(st.sampled_from(SCHEMES))
    rest = digits - len(begins) - 1
    body = begins + draw(st.text("0123456789", min_size=rest, max_size=rest))
    return body + luhn.calc_check_digit(body)


@given(
    number=card_numbers(),
    blanks=st.lists(st.sampled_from(["", "", " ", "-", " - "[:2], "\u200b"]), min_size=19, max_size=19),
    before=st.sampled_from(["", "card ", "n\u00b0", "Via: "]),
)
def test_any_number_of_an_issuers_range_is_found_with_any_blanks_between(
    number: str, blanks: list[str], before: str
) -> None:
    assert holds_card_number(before + "".join(d + b for d, b in zip(number, blanks, strict=False)))


# Some signs are short for letters: "\u2122" is "TM".
OTHER_SIGNS = st.characters(exclude_categories=("L", "N", "C", "M"), max_codepoint=0xFFFF).filter(
    lambda sign: not any(map(str.isalnum, normalize("NFKC", sign)))
)


@given(
    number=card_numbers(),
    sizes=st.sampled_from([(4, 4, 4, 7), (4, 6, 9), (8, 11), (5, 5, 9)]),
    sign=OTHER_SIGNS,
    around=st.lists(st.sampled_from(["{}", " {}", "{} ", " {} "]), min_size=3, max_size=3),
)
def test_any_number_in_groups_as_long_as_those_on_cards_is_found_by_whatever_sign_they_are_parted(
    number: str, sizes: tuple[int, ...], sign: str, around: list[str]
) -> None:
    ends = [sum(sizes[:place]) for place in range(len(sizes))]
    groups = [number[end : end + size] for end, size in zip(ends, sizes, strict=True)]
    written = groups[0]
    for how, group in zip(around, filter(None, groups[1:]), strict=False):
        written += how.format(sign) + group
    assert holds_card_number(written)


AMOUNT = st.integers(0, 99_999_999)
DAY = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@given(
    amounts=st.lists(AMOUNT, max_size=12),
    style=st.sampled_from(["{:,}.{:02}", "{}.{:02}"]),
    is_italian=st.booleans(),
    sign=st.sampled_from(["", "\u20ac ", "EUR ", "$"]),
    between=st.sampled_from(["; ", " + ", " ", "\n", " / ", " | ", " e ", " and "]),
)
def test_a_list_of_amounts_may_be_typed(
    amounts: list[int], style: str, sign: str, between: str, *, is_italian: bool
) -> None:
    written = [sign + style.format(*divmod(amount, 100)) for amount in amounts]
    if is_italian:
        written = [one.translate(str.maketrans(",.", ".,")) for one in written]
    assert not holds_card_number(between.join(written))


@given(
    days=st.lists(DAY, max_size=8),
    style=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%y"]),
    between=st.sampled_from([", ", "; ", " ", " - ", "\n", " e "]),
)
def test_a_list_of_dates_may_be_typed(days: list[date], style: str, between: str) -> None:
    assert not holds_card_number(between.join(day.strftime(style) for day in days))


@given(
    numbers=st.lists(st.integers(20_000_000, 99_999_999), max_size=5),
    style=st.sampled_from(["+39 02 {}", "+45 {} {}", "{} {}", "02/{}"]),
    between=st.sampled_from([", ", "; ", " | "]),
)
def test_a_list_of_telephone_numbers_may_be_typed(numbers: list[int], style: str, between: str) -> None:
    written = [
        style.format(*([str(one)[:4], str(one)[4:]] if style.count("{}") == 2 else [one])) for one in numbers
    ]
    assert not holds_card_number(between.join(written))


@pytest.mark.parametrize(
    "body",
    [
        "10012345670010",  # a tax number of the Emirates
        "30012345670000",  # of Saudi Arabia: Diners Club has 14 digits there
        "010553600000",
        "123456781234567",
        "799273987100000",
        "4242424242424",
        "51051051051051",
        "222000000000000",
        "272100000000000",
    ],
)
def test_what_passes_the_check_of_cards_but_is_in_nobodys_range_may_be_typed(body: str) -> None:
    assert not holds_card_number(body + luhn.calc_check_digit(body))


@given(st.text("0123456789 ", max_size=15).filter(lambda text: sum(c.isdigit() for c in text) < 13))
def test_twelve_digits_are_never_a_card_number(text: str) -> None:
    assert not holds_card_number(text)
