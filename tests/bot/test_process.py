"""`python -m bot` as a process: it waits for what is away, says what is missing, and ends in time when told to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from socket import create_server
from urllib.parse import urlencode

import pytest
from aiohttp import ClientConnectionError, ClientError, ClientSession, TCPConnector, web
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import make_url

from billing.services import copies, due_work
from billing.services.verify import verify
from bot.confirming import MAX_ASKED
from tests.billing.desk import WORKSPACE, Desk
from tests.bot.conftest import FarSide
from tests.postgresql import ReusedDatabase
from tests.relay import relaying

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DEADLINE = 60
# What is billed each month and began then has renewed once by now.
ONE_RENEWAL_AGO = timedelta(days=40)


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def environment_of(database_url: str, slack_url: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "s",
        "SLACK_API_URL": slack_url,
        "SELLER_NAME": "Venditore S.p.A.",
        "SELLER_ADDRESS": "Via dei Mille 10",
        "SELLER_VAT_NUMBER": "IT01114601006",
        "HOST": "127.0.0.1",
    }


@asynccontextmanager
async def running_bot(
    folder: Path,
    database_url: str,
    slack_url: str,
    settings: Mapping[str, str] | None = None,
    *arguments: str,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, ClientSession]]:
    port = free_port()
    environment = environment_of(database_url, slack_url) | {"PORT": str(port), **(settings or {})}
    with (folder / "log").open("wb") as log:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments, cwd=folder, env=environment, stdout=log, stderr=log
        )
    async with asyncio.timeout(DEADLINE), ClientSession(f"http://127.0.0.1:{port}") as session:
        try:
            yield bot, session
        finally:
            if bot.returncode is None:
                bot.kill()
            await bot.wait()


async def test_a_bot_without_worker_serves_and_the_worker_beside_it_does_what_is_due(
    sqlite_desk: Desk, far_side: FarSide, tmp_path: Path
) -> None:
    desk = sqlite_desk
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner))
    far_side.knows_the_bot()
    url = desk.billing.engine.url.render_as_string(hide_password=False)
    async with running_bot(tmp_path, url, far_side.url, {}, "--no-worker") as (_, session):
        await until_said(session, "/readyz", "ok")
        assert len(desk.invoices()) == 1
        copies.hold(desk.billing, "A drill.")
        await until_said(session, "/readyz", "on hold")
        copies.resume(desk.billing)
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "billing", "work"), cwd=tmp_path, env=environment_of(url, far_side.url)
        )
        try:
            while len(desk.invoices()) < 2:  # noqa: ASYNC110  the database says nothing by itself
                await asyncio.sleep(0.05)
            worker.send_signal(signal.SIGTERM)
            assert await worker.wait() == 0
        finally:
            if worker.returncode is None:
                worker.kill()
                await worker.wait()


async def test_behind_a_proxy_each_visitor_is_counted_and_nobody_else_is_taken_at_their_word(
    sqlite_desk: Desk, far_side: FarSide, tmp_path: Path
) -> None:
    """The proxy comes from another address of the loopback, which is trusted; who asks directly is not."""
    far_side.knows_the_bot()
    url = sqlite_desk.billing.engine.url.render_as_string(hide_password=False)
    given = {"PUBLIC_URL": "https://billing.example.com", "FORWARDED_ALLOW_IPS": "10.0.0.0/8, 127.0.0.2"}
    async with running_bot(tmp_path, url, far_side.url, given, "--no-worker") as (_, direct):
        await until_said(direct, "/healthz", "ok")
        address = (await direct.get("/healthz")).url.origin()
        of_proxy = TCPConnector(local_addr=("127.0.0.2", 0))
        async with ClientSession(address, connector=of_proxy) as proxy:
            await counted_apart(direct, proxy)


async def counted_apart(direct: ClientSession, proxy: ClientSession) -> None:
    async def asked(session: ClientSession, *said: str) -> set[int]:
        """What who asks for that page of no contact is answered, once for each time."""
        of = [{"X-Forwarded-For": one} for one in said]
        return {(await session.get("/contacts/T1/con_1/code", headers=headers)).status for headers in of}

    one, other = "203.0.113.1", "2001:db8::1"
    assert await asked(proxy, *(one for _ in range(MAX_ASKED))) == {404}
    assert await asked(proxy, one) == {429}
    assert await asked(proxy, other) == {404}, "another visitor of the same proxy"
    assert await asked(proxy, f"{other}, {one}", f"{other}, {one}, 10.1.2.3") == {429}, (
        "what a visitor says of themselves does not count, and another proxy of ours does not either"
    )
    assert await asked(direct, *(f"203.0.113.{number}" for number in range(2, 2 + MAX_ASKED))) == {404}
    assert await asked(direct, "203.0.113.99") == {429}, "whoever they say to ask for"


@asynccontextmanager
async def hanging_stripe() -> AsyncIterator[str]:
    """Says that nothing was collected yet, and answers nothing else."""

    async def answer(request: web.Request) -> web.Response:
        if request.method == "POST":
            await ended.wait()
        nothing = {"object": "list", "data": [], "has_more": False, "url": "/v1/payment_intents"}
        return web.json_response(nothing)

    ended = asyncio.Event()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    ended.set()
    await runner.cleanup()


async def until_said(session: ClientSession, path: str, said: str) -> None:
    """Asks until that is the answer; the tests' deadline ends it."""
    while True:
        try:
            async with session.get(path) as answer:
                if said in await answer.text():
                    return
        except ClientConnectionError:
            pass  # it does not listen yet
        await asyncio.sleep(0.05)


