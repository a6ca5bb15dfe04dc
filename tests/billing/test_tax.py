"""Which VAT applies: every case of the table by its dates, all else refused with what is missing, never zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from billing.bootstrap import LOCALES
from billing.i18n import Translator
from billing.values.addresses import countries
from billing.values.companies import vat_number_of
from billing.values.documents import Buyer
from billing.values.errors import TaxCaseUnknown, Unfit
from billing.values.tax import DEFAULT_TABLE, TaxTable, Treatment, groups, read_table
from billing.values.tax_groups import TaxGroup
from tests.billing.sample_invoice import INVOICE

TODAY = date(2026, 6, 1)
ITALIAN = INVOICE.seller
AMERICAN = replace(ITALIAN, country="US", vat_number="98-7654321")
NUMBERS = {
    "AT": "ATU13585627",
    "DE": "DE136695976",
    "FR": "FR40303265045",
    "GR": "EL094259216",
    "IE": "IE6433435F",
    "IT": "IT00743110157",
    "US": "12-3456789",
    "GB": "GB980780684",
    "CH": "CHE-107.787.577",
}
SELLERS_VAT = (
    '[[cases]]\nseller = "IT"\nbuyer = "SM"\nwho = "consumer"\nfrom = 2020-01-01\nnote = "sellers_vat"\n'
)
GERMAN_OSS = '[[oss]]\ncountry = "DE"\nrate = 1900\nfrom = 2021-07-01\n'


@pytest.fixture(scope="module")
def table() -> TaxTable:
    return read_table()


def business(country: str) -> Buyer:
    return Buyer("Esempio", ("Via Roma 1",), country, vat_number=NUMBERS[country])


def consumer(country: str) -> Buyer:
    return Buyer("Anna Bianchi", (), country)


def table_with(tmp_path: Path, more: str) -> TaxTable:
    path = tmp_path / "tax.toml"
    path.write_text(DEFAULT_TABLE.read_text(encoding="utf-8") + more, encoding="utf-8")
    return read_table(path)


def missing(table: TaxTable, buyer: Buyer, on: date = TODAY) -> str:
    with pytest.raises(TaxCaseUnknown) as refused:
        table.treatment(ITALIAN, buyer, on)
    assert (refused.value.seller_country, refused.value.buyer_country) == ("IT", buyer.country)
    return refused.value.missing


@pytest.mark.parametrize("buyer", [business("IT"), consumer("IT")], ids=["business", "consumer"])
def test_italians_pay_italian_vat(table: TaxTable, buyer: Buyer) -> None:
    assert table.treatment(ITALIAN, buyer, TODAY) == Treatment(2200)


@pytest.mark.parametrize("country", ["AT", "DE", "FR", "GR", "IE"])
def test_a_business_of_the_union_with_a_valid_number_accounts_for_the_vat_itself(
    table: TaxTable, country: str
) -> None:
    assert table.treatment(ITALIAN, business(country), TODAY) == Treatment(0, "reverse_charge")


@pytest.mark.parametrize("country", ["US", "GB", "CH"])
def test_a_business_outside_the_union_is_not_subject(table: TaxTable, country: str) -> None:
    assert table.treatment(ITALIAN, business(country), TODAY) == Treatment(0, "not_subject")


@pytest.mark.parametrize("country", ["IT", "DE", "GB"])
def test_a_seller_outside_the_union_charges_no_business_abroad(table: TaxTable, country: str) -> None:
    assert table.treatment(AMERICAN, business(country), TODAY) == Treatment(0, "out_of_scope")


def test_a_seller_outside_the_union_charges_nobody_whose_case_is_unknown(table: TaxTable) -> None:
    for buyer, wanted in (
        (business("US"), "rule"),
        (consumer("US"), "rule"),
        (consumer("IT"), "vat_number"),
    ):
        with pytest.raises(TaxCaseUnknown) as refused:
            table.treatment(AMERICAN, buyer, TODAY)
        assert refused.value.missing == wanted


@pytest.mark.parametrize("country", ["DE", "FR", "US", "GB"])
def test_who_has_no_number_abroad_is_told_that_it_is_missing(table: TaxTable, country: str) -> None:
    assert missing(table, consumer(country)) == "vat_number"


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("DE", "DE136695977"),
        ("DE", "IT00743110157"),
        ("IT", "IT00743110158"),
        ("IT", "DE136695976"),
        ("US", "?"),
        ("US", "FR40303265045"),
    ],
)
def test_a_number_that_is_wrong_or_of_another_country_makes_no_business(
    table: TaxTable, country: str, number: str
) -> None:
    assert missing(table, replace(consumer(country), vat_number=number)) == "vat_number"


@pytest.mark.parametrize("country", ["", "XX", "MC", "GP"])
def test_where_there_is_no_rule_a_number_does_not_help(table: TaxTable, country: str) -> None:
    assert missing(table, consumer(country)) == "rule"
    for number, wanted in (("12-3456789", "rule"), ("FR40303265045", "vat_number")):
        assert missing(table, replace(consumer(country), vat_number=number)) == wanted


@pytest.mark.parametrize("country", sorted(countries() - {"IT"}))
def test_no_consumer_of_any_other_country_is_ever_charged_nothing(table: TaxTable, country: str) -> None:
    assert missing(table, consumer(country)) in ("rule", "vat_number")


def test_a_consumer_of_the_union_pays_the_rate_of_home_where_it_is_configured(tmp_path: Path) -> None:
    table = table_with(tmp_path, GERMAN_OSS)
    assert table.treatment(ITALIAN, consumer("DE"), TODAY) == Treatment(1900)
    assert missing(table, consumer("FR")) == "vat_number"
    assert missing(table, consumer("DE"), date(2021, 6, 30)) == "vat_number"


def test_a_row_holds_from_its_first_day_to_its_last(tmp_path: Path) -> None:
    lowered = GERMAN_OSS.replace("1900\nfrom = 2021-07-01", "1600\nfrom = 2026-07-01\nto = 2026-12-31")
    before = GERMAN_OSS + "to = 2026-06-30\n"
    after = GERMAN_OSS.replace("2021-07-01", "2027-01-01")
    table = table_with(tmp_path, before + lowered + after)
    for day, rate in (
        (date(2026, 6, 30), 1900),
        (date(2026, 7, 1), 1600),
        (date(2026, 12, 31), 1600),
        (date(2027, 1, 1), 1900),
    ):
        assert table.treatment(ITALIAN, consumer("DE"), day).rate == rate


def test_before_the_first_row_nothing_is_known(table: TaxTable) -> None:
    first = date(2013, 10, 1)
    assert table.treatment(ITALIAN, consumer("IT"), first).rate == 2200
    assert missing(table, consumer("IT"), first - timedelta(days=1)) == "rule"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (GERMAN_OSS + GERMAN_OSS, "hold on the same day"),
        (
            '[[cases]]\nseller = "IT"\nbuyer = "SM"\nwho = "anybody"\nrate = 0\nfrom = 2020-01-01\n',
            "needs its note",
        ),
        *(
            (f"{SELLERS_VAT}rate = {rate}\n", "the VAT of the seller's country needs its rate in numbers")
            for rate in ("0", '"oss"')
        ),
        (GERMAN_OSS.replace("1900", "0"), "at least 1 is needed"),
        (GERMAN_OSS + "colour = 'red'\n", "colour: no such entry is known here"),
        (GERMAN_OSS.replace("2021-07-01", "'soon'"), "from: a day like 2026-01-31 is needed"),
        ("[[oss", "it is not TOML"),
    ],
)
def test_a_table_that_is_wrong_is_refused_whole(tmp_path: Path, wrong: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        table_with(tmp_path, wrong)


def test_tax_is_rounded_once_for_each_rate_and_not_for_each_line() -> None:
    three_lines_of_two_cents = [*[(Treatment(2200), 2)] * 3, (Treatment(1000), 5)]
    assert groups(three_lines_of_two_cents) == (TaxGroup(1000, 5, 1), TaxGroup(2200, 6, 1))


def test_what_is_charged_nothing_for_two_reasons_stands_in_two_groups() -> None:
    nets = [(Treatment(0, "reverse_charge"), 5), (Treatment(0, "not_subject"), 7)]
    assert groups(nets) == (TaxGroup(0, 7, 0, "not_subject"), TaxGroup(0, 5, 0, "reverse_charge"))


def test_the_numbers_of_these_tests_are_valid() -> None:
    assert [vat_number_of(country, number) for country, number in NUMBERS.items()] == list(NUMBERS.values())


SPANISH_OSS = '[[oss]]\ncountry = "ES"\nrate = 2100\nfrom = 2021-07-01\n'
OUTSIDE_THE_AREA = (
    ("ES", "35001", "Islas Canarias", "ESB58378431"),
    ("ES", "E-38 001", "Islas Canarias", "ESB58378431"),
    ("ES", "51001", "Ceuta", "ESB58378431"),
    ("ES", "52001", "Melilla", "ESB58378431"),
    ("DE", "78266", "Büsingen am Hochrhein", "DE136695976"),
    ("DE", "D-27498", "Helgoland", "DE136695976"),
    ("IT", "23041", "Livigno", "IT00743110157"),
    ("IT", "IT-２２０６１", "Campione d’Italia", "IT00743110157"),
    ("GR", "630 86", "Άγιον Όρος", "EL094259216"),
    ("FR", "97133", "BL", "FR40303265045"),
    ("FR", "97500", "PM", "FR40303265045"),
    ("FR", "98413", "TF", "FR40303265045"),
    ("FR", "98600", "WF", "FR40303265045"),
    ("FR", "98713", "PF", "FR40303265045"),
    ("FR", "F-98 800", "NC", "FR40303265045"),
    ("DK", "3900", "GL", "DK13585628"),
)
OF_THEIR_OWN_CODE = (
    ("FI", "22100", "AX"),
    ("FR", "97110", "GP"),
    ("FR", "97150", "MF"),
    ("FR", "97400", "RE"),
)


@pytest.mark.parametrize(("country", "postal_code", "place", "number"), OUTSIDE_THE_AREA)
def test_outside_the_vat_area_no_consumer_pays_the_mainlands_vat_and_a_business_is_not_subject(
    tmp_path: Path, country: str, postal_code: str, place: str, number: str
) -> None:
    table = table_with(tmp_path, GERMAN_OSS + SPANISH_OSS)
    there = replace(consumer(country), postal_code=postal_code)
    with pytest.raises(TaxCaseUnknown) as refused:
        table.treatment(ITALIAN, there, TODAY)
    assert (refused.value.place, refused.value.missing) == (place, "vat_number")
    assert table.treatment(ITALIAN, replace(there, vat_number=number), TODAY) == Treatment(0, "not_subject")


@pytest.mark.parametrize(("country", "postal_code", "code"), OF_THEIR_OWN_CODE)
def test_a_place_with_a_code_like_a_countrys_is_treated_as_by_that_code(
    table: TaxTable, country: str, postal_code: str, code: str
) -> None:
    there = replace(consumer(country), postal_code=postal_code)
    with pytest.raises(TaxCaseUnknown) as refused:
        table.treatment(ITALIAN, there, TODAY)
    assert (refused.value.place, refused.value.missing) == (code, missing(table, consumer(code)))


@pytest.mark.parametrize(
    ("country", "postal_code", "rate"),
    [
        ("ES", "28001", 2100),
        ("ES", "", 2100),
        ("DE", "35037", 1900),
        ("DE", "27499", 1900),
        ("IT", "23030", 2200),
    ],
)
def test_the_mainland_and_an_address_without_a_post_code_pay_the_countrys_vat(
    tmp_path: Path, country: str, postal_code: str, rate: int
) -> None:
    table = table_with(tmp_path, GERMAN_OSS + SPANISH_OSS)
    there = replace(consumer(country), postal_code=postal_code)
    assert table.treatment(ITALIAN, there, TODAY) == Treatment(rate)


def test_a_place_may_have_a_row_of_its_own(tmp_path: Path) -> None:
    whose = '[[cases]]\nseller = "IT"\nbuyer = "Livigno"\nwho = "consumer"\n'
    row = whose + 'rate = 0\nnote = "not_subject"\nfrom = 2026-01-01\n'
    there = replace(consumer("IT"), postal_code="23041")
    assert table_with(tmp_path, row).treatment(ITALIAN, there, TODAY) == Treatment(0, "not_subject")


def test_a_seller_outside_the_union_charges_no_business_there_either(table: TaxTable) -> None:
    there = replace(business("DE"), postal_code="27498")
    assert table.treatment(AMERICAN, there, TODAY) == Treatment(0, "out_of_scope")


OF_A_MOMENT = """
areas = [{ name = "EU", countries = ["IT"], from = 2021-01-01 }]
cases = [{ seller = "IT", buyer = "IT", who = "anybody", rate = 2200, from = 2013-10-01T10:00:00 }]
"""


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("cases = " + "[" * 20_000, "its lists or tables stand one in the other too often"),
        (OF_A_MOMENT, "cases.0.from: a day like 2026-01-31 is needed"),
    ],
    ids=["nested", "a moment for a day"],
)
def test_a_table_that_cannot_be_read_is_refused_in_a_sentence_of_ours(
    tmp_path: Path, written: str, fault: str
) -> None:
    path = tmp_path / "tax.toml"
    path.write_text(written)
    with pytest.raises(Unfit) as refused:
        read_table(path)
    assert str(refused.value) == fault
    assert Translator(LOCALES, "it").fault(refused.value) != fault
