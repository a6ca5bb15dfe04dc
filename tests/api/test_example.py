"""The seller's program of the documentation lives through a plan's life, though a third of its webhooks are lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from runpy import run_path
from threading import Thread
from typing import Any

import requests

from billing.adapters.ciphers import FernetCipher, new_key
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import subscriptions, webhook_deliveries, webhook_endpoints
from tests.api.client import served
from tests.billing.desk import Desk
from tests.receiver import Taken, receiving

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "features.py"


def test_a_feature_opens_on_purchase_stays_through_grace_and_closes_at_the_end(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    desk = replace(sqlite_desk, billing=replace(sqlite_desk.billing, cipher=FernetCipher([new_key()])))
    owner = desk.owner()
    home = desk.property_of(owner, channel=None)
    desk.gateway.expect("tok_moody", Behaviour.SUCCEEDS, *[Behaviour.DECLINES] * 9)
    program: dict[str, Any] = run_path(str(PROGRAM))
    with served(desk, scopes=("read",)) as client, receiving(tmp_path / "receiver") as receiver:
        endpoint, secret = webhook_endpoints.create(desk.billing, receiver.url, ["entitlements.changed"])
        features = program["Features"](client.url, client.key, secret)
        server = program["serve_webhooks"](features, 0)
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        lost, seen, by_webhook = [], [], []

        def pass_on(one: Taken) -> None:
            """As the TLS proxy before the program, which answers for it; every third it then drops."""
            if len(receiver.taken) % 3 == 1:
                lost.append(one.id)
                return
            to = f"http://127.0.0.1:{server.server_address[1]}/"
            assert requests.post(to, one.body, headers=one.headers, timeout=20).status_code == 204
            assert requests.post(to, one.body + b" ", headers=one.headers, timeout=20).status_code == 401

        receiver.then = pass_on

        def known() -> str | None:
            (one,) = features.entitled.values() or ({"state": None},)
            state: str | None = one["state"]
            return state

        def look() -> None:
            webhook_deliveries.drain(desk.billing, receiver.poster(), endpoint.id)
            by_webhook.append(known())
            features.catch_up()
            seen.append((known(), features.is_open(home.id, "live-chat")))

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
        server.shutdown()
        server.server_close()
        serving.join(20)
    assert seen == [
        (None, False),
        ("active", True),
        ("grace", True),
        ("ended", False),
        ("active", True),
        ("ended", False),
    ]
    assert 3 * len(lost) >= len(receiver.taken)
    # What was lost only the feed told; the rest was known before it was read.
    assert by_webhook == [None, None, "grace", "ended", "active", "ended"]
