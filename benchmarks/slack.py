"""A request of Slack, signed, over real sockets through the whole stack: its ack, and the card of `/billing`."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from benchmarks.databases import POSTGRESQL, SQLITE, Databases
from benchmarks.load import Load, Measured, one_of_many
from benchmarks.measure import at_least, at_most, compared, counted, heading, in_turn
from benchmarks.programs import HOST, serving
from benchmarks.statements import cpu_of_reading, statements_of_a_card
from billing.adapters.ciphers import FernetCipher, new_key
from billing.bootstrap import make_billing
from billing.services import installations
from billing.values.installations import Installation, Tokens
from sandbox import demo

# What each bot is told: the example's seller issues no invoice, and who was measured waits for nobody as it ends.
TOLD = {
    "SHUTDOWN_DELAY_SECONDS": "0",
    "SELLER_NAME": "Venditore S.p.A.",
    "SELLER_ADDRESS": "Via dei Mille 10",
    "SELLER_VAT_NUMBER": "IT01114601006",
}
FLOORS = RAW, BOLT, REPLYING = "raw", "bolt", "replying"
MESSAGES_TAB, CARD, HELP = None, "", "help"
# The same app where so many workspaces have installed it.
MANY = "many workspaces"
# What one would write first, on the same databases.
PEERS = {f"{name}, peer": name for name in (SQLITE, POSTGRESQL)}
WARMED_BY = {MANY: (MESSAGES_TAB,), **dict.fromkeys(PEERS, (CARD,))}


@dataclass(frozen=True)
class Generator:
    """The process that sends requests and takes cards."""

    process: subprocess.Popen[str]
    port: int

    def put(self, load: Load) -> Measured:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(load)) + "\n")
        self.process.stdin.flush()
        return Measured(**json.loads(self.process.stdout.readline()))


@dataclass(frozen=True)
class Bench:
    """Everything that runs at the same time, and how much is asked of it."""

    generator: Generator
    ports: Mapping[str, int]
    rounds: int
    requests: int
    cards: int
    workspaces: int

    def pace(self, name: str, text: str | None, at_a_time: int) -> Callable[[], float]:
        """Requests a second. With text those of ours, and of the floor that replies, count once they are answered."""
        awaits = text is not None and name not in (RAW, BOLT)
        requests = self.cards if awaits else self.requests
        load = Load(
            self.ports[name], text, requests, at_a_time, awaits, self.workspaces if name == MANY else 0
        )
        return lambda: requests / self.generator.put(load).seconds

    def slowest(self, name: str, text: str | None, at_a_time: int) -> Callable[[], float]:
        """The 99th percentile of the acks, in milliseconds."""
        awaits = text is not None and name not in (RAW, BOLT)
        load = Load(self.ports[name], text, self.cards if awaits else self.requests, at_a_time, awaits)
        return lambda: self.generator.put(load).slowest_of_hundred

    def warm(self) -> None:
        for name in self.ports:
            for text in WARMED_BY.get(name, (MESSAGES_TAB, CARD, HELP)):
                self.pace(name, text, 16)()


def run(databases: Databases, rounds: int, requests: int, cards: int, workspaces: int, readings: int) -> None:
    """Prints the lines about Slack's requests."""
    with databases.both() as urls, databases.both("many") as others:
        for url in urls.values():
            billing = make_billing(demo.settings(url))
            demo.seed_demo(billing, datetime.now(UTC))
            billing.engine.dispose()
        with _bench(urls, others[SQLITE], (rounds, requests, cards, workspaces)) as bench:
            bench.warm()
            _acks(bench)
            _cards(bench)
            _slowest(bench)
        for name, url in urls.items():
            _reading(name, url, rounds, readings)


def _acks(bench: Bench) -> None:
    heading("An event that needs no turn (the Messages tab opened): signature, Bolt, routing, ack")
    for at_a_time in (1, 16):
        found = _in_turn(bench, (RAW, BOLT, SQLITE, MANY), MESSAGES_TAB, at_a_time)
        what = f"{at_a_time} at a time"
        compared(f"{what}, beside Bolt without poll", found[SQLITE], found[BOLT], "/s", at_least(0.8))
        compared(f"{what}, beside no Bolt at all", found[SQLITE], found[RAW], "/s")
        whose = f"{what}, {bench.workspaces:,} workspaces, beside Bolt without poll"
        compared(whose, found[MANY], found[BOLT], "/s", at_least(0.8))


