"""The spans of a bot that works: turns, requests, ticks, deliveries and calls, and nothing of whom they are about."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from billing.adapters.ciphers import FernetCipher, new_key
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import api_keys, webhook_endpoints
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.test_mail import unpaid
from tests.bot.conftest import FarSide
from tests.bot.test_process import running_bot, signed_form, until_said
from tests.collector import Collector, collecting
from tests.mailboxes import Box, running_box
from tests.receiver import receiving

pytestmark = pytest.mark.slow

EXPECTED = {
    ("turn",),
    ("turn", "call slack"),
    ("turn", "property.create"),
    ("api request", "invoice.list"),
    ("tick plans", "plans", "cycles"),
    ("tick plans", "plans", "cycles", "renew_in_bulk"),
    ("tick payments", "payments", "owed"),
    ("tick seals", "seals"),
    ("tick mail", "mail", "delivery mail", "call smtp"),
    ("delivery slack", "call slack"),
    ("delivery webhooks", "call webhooks"),
}


async def until(collector: Collector, is_there: Callable[[], bool]) -> None:
    """The tests' deadline ends it."""
    while not is_there():  # noqa: ASYNC110  the collector says nothing by itself
        await asyncio.sleep(0.05)


def told(collector: Collector) -> set[str | int]:
    return {one.attributes["audience"] for one in collector.named("delivery slack")}


async def test_a_bot_sends_what_it_did_as_trees_of_spans_without_a_word_of_whom_it_is_about(
    sqlite_desk: Desk, far_side: FarSide, tmp_path: Path
) -> None:
    far_side.knows_the_bot()
    # Whoever is asked for, with an address: a mail goes out whether it is read before Slack was asked or after.
    person = {"id": "U1", "team_id": WORKSPACE, "is_owner": True, "real_name": "Emma Clarke"}
    person["profile"] = {"email": "emma@example.com"}
    far_side.usual["users.info"] = {"user": person}
    far_side.usual["conversations.info"] = {"channel": {"id": "CBILLING", "is_member": True}}
    key = new_key()
    secretive = replace(sqlite_desk, billing=replace(sqlite_desk.billing, cipher=FernetCipher([key])))
    desk = unpaid(secretive, Behaviour.DECLINES, "Piazza Segreta")
    ((property_id, subscription_id),) = desk.rows("SELECT property_id, id FROM subscriptions")
    _, api_key = api_keys.create(desk.billing, "Shop", ("read",))
    url = desk.billing.engine.url.render_as_string(hide_password=False)
    with (
        collecting() as collector,
        receiving(tmp_path / "receiver") as receiver,
        running_box(box := Box()) as at,
    ):
        _, secret = webhook_endpoints.create(desk.billing, f"{receiver.url}/segreto", ())
        settings = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "SMTP_URL": f"smtp://{at}",
            "WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
            "WEBHOOKS_CA_FILE": receiver.ca_file,
            "ENCRYPTION_KEYS": key,
            "SHUTDOWN_DELAY_SECONDS": "0",
        }
        async with running_bot(tmp_path, url, far_side.url, settings) as (bot, session):
            await until_said(session, "/readyz", "ok")
            for callback in ("property.create", "form.of.another.version"):
                body, headers = signed_form(1, callback)
                async with session.post("/slack/events", data=body, headers=headers) as answer:
                    assert answer.status == 200
            shown = {"Authorization": f"Bearer {api_key}"}
            async with session.get("/api/v1/invoices?limit=1", headers=shown) as answer:
                assert answer.status == 200
            await until(collector, lambda: collector.paths() >= EXPECTED)
            await until(collector, lambda: len(collector.named("turn")) == 2)
            # Each at its pace: the first of them stands for the other in no path.
            await until(collector, lambda: told(collector) == {"slack_channel", "slack_person"})
            bot.terminate()
            await bot.wait()
    assert collector.services == {"billing-bot"}
    turns = {one.attributes["act"]: one for one in collector.named("turn")}
    created, outdated = turns["property.create"], turns["form.of.another.version"]
    assert created.attributes.keys() == {"kind", "act", "reference"}
    assert created.attributes["kind"] == "submission"
    assert outdated.attributes["outcome"] == "Outdated"
    (request,) = collector.named("api request")
    assert request.attributes == {"method": "GET", "route": "/invoices", "status": 200}
    assert {one.attributes.get("method") for one in collector.named("call slack")} >= {"users.info"}
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line[0] == "{"]
    (refused,) = (line for line in lines if line["event"] == "refused")
    assert (refused["trace_id"], refused["reference"]) == (
        outdated.trace_id,
        outdated.attributes["reference"],
    )
    assert box.taken
    sent = b"".join(collector.bodies)
    for word in (
        "Piazza", "Shop 1", "Emma", "Venditore", "UOWNER", WORKSPACE, "CBILLING", "xoxb-1", "SELECT", "INSERT",
        "segreto", property_id, subscription_id, api_key, secret, key,
    ):  # fmt: skip
        assert word.encode() not in sent, word
    shown_there = " ".join(f"{one.name} {one.attributes}" for one in collector.spans)
    for word in ("U1", "@", "://", "EUR", "127.0.0.1"):  # so short that the digits of an id may have it
        assert word not in shown_there, word
