"""Webhooks over the API: endpoints with their secrets, the log, replays; and the same at the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters.ciphers import FernetCipher, new_key
from billing.services import webhook_deliveries
from tests.api.client import served
from tests.api.test_reading import problem
from tests.billing.desk import Desk
from tests.receiver import receiving


def test_an_endpoint_is_made_told_replayed_given_another_secret_and_deleted(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    desk = replace(sqlite_desk, billing=replace(sqlite_desk.billing, cipher=FernetCipher([new_key()])))
    with served(desk) as client, receiving(tmp_path / "receiver") as receiver:
        wanted = {"url": receiver.url, "types": ["property.created"]}
        answer = client.ask("/webhook-endpoints", "POST", json=wanted)
        made = answer.json()
        assert (answer.status_code, made["types"], made["off_since"]) == (201, ["property.created"], None)
        secret = made.pop("secret")
        assert secret not in str(desk.everything())
        assert client.get("/webhook-endpoints") == {"data": [made]}
        owner = desk.owner()
        for name in ("Piazza", "Corso"):
            desk.property_of(owner, name)
        receiver.answers = ["204", "500"]
        webhook_deliveries.drain(desk.billing, receiver.poster(), made["id"])
        told = sorted(receiver.taken, key=lambda one: one.event["id"])
        assert [one.verify(secret) for one in told] == client.get("/events")["data"]
        log = client.get("/webhook-deliveries", endpoint=made["id"], limit=1)
        last = client.get("/webhook-deliveries", endpoint=made["id"], limit=1, before=log["next"])
        rest = last["data"]
        assert last["next"] is None
        assert {one["event"] for one in log["data"] + rest} == set(receiver.ids)
        assert sorted((one["status"], one["http_status"]) for one in log["data"] + rest) == [
            ("delivered", 204),
            ("failing", 500),
        ]
        failing = client.get("/webhook-deliveries", endpoint=made["id"], status="failing")["data"]
        assert [one["error"] for one in failing] == ["HTTP 500"]
        first, last = (one["id"] for one in client.get("/events")["data"])
        path = f"/webhook-endpoints/{made['id']}"
        again = client.ask(f"{path}/replay", "POST", json={"first": first, "last": last})
        assert again.json() == {"replayed": 2}
        webhook_deliveries.drain(desk.billing, receiver.poster(), made["id"])
        assert sorted(receiver.ids) == sorted([first, last] * 2)
        rotated = client.ask(f"{path}/rotate-secret", "POST").json()
        assert rotated["secret"] != secret
        assert rotated["former_secret_until"] is not None
        assert client.ask(f"{path}/enable", "POST").json()["off_since"] is None
        assert client.ask(path, "DELETE").status_code == 204
        assert problem(client.ask(path, "DELETE")) == (404, "not-found")
        assert client.get("/webhook-endpoints") == {"data": []}
        for wrong in ("http://example.com/", "https://user:word@example.com/", "https://x" + "y" * 500, 7):
            refused = client.ask("/webhook-endpoints", "POST", json={"url": wrong})
            assert problem(refused) == (422, "invalid-request")
    by = {entry.user_id[:4] for entry in desk.audit("webhook_endpoint.create")}
    assert by == {"key_"}


def test_without_an_encryption_key_no_secret_is_made_and_a_reader_makes_none(sqlite_desk: Desk) -> None:
    body = {"url": "https://example.com/"}
    with served(sqlite_desk) as client:
        answer = client.ask("/webhook-endpoints", "POST", json=body)
        assert problem(answer) == (503, "no-encryption-key")
    with served(sqlite_desk, scopes=("read",)) as client:
        assert problem(client.ask("/webhook-endpoints", "POST", json=body)) == (403, "scope-missing")
        assert client.get("/webhook-endpoints") == {"data": []}


def test_the_operator_does_the_same_at_the_command_line(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk = sqlite_desk
    first_key, second_key = new_key(), new_key()
    monkeypatch.setenv("DATABASE_URL", desk.billing.engine.url.render_as_string())
    monkeypatch.setenv("ENCRYPTION_KEYS", first_key)

    def run(*words: str) -> str:
        result = CliRunner().invoke(program, ["webhooks", *words])
        assert result.exit_code == 0, result.output
        return result.stdout

    with receiving(tmp_path / "receiver") as receiver:
        id_, secret = run("create", receiver.url, "--types", "property.created").split()
        desk.property_of(desk.owner())
        desk = replace(desk, billing=replace(desk.billing, cipher=FernetCipher([first_key])))
        receiver.answers = ["410"]
        webhook_deliveries.drain(desk.billing, receiver.poster(), id_)
        (event,) = receiver.ids
        assert receiver.taken[0].verify(secret)["type"] == "property.created"
        assert "off since" in run("list")
        assert "(HTTP 410)" in run("list")
        assert "disattivato dal" in run("list", "--language", "it")
        assert f"{event}  property.created" in run("deliveries", id_)
        assert ": non ancora inviato, invii: 0" in run("deliveries", id_, "--language", "it")
        assert run("enable", id_) == f"{receiver.url} is on.\n"
        monkeypatch.setenv("ENCRYPTION_KEYS", f"{second_key},{first_key}")
        encrypted = CliRunner().invoke(program, ["installations", "encrypt"]).stdout
        assert "The secret of 1 endpoint is encrypted by the first key now." in encrypted
        desk = replace(desk, billing=replace(desk.billing, cipher=FernetCipher([second_key])))
        assert webhook_deliveries.drain(desk.billing, receiver.poster(), id_) == 1
        assert receiver.taken[1].verify(secret)["id"] == event
        assert run("replay", id_, event) == "1 event is sent again.\n"
        assert secret not in run("rotate", id_)
        assert run("delete", id_) == f"{id_} is deleted.\n"
    for wrong in (["create", "http://x"], ["create", "https://x", "--types", "all"], ["enable", id_]):
        assert CliRunner().invoke(program, ["webhooks", *wrong]).exit_code == 1
