"""The catalogue: what is on sale follows the file, and those who have an old price keep it."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing.domain.cycles import Interval
from billing.domain.errors import CatalogueInvalid, NotSold
from billing.domain.money import Money
from billing.services import catalogue, changes, subscriptions
from billing.services.changes import Wish
from tests.billing.desk import CATALOGUE, Desk

ORIGINAL = CATALOGUE.read_text(encoding="utf-8")
DEARER = ORIGINAL.replace(
    'plans.growth = { name = "Growth", month = "29.00"', 'plans.growth = { name = "Growth+", month = "35.50"'
)


def apply(desk: Desk, folder: Path, text: str) -> int:
    path = folder / "catalogue.toml"
    path.write_text(text, encoding="utf-8")
    return catalogue.apply(desk.billing, path)


def test_applying_the_same_file_again_changes_nothing(desk: Desk) -> None:
    before = desk.everything()
    assert catalogue.apply(desk.billing, CATALOGUE) == 0
    assert desk.everything() == before


def test_a_changed_price_is_for_new_customers_and_the_old_ones_keep_theirs(
    desk: Desk, tmp_path: Path
) -> None:
    owner = desk.owner()
    early = desk.subscribed(owner, desk.property_of(owner))
    assert apply(desk, tmp_path, DEARER) == 1
    late = desk.subscribed(owner, desk.property_of(owner, "Corso"))
    assert (early.price, late.price) == (Money(2900, "EUR"), Money(3550, "EUR"))
    desk.turn(days=28)
    renewals = desk.invoices()[2:]
    assert {i.subscription_id: i.read_document().net for i in renewals} == {
        early.id: Money(2900, "EUR"),
        late.id: Money(3550, "EUR"),
    }
    kept = subscriptions.look_at(desk.billing, owner, early.id)
    assert (kept.price, kept.next_charge, kept.plan) == (Money(2900, "EUR"), Money(3538, "EUR"), "Growth+")


def test_an_old_price_stays_until_the_plan_is_changed(desk: Desk, tmp_path: Path) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    assert apply(desk, tmp_path, ORIGINAL.replace('"10.00"', '"12.00"').replace('"20.00"', '"24.00"')) == 3
    desk.turn_to(plan.period_end_at)
    assert desk.charged() == [1220, 1220]
    for wish, price in ((Wish("basic", Interval.MONTH, 2), 1000), (Wish("pro", Interval.MONTH, 2), 2400)):
        changed = changes.change(desk.billing, owner, plan.id, wish, key=wish.plan_id)
        assert changed.subscription.price == Money(price, "EUR")


def test_a_price_that_comes_back_is_sold_again(desk: Desk, tmp_path: Path) -> None:
    apply(desk, tmp_path, DEARER)
    assert apply(desk, tmp_path, ORIGINAL) == 1
    owner = desk.owner()
    assert desk.subscribed(owner, desk.property_of(owner)).price == Money(2900, "EUR")


def test_what_leaves_the_file_is_sold_no_more_and_is_still_renewed(desk: Desk, tmp_path: Path) -> None:
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner))
    smaller = 'currency = "EUR"\n[add_ons.video-voice]\nname = "Video"\nplans.standard = { name = "S", month = "9" }'
    assert apply(desk, tmp_path, smaller) == 1
    with pytest.raises(NotSold):
        desk.subscribed(owner, desk.property_of(owner, "Corso"))
    assert desk.turn(days=31).renewed == 1


def test_amounts_are_read_in_the_decimals_of_their_currency(desk: Desk, tmp_path: Path) -> None:
    for currency, amount, minor in (("JPY", "1500", 1500), ("KWD", "1.234", 1234), ("USD", "0.5", 50)):
        text = (
            f'currency = "{currency}"\n[add_ons.a]\nname = "A"\nplans.p = {{ name = "P", year = "{amount}" }}'
        )
        assert apply(desk, tmp_path, text) == 1
        on_sale = desk.rows("SELECT minor, currency, interval FROM prices WHERE on_sale")
        assert on_sale == [(minor, currency, Interval.YEAR)]


def with_price(amount: str, currency: str = '"EUR"') -> str:
    return f'currency = {currency}\n[add_ons.a]\nname = "A"\nplans.p = {{ name = "P", month = {amount} }}'


BAD = {
    "not TOML": "currency = ",
    "not even text": b"\xff\xfe\x00",
    "empty": "",
    "no currency": '[add_ons.a]\nname = "A"\nplans.p = { name = "P", month = "1" }',
    "no add-ons": 'currency = "EUR"',
    "add-ons as a list": 'currency = "EUR"\nadd_ons = ["a"]',
    "an add-on that is a word": 'currency = "EUR"\nadd_ons.a = "A"',
    "an add-on without a name": 'currency = "EUR"\n[add_ons.a]\nplans.p = { name = "P", month = "1" }',
    "an add-on without plans": 'currency = "EUR"\n[add_ons.a]\nname = "A"',
    "plans as a word": 'currency = "EUR"\n[add_ons.a]\nname = "A"\nplans = "p"',
    "a plan without a name": 'currency = "EUR"\n[add_ons.a]\nname = "A"\nplans.p = { month = "1" }',
    "a name that is a number": 'currency = "EUR"\n[add_ons.a]\nname = 7\nplans.p = { name = "P", month = "1" }',
    "an unknown currency": with_price('"1"', '"EURO"'),
    "a currency that is a number": with_price('"1"', "7"),
    "a price as a number": with_price("29.00"),
    "a price as a word": with_price('"dear"'),
    "a price with a comma": with_price('"29,00"'),
    "an empty price": with_price('""'),
    "half a cent": with_price('"29.005"'),
    "less than nothing": with_price('"-1"'),
    "no number": with_price('"NaN"'),
    "without end": with_price('"Infinity"'),
    "more than the column holds": with_price('"1e30"'),
    "a name longer than its column": with_price('"1"').replace('"A"', f'"{"A" * 61}"'),
    "good ones, then a bad one": ORIGINAL + 'plans.huge = { name = "Huge", month = 1 }',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_file_that_is_no_catalogue_is_refused(
    tmp_path: Path, migrated_sqlite: Path, text: str | bytes
) -> None:
    """On one copy of the template; that a refusal changes nothing is asked of both databases below."""
    copy = tmp_path / "desk.sqlite3"
    copy.write_bytes(migrated_sqlite.read_bytes())
    path = tmp_path / "catalogue.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with Desk.open(f"sqlite:///{copy}") as desk:
        before = desk.everything()
        with pytest.raises(CatalogueInvalid):
            catalogue.apply(desk.billing, path)
        assert desk.everything() == before


def test_a_bad_file_leaves_the_whole_catalogue_as_it_was(desk: Desk, tmp_path: Path) -> None:
    before = desk.everything()
    with pytest.raises(CatalogueInvalid):
        apply(desk, tmp_path, BAD["good ones, then a bad one"])  # type: ignore[arg-type]
    with pytest.raises(CatalogueInvalid):
        catalogue.apply(desk.billing, tmp_path / "missing.toml")
    assert desk.everything() == before
