"""In which currency a property pays: the one that is sold in, or one of several that is chosen, and never a guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing.services import catalogue, plans, properties, purchases
from billing.services.verify import verify
from billing.values.errors import BadFields, Fault
from billing.values.money import Money
from tests.billing.desk import Desk


def sells(desk: Desk, tmp_path: Path, month: str) -> None:
    """One plan is on sale from now on, for these prices a month."""
    file = tmp_path / "catalogue.toml"
    file.write_text(
        f'version = 2\ncurrency = "EUR"\n[add_ons.live-chat]\nname = "Live Chat"\n'
        f'plans.basic = {{ name = "Basic", month = {month} }}\n'
    )
    catalogue.apply(desk.billing, file)


def currency_of(desk: Desk, currency: str | None = None) -> str:
    properties.create(
        desk.billing, desk.owner(), "Nuova", "Europe/Rome", "IT", is_workspace_owner=True, currency=currency
    )
    return str(desk.rows("SELECT currency FROM properties WHERE name = 'Nuova'")[0][0])


@pytest.mark.parametrize(
    ("month", "on_sale", "currency"),
    [
        ('{ USD = "12.00" }', ("USD",), "USD"),
        ('{ JPY = "1500" }', ("JPY",), "JPY"),
        ('{ USD = "12.00", EUR = "10.00", JPY = "1500" }', ("EUR", "JPY", "USD"), "EUR"),
        ("{}", (), "EUR"),
    ],
    ids=["dollars", "yen", "several with euro", "nothing"],
)
def test_without_a_choice_it_pays_in_what_is_sold_in(
    desk: Desk, tmp_path: Path, month: str, on_sale: tuple[str, ...], currency: str
) -> None:
    sells(desk, tmp_path, month)
    assert plans.currencies(desk.billing, desk.owner()) == on_sale
    assert currency_of(desk) == currency


def test_one_of_several_must_be_chosen_where_none_is_the_usual_one(desk: Desk, tmp_path: Path) -> None:
    sells(desk, tmp_path, '{ USD = "12.00", JPY = "1500" }')
    with pytest.raises(BadFields) as refused:
        currency_of(desk)
    assert refused.value.faults == {"currency": Fault("missing")}
    assert currency_of(desk, "JPY") == "JPY"


def test_what_is_no_currency_is_refused(desk: Desk) -> None:
    with pytest.raises(BadFields) as refused:
        currency_of(desk, "XYZ")
    assert refused.value.faults == {"currency": Fault("unknown")}


def test_everything_that_it_buys_is_charged_in_its_currency(desk: Desk, tmp_path: Path) -> None:
    sells(desk, tmp_path, '{ EUR = "10.00", JPY = "1500" }')
    owner = desk.owner()
    tokyo = properties.create(
        desk.billing, owner, "Tokyo", "Asia/Tokyo", "IT", is_workspace_owner=True, currency="JPY"
    )
    (offer,) = plans.on_sale(desk.billing, owner, tokyo.id).offers
    assert offer.price == Money(1500, "JPY")
    bought = purchases.purchase(desk.billing, owner, desk.order(owner, tokyo), key="one")
    assert bought.payment is not None
    assert bought.payment.amount == Money(1830, "JPY")
    assert desk.invoices()[0].read_document().total == Money(1830, "JPY")
    assert verify(desk.billing) == ()


def test_where_nothing_is_sold_in_its_currency_it_is_not_said_to_have_everything(
    desk: Desk, tmp_path: Path
) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    assert plans.on_sale(desk.billing, owner, piazza.id).unsold_currency is None
    desk.buy(owner, piazza)
    sells(desk, tmp_path, '{ EUR = "10.00" }')
    everything = plans.on_sale(desk.billing, owner, piazza.id)
    assert (everything.offers, everything.unsold_currency) == ((), None)
    file = tmp_path / "catalogue.toml"
    file.write_text(file.read_text().replace("version = 2", "version = 3").replace("EUR = ", "USD = "))
    catalogue.apply(desk.billing, file)
    nothing = plans.on_sale(desk.billing, owner, piazza.id)
    assert (nothing.offers, nothing.unsold_currency) == ((), "EUR")
