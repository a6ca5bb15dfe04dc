"""Whatever Slack could send, bent: no listener fails, what is refused changes nothing, what is said is a sentence."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from billing import Billing
from sandbox.clock import TurnableClock
from sandbox.demo import EMMA, GIULIA
from tests.stories.attempts import Try
from tests.stories.conftest import desk_of_demo, furnished_sqlite, printed
from tests.stories.conversation import Conversation
from tests.stories.listeners import ROWS, piazzas
from tests.stories.records import KEPT_OF_READING, KEPT_OF_REFUSALS, Printed, tables
from tests.stories.wire import FORM, Reply, Wire
from tests.torture.fuzzing import INTERNALS, Tries, bent, bent_bytes, bent_text, noise

__all__ = ["desk_of_demo", "furnished_sqlite", "printed"]
pytestmark = pytest.mark.torture

NOUNS = sorted({row.noun for row in ROWS.values()})
# What the logs say where something was not foreseen.
UNFORESEEN = (
    "Failed to run a middleware",
    "a turn failed",
    "listener failed",
    "Traceback",
    "Exception in ASGI",
    "Unclosed",
)
# What a Slack answers that was sent more, or something else, than it takes.
TOO_MUCH = ("invalid_blocks", "invalid_arguments", "invalid_view", "view_too_large", "msg_too_long")


class Caught(Exception):
    """What would have been sent."""

    def __init__(self, body: str | bytes) -> None:
        super().__init__()
        self.body = body


@dataclass(frozen=True)
class CatchingWire(Wire):
    """Sends nothing: what it was handed is bent first."""

    async def sends(
        self, body: str | bytes, kind: str = FORM, headers: Mapping[str, str] | None = None
    ) -> Reply:
        raise Caught(body)


@dataclass
class Fuzzed:
    """The conversation, what it knows by name, and how far its logs have been read."""

    slack: Conversation
    printed: Printed
    ids: dict[str, str]
    read: int = 0
    seen_lines: int = 0

    async def sample(self, key: tuple[str, str]) -> str:
        """The body of a request as the listener is used to it."""
        row = ROWS[key]
        try:
            await row.use(Try(CatchingWire(self.slack), EMMA), self.ids[row.noun])
        except Caught as caught:
            return str(caught.body)
        raise AssertionError(key)

    async def send(self, tries: Tries, body: str | bytes, **given: Any) -> Reply:
        """Sends it, and looks at all that came of it."""
        billing = self.slack.session.billing
        before, refused = tables(billing, but=UNCHANGED_BUT), self._refused()
        reply = await Wire(self.slack).sends(body, **given)
        await self.slack.rests()
        found = list(self._found(reply))
        if reply.status >= 400 or self._refused() > refused or '"errors"' in reply.text:
            found += [
                f"refused, but {table} changed"
                for table, rows in tables(billing, but=UNCHANGED_BUT).items()
                if rows != before[table]
            ]
        for one in found:
            tries.note(one, body)
        return reply

    def _found(self, reply: Reply) -> Iterator[str]:
        if reply.status >= 500 or INTERNALS.search(reply.text):
            yield f"answered {reply.status} {reply.text}"
        lines = self.printed.lines()
        new, self.seen_lines = lines[self.seen_lines :], len(lines)
        yield from (line[-500:] for line in new if any(one in line for one in UNFORESEEN))
        said = self.slack.session.sandbox.log.entries(after=self.read)
        self.read = said[-1]["number"] if said else self.read
        for entry in said:
            answer = entry["response"]
            error = answer.get("error") if isinstance(answer, dict) else None
            if error in TOO_MUCH:
                yield f"{entry['method']}: {answer}"
            sentence = json.dumps(entry["payload"], ensure_ascii=False)
            if entry["direction"] == "call" and (internal := INTERNALS.search(sentence)):
                yield f"{entry['method']} says {sentence[max(0, internal.start() - 100) : internal.end() + 100]}"

    def _refused(self) -> int:
        with self.slack.session.billing.engine.connect() as connection:
            count = "SELECT COUNT(*) FROM audit_entries WHERE refused_as IS NOT NULL"
            return int(connection.exec_driver_sql(count).scalar_one())


UNCHANGED_BUT = (*KEPT_OF_READING, *KEPT_OF_REFUSALS)


@pytest.fixture
async def fuzzing(desk_of_demo: tuple[Billing, TurnableClock], printed: Printed) -> AsyncIterator[Fuzzed]:
    async with Conversation.in_demo(*desk_of_demo, locale="en-GB") as slack:
        yield Fuzzed(slack, printed, {noun: piazzas(slack, noun) for noun in NOUNS})


async def test_whatever_is_typed_behind_a_command_is_answered(fuzzing: Fuzzed) -> None:
    for dice in (tries := Tries()):
        key = dice.choice([key for key in ROWS if key[0] in ("word", "operator")])
        command = dict(parse_qsl(await fuzzing.sample(key), keep_blank_values=True))
        command["text"] = bent_text(dice, command["text"])
        await fuzzing.send(tries, urlencode(command, errors="surrogatepass"))


async def test_forms_buttons_and_menus_that_lie_change_nothing_unless_they_are_taken_whole(
    fuzzing: Fuzzed,
) -> None:
    for dice in (tries := Tries(2)):
        key = dice.choice([key for key in ROWS if key[0] not in ("word", "operator")])
        payload = json.loads(dict(parse_qsl(await fuzzing.sample(key)))["payload"])
        view = payload.get("view") or {}
        places = [(view, "private_metadata"), (view, "state"), (payload, "actions")]
        holder, name = dice.choice(
            [place for place in places if place[1] in place[0]] or [(payload, "value")]
        )
        # What stands there may be anything, but it is of the kind that Slack sends.
        match holder.get(name):
            case {"values": values}:
                holder[name] = {"values": whole_fields(bent(dice, values))}
            case [action, *_]:
                holder[name] = [{**action, **as_texts(bent(dice, action))}]
            case text:
                holder[name] = str(bent(dice, text or ""))[:3_000]
        await fuzzing.send(tries, urlencode({"payload": json.dumps(payload)}))


def whole_fields(values: Any) -> dict[str, Any]:
    """Fields and elements in any number, under any names and with any values, but fields and elements."""
    fields = values.items() if isinstance(values, dict) else ()
    return {
        name: {key: one for key, one in field.items() if isinstance(one, dict)}
        for name, field in fields
        if isinstance(field, dict)
    }


def as_texts(action: Any) -> dict[str, Any]:
    """What names and values are is text, whatever they say."""
    return {
        name: str(value) if name in ("action_id", "block_id", "value", "type") else value
        for name, value in (action.items() if isinstance(action, dict) else ())
    }


def events(wire: Wire) -> list[dict[str, Any]]:
    """One of each kind that the app hears of."""
    invoice = "https://x.example/invoices/inv_1"
    told = (
        {"type": "app_home_opened", "user": EMMA.id, "tab": "home", "channel": "D1"},
        {"type": "message", "channel_type": "im", "user": EMMA.id, "text": "help", "channel": "D1"},
        {"type": "user_change", "user": {"id": GIULIA.id, "profile": {"email": "g@x.example"}}},
        {"type": "channel_archive", "channel": "C1"},
        {"type": "channel_rename", "channel": {"id": "C1", "name": "x"}},
        {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}},
        {
            "type": "link_shared",
            "user": EMMA.id,
            "channel": "C1",
            "message_ts": "1.0",
            "links": [{"url": invoice}],
        },
        {"type": "entity_details_requested", "user": EMMA.id, "trigger_id": "1.1", "entity_url": invoice},
    )
    team = wire._workspace.team.id
    by = {
        "type": "event_callback",
        "team_id": team,
        "authorizations": [{"team_id": team, "user_id": "U0APP"}],
    }
    return [{**by, "event": event} for event in told]


async def test_an_envelope_that_is_none_of_slacks_is_no_crash(fuzzing: Fuzzed) -> None:
    for dice in (tries := Tries(2)):
        if dice.random() < 0.4:
            event = bent(dice, dice.choice(events(Wire(fuzzing.slack))))
            await fuzzing.send(tries, json.dumps(event), kind="application/json")
            continue
        parts = dict(parse_qsl(await fuzzing.sample(dice.choice(list(ROWS))), keep_blank_values=True))
        if "payload" in parts:
            parts = {"payload": json.dumps(bent(dice, json.loads(parts["payload"])))}
        else:
            parts = {name: str(value) for name, value in bent(dice, parts).items()}
        await fuzzing.send(tries, urlencode(parts, errors="surrogatepass"))


async def test_signatures_timestamps_and_bodies_that_are_torn_are_refused(fuzzing: Fuzzed) -> None:
    body = (await fuzzing.sample(("submission", "subscription.cancel_confirmed"))).encode()
    for dice in (tries := Tries()):
        torn = dice.choice((body, bent_bytes(dice, body), noise(dice)))
        good = Wire(fuzzing.slack).signature(body)
        headers = {
            name: as_header(dice.choice((value, bent_text(dice, value)))) for name, value in good.items()
        }
        if torn == body and headers == good:
            continue
        kind = dice.choice(
            (FORM, "application/json", "multipart/form-data", "x", "text/plain; charset=utf-7")
        )
        reply = await fuzzing.send(tries, torn, kind=kind, headers=headers)
        assert reply.status == 401, reply


def as_header(text: str) -> str:
    """What a client can send: the rest is refused by HTTP itself."""
    return "".join(sign for sign in text if 32 <= ord(sign) < 127).strip()[:2_000]