async def test_it_renews_while_slack_does_not_take_its_token_and_serves_as_soon_as_it_does(
    sqlite_desk: Desk, far_side: FarSide, tmp_path: Path
) -> None:
    desk = sqlite_desk
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner))
    far_side.usual["auth.test"] = {"ok": False, "error": "invalid_auth"}
    url = desk.billing.engine.url.render_as_string(hide_password=False)
    async with running_bot(tmp_path, url, far_side.url) as (_, session):
        await until_said(session, "/readyz", "Slack does not take the token: invalid_auth")
        await until_said(session, "/healthz", "ok")
        while len(desk.invoices()) < 2:  # noqa: ASYNC110  the database says nothing by itself
            await asyncio.sleep(0.05)
        far_side.knows_the_bot()
        await until_said(session, "/readyz", "ok")
    log = (tmp_path / "log").read_text()
    assert log.count("nobody can be served in Slack") == 1
    for line in log.splitlines()[1:]:  # after the sentence about the pretended payments
        assert {"event", "level", "timestamp"} <= json.loads(line).keys()
    assert "Traceback" not in log


async def test_it_waits_for_a_database_that_is_away_and_serves_when_it_is_there(
    reused_postgresql: ReusedDatabase, far_side: FarSide, tmp_path: Path
) -> None:
    far_side.knows_the_bot()
    url = make_url(reused_postgresql.url)
    assert url.host
    assert url.port
    port = free_port()
    away = url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    async with running_bot(tmp_path, away, far_side.url) as (_, session):
        await until_said(session, "/readyz", "the database does not answer")
        with relaying(url.host, url.port, port=port):
            await until_said(session, "/readyz", "ok")
    log = (tmp_path / "log").read_text()
    assert "It is tried again until it answers." in log
    assert "Traceback" not in log


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_told_to_stop_while_the_gateway_hangs_it_ends_in_time_and_each_renewal_is_charged_once(
    sqlite_desk: Desk, far_side: FarSide, tmp_path: Path, sent: signal.Signals
) -> None:
    desk = sqlite_desk
    desk.clock.now = datetime.now(UTC) - ONE_RENEWAL_AGO
    owner = desk.owner()
    for number in range(30):
        desk.subscribed(owner, desk.property_of(owner, f"Shop {number}"))
    desk.clock.now = datetime.now(UTC)
    due_work.run_plans(desk.billing)  # what is owed at the start is collected then, not at the next tick
    far_side.knows_the_bot()
    url = desk.billing.engine.url.render_as_string(hide_password=False)
    async with hanging_stripe() as stripe_url:
        of_stripe = {
            "PAYMENT_GATEWAY": "stripe",
            "STRIPE_API_KEY": "sk_test_1",
            "STRIPE_WEBHOOK_SECRET": "whsec_1",
            "STRIPE_API_URL": stripe_url,
            "SHUTDOWN_DELAY_SECONDS": "0",
        }
        async with running_bot(tmp_path, url, far_side.url, of_stripe) as (bot, session):
            await until_said(session, "/readyz", "ok")
            while not desk.rows("SELECT id FROM payment_attempts WHERE state = 'sent'"):  # noqa: ASYNC110  as above
                await asyncio.sleep(0.05)
            bot.send_signal(sent)
            async with asyncio.timeout(20):
                assert await bot.wait() == 0
    assert "Due work was left" in (tmp_path / "log").read_text()
    desk.clock.now = datetime.now(UTC) + timedelta(hours=1)
    due_work.run_due(desk.billing)
    assert len(desk.invoices()) == 60
    assert len(desk.charged()) == 60
    assert verify(desk.billing) == ()


