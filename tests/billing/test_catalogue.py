"""The catalogue: what is on sale follows the file, and those who have an old price keep it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.bootstrap import LOCALES
from billing.i18n import Translator
from billing.services import catalogue, changes, facts, listings, subscriptions
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.errors import CatalogueInvalid
from billing.values.money import Money
from billing.values.refusals import NotSold
from billing.values.snapshots.facts import FactSnapshot
from tests.billing.desk import CATALOGUE, WORKSPACE, Desk

ORIGINAL = CATALOGUE.read_text(encoding="utf-8")
DEARER = ORIGINAL.replace(
    'plans.growth = { name = "Growth", month = "29.00"', 'plans.growth = { name = "Growth+", month = "35.50"'
)


def write(folder: Path, text: str, version: int = 1) -> Path:
    path = folder / "catalogue.toml"
    path.write_text(text.replace("version = 1", f"version = {version}"), encoding="utf-8")
    return path


def apply(desk: Desk, folder: Path, text: str) -> int:
    """Applies it under the next version; how many prices that made."""
    before = desk.rows("SELECT id FROM prices")
    newest = desk.rows("SELECT max(version) FROM catalogue_versions")[0][0]
    catalogue.apply(desk.billing, write(folder, text, newest + 1))
    return len(desk.rows("SELECT id FROM prices")) - len(before)


def test_applying_the_same_file_again_changes_nothing(desk: Desk) -> None:
    before = desk.everything()
    assert catalogue.preview(desk.billing, CATALOGUE) == ()
    assert catalogue.apply(desk.billing, CATALOGUE) == ()
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
    for wish, price in (
        (PlanSelection("basic", Interval.MONTH, 2), 1000),
        (PlanSelection("pro", Interval.MONTH, 2), 2400),
    ):
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
    smaller = '[add_ons.video-voice]\nname = "Video"\nplans.standard = { name = "S", month = "9" }'
    smaller = f'version = 1\ncurrency = "EUR"\n{smaller}'
    assert apply(desk, tmp_path, smaller) == 1
    with pytest.raises(NotSold):
        desk.subscribed(owner, desk.property_of(owner, "Corso"))
    assert desk.turn(days=31).renewed == 1


def test_amounts_are_read_in_the_decimals_of_their_currency(desk: Desk, tmp_path: Path) -> None:
    for currency, amount, minor in (("JPY", "1500", 1500), ("KWD", "1.234", 1234), ("USD", "0.5", 50)):
        text = (
            with_price(f'"{amount}"', f'"{currency}"')
            .replace("month", "year")
            .replace("version = 2", "version = 1")
        )
        assert apply(desk, tmp_path, text) == 1
        on_sale = desk.rows("SELECT minor, currency, interval FROM prices WHERE on_sale")
        assert on_sale == [(minor, currency, Interval.YEAR)]


NEWER = ORIGINAL.replace("version = 1", "version = 2")


def with_price(amount: str, currency: str = '"EUR"') -> str:
    sold = f'[add_ons.a]\nname = "A"\nplans.p = {{ name = "P", month = {amount} }}'
    return f"version = 2\ncurrency = {currency}\n{sold}"


BAD = {
    "no version": ORIGINAL.replace("version = 1", ""),
    "a version that is text": ORIGINAL.replace("version = 1", 'version = "2"'),
    "other contents under the version in force": DEARER,
    "a currency that it does not know": NEWER.replace('month = "10.00"', 'month = { EURO = "10.00" }'),
    "a price in no currency": NEWER.replace('month = "10.00"', "month = { EUR = 10 }"),
    "not TOML": "version = 2\ncurrency = ",
    "not even text": b"\xff\xfe\x00",
    "empty": "",
    "no currency": 'version = 2\n[add_ons.a]\nname = "A"\nplans.p = { name = "P", month = "1" }',
    "no add-ons": 'version = 2\ncurrency = "EUR"',
    "add-ons as a list": 'version = 2\ncurrency = "EUR"\nadd_ons = ["a"]',
    "an add-on that is a word": 'version = 2\ncurrency = "EUR"\nadd_ons.a = "A"',
    "an add-on without a name": 'version = 2\ncurrency = "EUR"\n[add_ons.a]\nplans.p = { name = "P", month = "1" }',
    "an add-on without plans": 'version = 2\ncurrency = "EUR"\n[add_ons.a]\nname = "A"',
    "plans as a word": 'version = 2\ncurrency = "EUR"\n[add_ons.a]\nname = "A"\nplans = "p"',
    "a plan without a name": 'version = 2\ncurrency = "EUR"\n[add_ons.a]\nname = "A"\nplans.p = { month = "1" }',
    "a name that is a number": with_price('"1"').replace('name = "A"', "name = 7"),
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
    "more than any number holds": with_price('"1e999999"'),
    "a price in digits of another script": with_price('"٢٩"'),
    "a price of digits in groups": with_price('"2_9.00"'),
    "a quota larger than its column": with_price('"1", quota = 10000000000'),
    "a version larger than its column": with_price('"1"').replace("version = 2", f"version = {10**30}"),
    "a name that cannot be printed": with_price('"1"').replace('name = "A"', r'name = "A\u0000"'),
    "a name of two lines": with_price('"1"').replace('name = "A"', r'name = "A\nB"'),
    "lists in lists in lists": "version = 2\nadd_ons = " + "[" * 20_000,
    "a name longer than its column": with_price('"1"').replace('"A"', f'"{"A" * 61}"'),
    "good ones, then a bad one": NEWER + 'plans.huge = { name = "Huge", month = 1 }',
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
        with pytest.raises(CatalogueInvalid) as refused:
            catalogue.apply(desk.billing, path)
        assert desk.everything() == before
    english, italian = (Translator(LOCALES, language).fault(refused.value.fault) for language in ("en", "it"))
    assert english != italian
    assert "\n" not in english + italian
    assert "Input should be" not in english


def test_a_bad_file_leaves_the_whole_catalogue_as_it_was(desk: Desk, tmp_path: Path) -> None:
    before = desk.everything()
    with pytest.raises(CatalogueInvalid):
        apply(desk, tmp_path, BAD["good ones, then a bad one"])  # type: ignore[arg-type]
    with pytest.raises(CatalogueInvalid):
        catalogue.apply(desk.billing, tmp_path / "missing.toml")
    assert desk.everything() == before


def test_an_older_file_is_refused_and_so_are_other_contents_under_the_same_version(
    desk: Desk, tmp_path: Path
) -> None:
    catalogue.apply(desk.billing, write(tmp_path, DEARER, 3))
    before = desk.everything()
    for text, version, said in (
        (ORIGINAL, 2, "version: 3 is in force, this file is 2"),
        (ORIGINAL, 3, "version: 3 is in force and says other things; make this one 4"),
    ):
        with pytest.raises(CatalogueInvalid, match=said):
            catalogue.apply(desk.billing, write(tmp_path, text, version))
    assert desk.everything() == before
    assert catalogue.apply(desk.billing, write(tmp_path, f"# only a comment\n{DEARER}", 3)) == ()


def test_a_preview_says_what_would_change_and_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    smaller = DEARER.replace(
        'transferable = false\nplans.standard = { name = "Standard", month = "29.00" }',
        'sold = false\nplans.standard = { name = "Standard", month = "29.00" }',
    ).replace("quota = 1000", "quota = 900")
    path, before = write(tmp_path, smaller, 2), desk.everything()
    seen = catalogue.preview(desk.billing, path)
    assert desk.everything() == before
    assert [(change.what, change.before, change.after) for change in seen] == [
        ("ai-assist growth month EUR", "29.00", "35.50"),
        ("ai-assist growth name", "Growth", "Growth+"),
        ("ai-bot small quota", "1000", "900"),
        ("remove-branding standard month EUR", "29.00", None),
        ("remove-branding transferable", "no", "yes"),
    ]
    assert catalogue.apply(desk.billing, path) == seen


def test_a_plan_has_a_price_in_every_currency_that_the_file_names(desk: Desk, tmp_path: Path) -> None:
    text = ORIGINAL.replace('month = "10.00", year', 'month = { EUR = "10.00", JPY = "1600" }, year')
    assert apply(desk, tmp_path, text) == 1
    monthly = "SELECT minor, currency FROM prices WHERE plan_id = 'basic' AND interval = 'month' ORDER BY 1"
    assert desk.rows(monthly) == [(1000, "EUR"), (1600, "JPY")]


def test_what_is_sold_no_more_keeps_its_subscribers(desk: Desk, tmp_path: Path) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    assert (
        apply(desk, tmp_path, ORIGINAL.replace('name = "Live Chat"', 'name = "Live Chat"\nsold = false')) == 0
    )
    with pytest.raises(NotSold):
        desk.buy(owner, desk.property_of(owner, "Corso"))
    desk.turn_to(plan.period_end_at)
    assert len(desk.charged()) == 2


SMALL = 'plans.small = { name = "Small", month = "10.00", quota = 1000 }'


def entitlements_told(desk: Desk) -> list[FactSnapshot]:
    return [one for one in facts.listed(desk.billing) if one.type == "entitlements.changed"]


def test_another_quota_is_told_of_each_plan_that_lives_and_has_it(desk: Desk, tmp_path: Path) -> None:
    owner = desk.owner()
    shops = [desk.property_of(owner, f"Shop {number}") for number in range(7)]
    small = [desk.buy(owner, shop, "ai-bot/small/month") for shop in shops[:6]]
    desk.buy(owner, shops[6], "ai-bot/large/month")
    subscriptions.cancel(desk.billing, owner, small[5].id, "other")
    desk.turn_to(small[5].period_end_at)
    before = entitlements_told(desk)
    more = write(tmp_path, ORIGINAL.replace(SMALL, SMALL.replace("1000", "2000")), 2)
    assert len(catalogue.apply(desk.billing, more, batch_size=2)) == 1
    told = entitlements_told(desk)[len(before) :]
    assert [one.subject for one in told] == sorted(plan.id for plan in small[:5])
    of_shop = {str(one.property): one.state for one in told}
    for shop in shops[:5]:
        assert of_shop[shop.id]["quota"] == 2000
        assert listings.entitlements(desk.billing, WORKSPACE, shop.id) == [of_shop[shop.id]]
    assert catalogue.apply(desk.billing, more) == ()
    assert len(entitlements_told(desk)) == len(before) + 5
    assert verify(desk.billing) == ()


def test_a_quota_that_is_gone_is_told_and_so_is_one_of_which_an_apply_was_cut_off_before_it_told(
    desk: Desk, tmp_path: Path
) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner), "ai-bot/small/month")
    desk.execute("UPDATE plans SET quota = 3000 WHERE id = 'small'")
    apply(desk, tmp_path, ORIGINAL.replace(SMALL, SMALL.replace("1000", "3000")))
    apply(desk, tmp_path, ORIGINAL.replace(SMALL, SMALL.replace(", quota = 1000", "")))
    assert [one.state["quota"] for one in entitlements_told(desk)] == [1000, 3000, None]


def test_the_operator_sees_the_changes_and_is_asked(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", desk.billing.engine.url.render_as_string(hide_password=False))
    command, before = ["catalogue", str(write(tmp_path, DEARER, 2))], desk.everything()
    refused = CliRunner().invoke(program, command, input="n\n")
    assert refused.exit_code == 1
    assert "ai-assist growth month EUR: 29.00 -> 35.50" in refused.output.splitlines()
    assert desk.everything() == before
    applied = CliRunner().invoke(program, [*command, "--yes"])
    assert applied.output.splitlines()[-1] == "Catalogue applied: 2 changes."
    again = CliRunner().invoke(program, command)
    assert again.output == "Catalogue applied: 0 changes.\n"
