"""Subscriptions that Stripe bills are taken over, and Stripe has said that it ends each before it is billed here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from billing.adapters.gateways.stripe_line import PAUSES
from billing.adapters.gateways.stripe_subscriptions import MOVED
from billing.ports import GatewayUnavailable
from billing.services import imports, verify
from billing.services.imports import LineReport
from sandbox.gateway.books import Thing
from sandbox.gateway.faults import Fault
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.importing import quiet, read, why, written
from tests.pretend_stripe import RunningStripe

BEGAN, ENDS = datetime(2026, 1, 15, 9, 41, 7, tzinfo=UTC), datetime(2026, 2, 15, 9, 41, 7, tzinfo=UTC)
NEXT = datetime(2026, 3, 15, 9, 41, 7, tzinfo=UTC)
PRICE = {
    "id": "price_1",
    "object": "price",
    "billing_scheme": "per_unit",
    "currency": "eur",
    "unit_amount": 750,
    "tax_behavior": "exclusive",
    "transform_quantity": None,
    "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
    "metadata": {"add_on": "live-chat", "plan": "basic"},
}


class Account:
    """A Stripe account that bills subscriptions of its own, and the desk that takes them over."""

    def __init__(self, desk: Desk, running: RunningStripe) -> None:
        self.desk, self.running = desk, running
        self.subscriptions = running.subscriptions()
        self.prop = desk.property_of(desk.owner())

    def sells(self, price: dict[str, Any] | None = None, **values: Any) -> Thing:
        """A subscription of a customer with a saved card."""
        books = self.running.stripe.books
        customer = books.make(
            "cus",
            "customer",
            name="Esempio S.r.l.",
            address={
                "line1": "Via Roma 1",
                "line2": None,
                "postal_code": "20121",
                "city": "Milano",
                "state": "MI",
                "country": "IT",
            },
            tax_ids=[{"type": "eu_vat", "value": "IT00743110157"}],
            default_source=None,
        )
        card = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030}
        method = books.make(
            "pm", "payment_method", type="card", customer=customer["id"], card=card, number_in_list=0
        )
        books.keep({**customer, "invoice_settings": {"default_payment_method": method["id"]}})
        noted = {"workspace": WORKSPACE, "property": self.prop.id, "user": "UOWNER"}
        return self.running.stripe.subscriptions.make(
            customer["id"],
            {**PRICE, **(price or {})},
            int(BEGAN.timestamp()),
            int(ENDS.timestamp()),
            **{"metadata": noted, **values},
        )

    def written(self) -> str:
        """The file that an operator would look at."""
        return written(*(one.cells for one in self.subscriptions.running() if one.fault is None))

    def import_lines(self, content: str) -> tuple[LineReport, ...]:
        return imports.import_lines(self.desk.billing, read(content), quiet, end=self.subscriptions.end)

    def at_stripe(self, subscription: Thing) -> Thing:
        return self.running.stripe.subscriptions.found(subscription["id"])


@pytest.fixture
def account(stripe_desk: Desk, pretend_stripe: RunningStripe) -> Account:
    return Account(stripe_desk, pretend_stripe)


def test_what_stripe_bills_goes_on_here_with_the_same_dates_price_and_card_and_is_billed_once(
    account: Account,
) -> None:
    desk, sold = account.desk, account.sells(quantity=2)
    (report,) = account.import_lines(account.written())
    assert (report.state, report.faults, report.charged_at) == ("imported", (), ENDS)
    assert account.at_stripe(sold)["cancel_at_period_end"] is True
    assert verify.verify(desk.billing) == ()
    account.running.stripe.subscriptions.renew(sold["id"], int(NEXT.timestamp()))
    assert account.at_stripe(sold)["status"] == "canceled"
    desk.turn_to(ENDS)
    assert account.running.collected() == [1830]
    (invoice,) = desk.invoices()
    assert invoice.read_document().buyer.vat_number == "IT00743110157"
    assert verify.verify(desk.billing) == ()


def test_what_was_moved_is_not_written_again_and_the_same_file_changes_nothing(account: Account) -> None:
    account.sells()
    content = account.written()
    (first,) = account.import_lines(content)
    assert list(account.subscriptions.running()) == []
    (again,) = account.import_lines(content)
    assert (again.state, again.subscription_id) == ("known", first.subscription_id)


def test_a_rehearsal_ends_nothing_at_stripe(account: Account) -> None:
    sold = account.sells()
    imports.preview(account.desk.billing, read(account.written()), quiet)
    assert account.at_stripe(sold)["cancel_at_period_end"] is False


def test_one_that_stripe_renewed_since_the_file_was_written_is_not_imported_and_goes_on_there(
    account: Account,
) -> None:
    sold = account.sells()
    content = account.written()
    account.running.stripe.subscriptions.renew(sold["id"], int(NEXT.timestamp()))
    (report,) = account.import_lines(content)
    assert why(report) == ["it is not what it was at Stripe when the file was written: write the file again"]
    assert account.at_stripe(sold)["cancel_at_period_end"] is False
    assert account.desk.rows("SELECT count(*) FROM subscriptions")[0][0] == 0


@pytest.mark.parametrize("cancelled", [True, False])
def test_one_that_its_customer_cancelled_or_resumed_since_the_file_was_written_is_not_imported(
    account: Account, cancelled: bool
) -> None:
    sold = account.sells(cancel_at_period_end=not cancelled)
    content = account.written()
    account.running.stripe.books.keep({**account.at_stripe(sold), "cancel_at_period_end": cancelled})
    (report,) = account.import_lines(content)
    assert why(report) == ["it is not what it was at Stripe when the file was written: write the file again"]
    there = account.at_stripe(sold)
    assert (there["cancel_at_period_end"], there["metadata"].get(MOVED)) == (cancelled, None)
    (report,) = account.import_lines(account.written())
    assert (report.state, report.ends_at) == ("imported", ENDS if cancelled else None)


def test_one_that_stripe_renews_in_the_very_moment_goes_on_there_alone(account: Account) -> None:
    sold = account.sells()
    content = account.written()
    account.running.stripe.subscriptions.renewing[sold["id"]] = int(NEXT.timestamp())
    (report,) = account.import_lines(content)
    assert why(report) == ["Stripe renewed it meanwhile: write the file again"]
    there = account.at_stripe(sold)
    assert (there["cancel_at_period_end"], there["metadata"][MOVED]) == (False, "")
    assert account.desk.rows("SELECT count(*) FROM subscriptions")[0][0] == 0


def test_a_silent_stripe_imports_nothing_and_the_same_file_does_later(account: Account) -> None:
    sold = account.sells()
    content = account.written()
    account.running.stripe.faults.plan(sold["id"], Fault.ERROR)
    (report,) = account.import_lines(content)
    assert why(report) == ["the gateway does not say whether it ends it: import it again later"]
    assert account.desk.rows("SELECT count(*) FROM subscriptions")[0][0] == 0
    (report,) = account.import_lines(content)
    assert report.state == "imported"


def test_one_that_ends_there_before_its_import_was_written_is_imported_by_the_same_file(
    account: Account,
) -> None:
    """As after a crash between the two."""
    sold = account.sells()
    content = account.written()
    (line,) = read(content)
    assert line.running is not None
    assert account.subscriptions.end(line.running) is None
    (report,) = account.import_lines(content)
    assert report.state == "imported"
    assert account.at_stripe(sold)["cancel_at_period_end"] is True


def test_one_that_its_customer_cancelled_ends_here_too(account: Account) -> None:
    account.sells(cancel_at_period_end=True)
    (report,) = account.import_lines(account.written())
    assert (report.charge, report.ends_at) == (None, ENDS)


LEFT = [
    ({"status": "past_due"}, {}, "it is past_due at Stripe: only active ones are taken over"),
    ({"status": "trialing"}, {}, "it is trialing at Stripe: only active ones are taken over"),
    (
        {"discounts": ["di_1"]},
        {},
        "it has a discount at Stripe: give it a price that has it taken off",
    ),
    (
        {"schedule": "sub_sched_1"},
        {},
        "it is paused, or a change of it is scheduled at Stripe: undo that first",
    ),
    (
        {"cancel_at": 1},
        {},
        "Stripe ends it on a day of its own: let it end with its period, or not at all",
    ),
    (
        {"collection_method": "send_invoice"},
        {},
        "Stripe sends invoices for it, and here a card is charged: change that there first",
    ),
    (
        {},
        {"tax_behavior": "inclusive"},
        "its price at Stripe includes VAT, and prices here are net: give it a net one",
    ),
    (
        {"default_tax_rates": [{"id": "txr_1", "inclusive": True, "percentage": 22.0}]},
        {"tax_behavior": "unspecified"},
        "its price at Stripe includes VAT, and prices here are net: give it a net one",
    ),
    (
        {"currency": "usd"},
        {"currency_options": {"usd": {"unit_amount": 900}}},
        "Stripe bills it in USD, and its price is in EUR: give it a price in USD",
    ),
    (
        {"automatic_tax": {"enabled": True}},
        {"tax_behavior": "unspecified"},
        "it leaves open at Stripe whether its price includes VAT: say it of the price there",
    ),
    (
        {},
        {"billing_scheme": "tiered", "unit_amount": None},
        "its price at Stripe has tiers or parts of a cent: give it a plain one",
    ),
    (
        {},
        {"recurring": {"interval": "month", "interval_count": 3, "usage_type": "licensed"}},
        "it is billed every 3 month at Stripe: only each month or year is known here",
    ),
    (
        {},
        {"recurring": {"interval": "month", "interval_count": 1, "usage_type": "metered"}},
        "its price at Stripe goes by usage: give it a plain one",
    ),
]


@pytest.mark.parametrize(("values", "price", "said"), LEFT)
def test_what_this_desk_could_not_bill_as_stripe_does_is_left_there_with_a_sentence(
    account: Account, values: dict[str, Any], price: dict[str, Any], said: str
) -> None:
    account.sells(price, **values)
    (found,) = account.subscriptions.running()
    assert str(found.fault) == said


@pytest.mark.parametrize(
    ("holder", "value", "said"),
    [
        (
            "item",
            {"tax_rates": [{"id": "txr_1", "inclusive": True, "percentage": 22.0}]},
            "its price at Stripe includes VAT, and prices here are net: give it a net one",
        ),
        (
            "item",
            {"discounts": ["di_1"]},
            "it has a discount at Stripe: give it a price that has it taken off",
        ),
        (
            "customer",
            {"discount": {"id": "di_1", "coupon": {"percent_off": 50}}},
            "it has a discount at Stripe: give it a price that has it taken off",
        ),
    ],
)
def test_what_its_item_or_its_customer_takes_off_or_includes_is_seen_before_and_right_before_the_import(
    account: Account, holder: str, value: dict[str, Any], said: str
) -> None:
    sold = account.sells(price={"tax_behavior": "unspecified"})
    content = account.written()
    books = account.running.stripe.books
    if holder == "item":
        (item,) = sold["items"]["data"]
        books.keep({**sold, "items": {**sold["items"], "data": [{**item, **value}]}})
    else:
        books.keep({**account.running.stripe.rules.known("customer", sold["customer"]), **value})
    (found,) = account.subscriptions.running()
    assert str(found.fault) == said
    (report,) = account.import_lines(content)
    assert why(report) == [said]
    assert account.at_stripe(sold)["cancel_at_period_end"] is False


def test_one_whose_tax_rate_comes_on_top_is_imported(account: Account) -> None:
    rate = {"id": "txr_1", "inclusive": False, "percentage": 22.0}
    account.sells(price={"tax_behavior": "unspecified"}, default_tax_rates=[rate])
    (report,) = account.import_lines(account.written())
    assert report.state == "imported"


def test_many_are_read_page_by_page(account: Account) -> None:
    sold = {account.sells()["id"] for _ in range(101)}
    assert {one.reference for one in account.subscriptions.running()} == sold


def test_silence_while_they_are_read_is_said(account: Account) -> None:
    account.running.stripe.faults.plan("/subscriptions", *[Fault.DEAF] * (len(PAUSES) + 1))
    with pytest.raises(GatewayUnavailable):
        list(account.subscriptions.running())
