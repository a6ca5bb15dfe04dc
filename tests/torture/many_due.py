"""Many workspaces with many plans whose next cycle is due: some were bought here, the others imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from billing import Actor
from billing.services import imports, installations, purchases
from billing.values.cycles import Anchor, Interval
from billing.values.imports import ImportLine, Running
from billing.values.installations import Installation, Tokens
from billing.values.snapshots import PropertySnapshot
from sandbox.gateway.books import Books
from tests.billing.desk import MILANO, Desk
from tests.billing.importing import quiet

# What a property has at most, one of each.
PLANS = ("live-chat/basic", "ai-assist/growth", "ai-bot/small", "knowledge-base/standard")
ADDRESS = {
    "name": MILANO.name,
    "street": MILANO.street,
    "postal_code": MILANO.postal_code,
    "city": MILANO.city,
    "region": MILANO.region,
    "country": MILANO.country,
}


def install(desk: Desk, team: str, token: str) -> None:
    """The app is in that workspace, with a token of its own."""
    one = Installation(team, team, "it", Tokens(token), workspace_id=team)
    installations.keep(desk.billing, one)


def take_up(desk: Desk, books: Books, owner: Actor, channels: Sequence[str], count: int) -> None:
    """So many plans of that workspace, one bought for each channel and the rest imported, four a property.

    Those that are imported ran elsewhere up to the end of the cycle in which they are. `books` are the gateway's.
    """
    recipient = f"{owner.user_id.lower()}@example.com"
    for channel in channels[:count]:
        shop = desk.property_of(owner, f"Shop {channel}", channel)
        order = replace(desk.order(owner, shop, token="pm_card_visa"), receipts_to=recipient)
        purchases.purchase(desk.billing, owner, order, key=desk.key())
    lines = list(_lines(desk, books, owner, channels, max(0, count - len(channels))))
    reports = imports.import_lines(desk.billing, lines, quiet)
    assert all(one.state is imports.LineState.IMPORTED for one in reports), reports[:1]


def _lines(
    desk: Desk, books: Books, owner: Actor, channels: Sequence[str], count: int
) -> Iterator[ImportLine]:
    for number in range(count):
        place, of_property = divmod(number, len(PLANS))
        if of_property == 0:
            channel = channels[place % len(channels)]
            shop = desk.property_of(owner, f"Shop {place}", channel)
            card = _card(books)
        running = _running(f"old {number}", owner, shop, PLANS[of_property], card, desk.clock.now)
        yield ImportLine(number, running.reference, running)


def _running(
    reference: str, owner: Actor, shop: PropertySnapshot, what: str, card: str, began: datetime
) -> Running:
    add_on, plan = what.split("/")
    return Running(
        reference,
        owner.workspace_id,
        shop.id,
        owner.user_id,
        add_on,
        plan,
        Interval.MONTH,
        quantity=1,
        price="",
        currency="",
        anchor=began,
        paid_through=Anchor.at(began, shop.time_zone, Interval.MONTH).start_of(1),
        cancelled=False,
        card=card,
        address=ADDRESS,
        company={},
    )


def _card(books: Books) -> str:
    """A customer of the gateway's and their saved card."""
    customer = books.make("cus", "customer")
    card: Mapping[str, object] = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030}
    method = books.make(
        "pm", "payment_method", type="card", customer=customer["id"], card=card, number_in_list=0
    )
    return str(method["id"])
