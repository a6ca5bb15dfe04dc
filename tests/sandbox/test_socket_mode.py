"""Socket Mode as Slack speaks it: one address at a time, envelopes that come back, connections that are made anew."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from tests.sandbox.workbench import Slack, home, modal, pretend_slack

BILLING = {"user": "U1", "channel": "C1", "command": "/billing", "text": "cancel"}
APP_TOKEN = "xapp-sandbox"


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with pretend_slack(socket_mode=True) as fresh:
        yield fresh


async def _address(slack: Slack) -> str:
    answer = await slack.api("apps.connections.open", token=APP_TOKEN)
    assert answer["ok"], answer
    return str(answer["url"])


async def test_a_name_that_another_site_lets_mean_this_machine_opens_no_socket(slack: Slack) -> None:
    address = await _address(slack)
    with pytest.raises(WSServerHandshakeError):
        await slack.http.ws_connect(address, headers={"host": "elsewhere.example"})
    await (await slack.http.ws_connect(address)).close()


async def _connected(slack: Slack) -> ClientWebSocketResponse:
    connection = await slack.http.ws_connect(await _address(slack))
    hello = await _next(connection)
    assert (hello["type"], hello["connection_info"]) == ("hello", {"app_id": slack.workspace.app.id})
    return connection


async def _next(connection: ClientWebSocketResponse) -> dict[str, Any]:
    return dict(await connection.receive_json(timeout=2))


async def _acks(connection: ClientWebSocketResponse, **payload: Any) -> dict[str, Any]:
    """Takes the next envelope and gives it back."""
    envelope = await _next(connection)
    returned = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload else {})
    await connection.send_json(returned)
    return envelope


async def test_a_command_comes_in_an_envelope_and_its_answer_goes_back(slack: Slack) -> None:
    async with await _connected(slack) as connection:
        typed = asyncio.create_task(slack.control("command", **BILLING))
        envelope = await _acks(connection, text="Only you see this")
        assert (await typed)["ok"]
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert (envelope["payload"]["command"], envelope["payload"]["text"]) == ("/billing", "cancel")
    (message,) = (await slack.look("state"))["messages"]
    assert (message["text"], message["ephemeral_to"]) == ("Only you see this", "U1")


async def test_a_form_is_answered_with_errors_in_the_envelope(slack: Slack) -> None:
    async with await _connected(slack) as connection:
        typed = asyncio.create_task(slack.control("command", **BILLING))
        trigger_id = (await _acks(connection))["payload"]["trigger_id"]
        await typed
        view = (await slack.api("views.open", trigger_id=trigger_id, view=modal()))["view"]
        values = {"reason": {"text": "Too dear"}}
        submitted = asyncio.create_task(slack.control("submit", user="U1", view_id=view["id"], values=values))
        envelope = await _acks(connection, response_action="errors", errors={"reason": "Why?"})
        assert (await submitted)["errors"] == {"reason": "Why?"}
    assert (envelope["type"], envelope["payload"]["type"]) == ("interactive", "view_submission")


async def test_an_event_that_does_not_come_back_is_sent_again_with_its_number() -> None:
    impatient = pretend_slack(socket_mode=True, ack_seconds=0.1, retry_delays=(0, 0, 0))
    async with impatient as slack, await _connected(slack) as connection:
        opened = asyncio.create_task(slack.control("open-home", user="U1"))
        first = await _next(connection)
        assert (await opened)["error"] == "operation_timeout"
        again = await _acks(connection)
    assert (first["type"], first["retry_attempt"], again["retry_attempt"]) == ("events_api", 0, 1)
    assert again["retry_reason"] == "http_timeout"
    assert first["payload"] == again["payload"]
    assert first["envelope_id"] != again["envelope_id"]


async def test_an_address_works_once(slack: Slack) -> None:
    address = await _address(slack)
    async with slack.http.ws_connect(address) as connection:
        assert (await _next(connection))["type"] == "hello"
        with pytest.raises(WSServerHandshakeError):
            await slack.http.ws_connect(address)


async def test_several_connections_take_turns(slack: Slack) -> None:
    async with await _connected(slack) as one, await _connected(slack) as other:
        for connection in (one, other, one):
            typed = asyncio.create_task(slack.control("command", **BILLING))
            await _acks(connection)
            assert (await typed)["ok"]


async def test_the_eleventh_connection_is_one_too_many(slack: Slack) -> None:
    connections = [await _connected(slack) for _ in range(10)]
    async with slack.http.ws_connect(await _address(slack)) as connection:
        refused = await _next(connection)
        assert (refused["type"], refused["reason"]) == ("disconnect", "too_many_websockets")
        assert (await connection.receive()).type is WSMsgType.CLOSE
    for connection in connections:
        await connection.close()


async def test_an_app_without_socket_mode_is_sent_away() -> None:
    async with pretend_slack() as slack, slack.http.ws_connect(await _address(slack)) as connection:
        assert (await _next(connection))["reason"] == "link_disabled"


async def test_connections_are_asked_to_come_anew_and_what_is_sent_meanwhile_waits_for_them(
    slack: Slack,
) -> None:
    async with await _connected(slack) as old:
        assert (await slack.control("refresh-sockets"))["connections"] == 1
        assert (await _next(old))["reason"] == "refresh_requested"
    typed = asyncio.create_task(slack.control("command", **BILLING))
    async with await _connected(slack) as new:
        await _acks(new)
        assert (await typed)["ok"]


async def test_a_connection_is_warned_when_it_grows_old() -> None:
    async with pretend_slack(socket_mode=True, refresh_seconds=0) as slack, await _connected(slack) as old:
        assert (await _next(old))["reason"] == "warning"


async def test_nobody_connected_is_a_failed_delivery_and_so_is_a_lost_connection(slack: Slack) -> None:
    assert (await slack.control("command", **BILLING))["error"] == "dispatch_failed"
    async with await _connected(slack) as connection:
        typed = asyncio.create_task(slack.control("command", **BILLING))
        await _next(connection)
    assert (await typed)["error"] == "dispatch_failed"


async def test_what_comes_back_wrong_is_no_answer(slack: Slack) -> None:
    async with await _connected(slack) as connection:
        typed = asyncio.create_task(slack.control("command", **BILLING))
        for nonsense in ("", "{", "[1]", '{"envelope_id": "1"}'):
            await connection.send_str(nonsense)
        await _acks(connection)
        assert (await typed)["ok"]


@pytest.mark.parametrize(
    ("method", "token"), [("apps.connections.open", "xoxb-sandbox"), ("views.publish", APP_TOKEN)]
)
async def test_each_method_takes_its_own_kind_of_token(slack: Slack, method: str, token: str) -> None:
    answer = await slack.api(method, token=token, user_id="U1", view=home("x"))
    assert answer["error"] == "not_allowed_token_type"