def _cards(bench: Bench) -> None:
    heading("/billing until its card is posted: tenant, role, reads, card")
    for at_a_time in (1, 16):
        found = _in_turn(bench, (BOLT, REPLYING, SQLITE, POSTGRESQL, *PEERS), CARD, at_a_time)
        for name in (SQLITE, POSTGRESQL):
            what = f"{name}, {at_a_time} at a time"
            compared(f"{what}, beside Bolt's bare ack", found[name], found[BOLT], "/s")
            card = found[REPLYING]
            compared(f"{what}, beside Bolt and a fixed card", found[name], card, "/s", at_least(0.35))
            whose = f"{what}, beside stock Bolt, ORM, lazy loading"
            compared(whose, found[name], found[f"{name}, peer"], "/s")
    found = _in_turn(bench, (REPLYING, SQLITE), HELP, 16)
    what = "/billing help, 16 at a time, beside Bolt and a fixed card"
    compared(what, found[SQLITE], found[REPLYING], "/s")


def _slowest(bench: Bench) -> None:
    heading("The 99th percentile of the ack, 64 at a time")
    for what, text in (("an event that needs no turn", MESSAGES_TAB), ("/billing", CARD)):
        names = (BOLT, SQLITE, POSTGRESQL)
        found = in_turn(bench.rounds, {name: bench.slowest(name, text, 64) for name in names})
        for name in names:
            whose = "Bolt without poll" if name == BOLT else name
            counted(f"{what}, {whose}", found[name], "ms", None if name == BOLT else at_most(50))


def _reading(name: str, url: str, rounds: int, readings: int) -> None:
    heading(f"Reading for one /billing, {name}")
    counts = statements_of_a_card(url)
    counted("statements, where the page is kept", [counts.kept], "", at_most(1))
    counted("statements, read anew", [counts.reads], "", at_most(4))
    counted("statements of the outbox, which each act wakes", [counts.outbox], "")
    for what, cpu in cpu_of_reading(url, rounds, readings).items():
        counted(f"CPU, where {what} since", cpu, "ms", at_most(1))


def _in_turn(
    bench: Bench, names: tuple[str, ...], text: str | None, at_a_time: int
) -> dict[str, list[float]]:
    return in_turn(bench.rounds, {name: bench.pace(name, text, at_a_time) for name in names})


def _installed_often(url: str, workspaces: int) -> dict[str, str]:
    """What a bot is told to serve all the workspaces that installed the app, by the database of that address."""
    key = new_key()
    billing = replace(make_billing(demo.settings(url)), cipher=FernetCipher([key]))
    for number in range(workspaces):
        id_ = one_of_many(number)
        installations.keep(billing, Installation(id_, id_, "en", Tokens(f"xoxb-{number}"), id_))
    billing.engine.dispose()
    return {
        "DATABASE_URL": url,
        "ENCRYPTION_KEYS": key,
        "SLACK_BOT_TOKEN": "",
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "secret",
    }


@contextmanager
def _bench(urls: Mapping[str, str], many: str, sizes: tuple[int, int, int, int]) -> Iterator[Bench]:
    secret = secrets.token_hex(16)
    with generating(secret) as generator, ExitStack() as stack:
        signing = {"SLACK_SIGNING_SECRET": secret}
        api = {"SLACK_BOT_TOKEN": "xoxb-0", "SLACK_API_URL": f"http://{HOST}:{generator.port}/api/"}
        floors = {name: serving("benchmarks.floors", name, environment=signing) for name in FLOORS}
        ours = {
            name: serving("bot", environment={**signing, **api, **TOLD, "DATABASE_URL": url})
            for name, url in urls.items()
        }
        ours[MANY] = serving(
            "bot", environment={**signing, **api, **TOLD, **_installed_often(many, sizes[-1])}
        )
        peers = {
            peer: serving("benchmarks.peer", environment={**signing, **api, "DATABASE_URL": urls[name]})
            for peer, name in PEERS.items()
        }
        ports = {name: stack.enter_context(program) for name, program in {**floors, **ours, **peers}.items()}
        yield Bench(generator, ports, *sizes)


@contextmanager
def generating(secret: str) -> Iterator[Generator]:
    """What sends requests signed with that secret, and is the Slack that is called."""
    cast = (json.dumps(asdict(one)) for one in (demo.TEAM, demo.EMMA))
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load", secret, *cast],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Generator(process, int(process.stdout.readline()))
    finally:
        process.terminate()
        process.communicate()
