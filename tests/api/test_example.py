"""The seller's program of the documentation lives through a plan's life."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

from billing.adapters.gateways.sandbox import Behaviour
from billing.services import subscriptions
from tests.api.client import served
from tests.billing.desk import Desk

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "features.py"


def test_a_feature_opens_on_purchase_stays_through_grace_and_closes_at_the_end(sqlite_desk: Desk) -> None:
    desk, owner = sqlite_desk, sqlite_desk.owner()
    home = desk.property_of(owner, channel=None)
    desk.gateway.expect("tok_moody", Behaviour.SUCCEEDS, *[Behaviour.DECLINES] * 9)
    with served(desk, scopes=("read",)) as client:
        features = run_path(str(PROGRAM))["Features"](client.url, client.key)
        seen = []

        def look() -> None:
            features.catch_up()
            (known,) = features.entitled.values() or ({"state": None},)
            seen.append((known["state"], features.is_open(home.id, "live-chat")))

        look()
        plan = desk.buy(owner, home, "live-chat/basic/month", "tok_moody")
        look()
        desk.turn(days=28)
        look()
        for _ in range(24):
            desk.turn(days=1)
        look()
        desk.gateway.expect("tok_moody", Behaviour.SUCCEEDS)
        subscriptions.restart(desk.billing, owner, plan.id, key=desk.key())
        subscriptions.cancel(desk.billing, owner, plan.id, "Dear")
        look()
        desk.turn(days=32)
        look()
    assert seen == [
        (None, False),
        ("active", True),
        ("grace", True),
        ("ended", False),
        ("active", True),
        ("ended", False),
    ]