def signed_form(number: int, callback: str = "property.create") -> tuple[bytes, dict[str, str]]:
    """The form of a new property, submitted, as Slack would send it."""
    fields = {
        "name": {"value": {"type": "plain_text_input", "value": f"Shop {number}"}},
        "time_zone": {"value": {"type": "static_select", "selected_option": {"value": "Europe/Rome"}}},
        "country": {"value": {"type": "static_select", "selected_option": {"value": "IT"}}},
    }
    view = {"id": f"V{number}", "type": "modal", "callback_id": callback, "hash": "1"}
    payload = {
        "type": "view_submission",
        "team": {"id": WORKSPACE},
        "user": {"id": "U1", "team_id": WORKSPACE},
        "trigger_id": "1",
        "view": {**view, "private_metadata": "", "state": {"values": fields}},
    }
    body, now = urlencode({"payload": json.dumps(payload)}), str(int(time.time()))
    signature = SignatureVerifier("s").generate_signature(timestamp=now, body=body) or ""
    headers = {"x-slack-request-timestamp": now, "x-slack-signature": signature}
    return body.encode(), {**headers, "content-type": "application/x-www-form-urlencoded"}


async def submitting(session: ClientSession, numbers: Iterator[int], acked: set[str]) -> None:
    """Submits one form after the other until nobody answers any more, and keeps what was acknowledged as done."""
    for number in numbers:
        body, headers = signed_form(number)
        try:
            async with session.post("/slack/events", data=body, headers=headers) as answer:
                if "is created" in await answer.text():
                    acked.add(f"Shop {number}")
        except (ClientError, OSError):
            return


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
async def test_stopped_or_killed_under_traffic_it_keeps_every_form_that_it_acknowledged(
    sqlite_desk: Desk, far_side: FarSide, tmp_path: Path, sent: signal.Signals
) -> None:
    far_side.knows_the_bot()
    far_side.usual["users.info"] = {"user": {"id": "U1", "team_id": WORKSPACE, "is_owner": True}}
    url = sqlite_desk.billing.engine.url.render_as_string(hide_password=False)
    acked: set[str] = set()
    numbers = count()
    # The longest delay, for a machine that stands still for a moment; being told again ends it.
    async with running_bot(tmp_path, url, far_side.url, {"SHUTDOWN_DELAY_SECONDS": "60"}) as (bot, session):
        await until_said(session, "/readyz", "ok")
        people = asyncio.gather(*(submitting(session, numbers, acked) for _ in range(4)))
        while len(acked) < 10:  # noqa: ASYNC110  the people say nothing by themselves
            await asyncio.sleep(0.01)
        bot.send_signal(sent)
        if sent is signal.SIGTERM:
            await until_said(session, "/readyz", "stopping")
            before = len(acked)
            while len(acked) == before:  # noqa: ASYNC110  whoever comes in the meantime is served
                await asyncio.sleep(0.01)
            bot.send_signal(sent)
        await people
        assert await bot.wait() == (0 if sent is signal.SIGTERM else -sent)
    assert acked <= {name for (name,) in sqlite_desk.rows("SELECT name FROM properties")}
    assert "Traceback" not in (tmp_path / "log").read_text()
