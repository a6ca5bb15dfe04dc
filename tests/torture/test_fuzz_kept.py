"""What was written once and is read again: documents, facts of the outbox, addresses of webhooks, settings."""

from __future__ import annotations

import json
import random
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from billing.services import outbox
from billing.settings import BillingSettings, faults_in, faults_of
from billing.values.documents import InvoiceDocument
from billing.values.errors import Unfit
from billing.values.outbox import Audience
from billing.values.webhooks import endpoint_url
from bot.settings import BotSettings
from tests.billing.desk import Desk
from tests.billing.sample_invoice import INVOICE
from tests.torture.fuzzing import Tries, bent, bent_text, said_of, text_noise

pytestmark = pytest.mark.torture

ADDRESSES = (
    *("https://example.com/webhooks", "https://[::1]:443/x", "https://xn--bcher-kva.example:8443/a?b=c"),
    *(
        "https://127.1/",
        "https://user:password@example.com/",
        "https://example.com:99999/",
        "https://[v1.x]/",
    ),
)


def test_a_document_is_the_same_when_it_is_read_back() -> None:
    plain = json.loads(json.dumps(INVOICE.as_json()))
    texts = [name for name, value in plain["buyer"].items() if isinstance(value, str)]
    for dice in (tries := Tries(5)):
        name, text = dice.choice(texts), bent_text(dice, plain["buyer"]["name"])
        said = {**plain, "buyer": {**plain["buyer"], name: text}}
        with tries.trying((name, text)):
            document = InvoiceDocument.from_json(said)
            assert document.as_json() == said
            assert InvoiceDocument.from_json(json.loads(json.dumps(document.as_json()))) == document


def test_what_stands_in_the_outbox_is_told_or_set_aside_and_stops_nothing(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    kept = [row.fact for row in desk.rows("SELECT fact FROM outbox")]
    good = [json.loads(fact) if isinstance(fact, str) else fact for fact in kept]
    kinds = [row.kind for row in desk.rows("SELECT kind FROM outbox")]
    for dice in (tries := Tries()):
        number = dice.randrange(len(good))
        fact = json.dumps(bent(dice, good[number]))
        fact = dice.choice((fact, fact, fact, bent_text(dice, fact).encode(errors="replace").decode()))
        if "\x00" in fact or "\\u0000" in fact or "\\ud" in fact or not is_shallow_json(fact):
            continue  # no database keeps these
        kind = dice.choice((kinds[number],) * 9 + ("NoSuchKind",))
        with tries.trying((kind, fact)):
            desk.execute(
                "UPDATE outbox SET told_at = NULL, claimed_until = NULL, quarantined_at = NULL, dead_at = NULL,"
                " tries = 0, due_at = queued_at, fact = :fact, kind = :kind",
                fact=fact,
                kind=kind,
            )
            for delivery in outbox.claim(desk.billing, audiences=tuple(Audience)):
                outbox.told(desk.billing, delivery.number)
            left = "SELECT number FROM outbox WHERE told_at IS NULL AND quarantined_at IS NULL AND tries = 0"
            claimable = desk.rows(left)
            assert len(claimable) < len(good), claimable


def is_shallow_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=not_json, parse_float=finite)
    except (ValueError, RecursionError):
        return False
    return True


def not_json(word: str) -> None:
    raise ValueError(word)  # NaN and the infinities: Python's own


def finite(word: str) -> float:
    if not isfinite(number := float(word)):
        raise ValueError(word)  # 1e999999: more than a database counts to
    return number


def test_an_address_of_webhooks_is_taken_as_it_is_or_refused() -> None:
    for dice in (tries := Tries(10)):
        url = bent_text(dice, dice.choice(ADDRESSES))
        with tries.trying(url):
            try:
                assert endpoint_url(url) == url
                assert url.startswith("https://") or url.lower().startswith("https://")
            except Unfit as fault:
                said_of(fault)


def written(dice: random.Random, kind: Any) -> dict[str, str]:
    """Some settings of that kind, each with something that is near to what belongs there."""
    names = dice.sample(sorted(kind.model_fields), 3)
    near = [*NEAR, *(str(field.default) for field in kind.model_fields.values() if field.default is not None)]
    typed = {name: dice.choice((bent_text(dice, dice.choice(near)), text_noise(dice))) for name in names}
    return {
        name: text.encode(errors="replace").decode() for name, text in typed.items()
    }  # as a file holds it


NEAR = (
    *(
        "postgresql+psycopg://u:p@h:5432/d",
        "sqlite:///x.sqlite3",
        "smtp://user:p@mail.example:587",
        "IT00743110157",
    ),
    *('"Rossi, Bianchi" <fatture@example.it>', "a@b.example", "IT", "Europe/Rome", "MI-1234567", "10000.00"),
    *("{year}-{number:06}", "{number!r:>{year}}", "3,5,7,7", "#0a5461", "/", "/etc/passwd", "true", "export"),
    *(
        "sk_test_1",
        "whsec_1",
        "T0123456789",
        "U1,W2",
        "C0123456789",
        "12.34",
        "xoxb-1",
        "xapp-1",
        "8080",
        "0",
    ),
)


@pytest.mark.parametrize("kind", [BillingSettings, BotSettings])
def test_settings_are_taken_or_refused_in_a_sentence(
    kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for dice in (tries := Tries(5)):
        said = written(dice, kind)
        env = tmp_path / ".env"
        env.unlink(missing_ok=True)
        with tries.trying(said):
            try:
                kind.model_validate({"slack_bot_token": "t", "slack_signing_secret": "s", **said})
            except ValidationError as wrong:
                for fault in faults_of(wrong):
                    said_of(fault)
        # The same as a file, which quotes and comments may tear.
        text = "".join(f"{name.upper()}={value}\n" for name, value in said.items())
        env.write_bytes(text.encode(dice.choice(("utf-8", "utf-8", "utf-16", "cp1252")), errors="replace"))
        with tries.trying(text):
            for fault in faults_in(kind):
                said_of(fault)
