"""python -m benchmarks [part] ...: ours beside its floor, all of it or the parts that are named."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.databases import Databases

PARTS = ("slack", "pdf", "due", "page", "webhooks", "api", "reports", "start", "growth")


def main(words: Sequence[str] | None = None) -> None:
    """Measures the parts that are named, or all of them; by the command line, unless other words are given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=" or ".join(PARTS) + "; all without one")
    sizes = {
        "rounds": (3, "how often each figure is taken, in turn with the others"),
        "requests": (6_000, "slack: acks a round"),
        "cards": (400, "slack: finished cards a round"),
        "workspaces": (1_000, "slack: workspaces that installed the app, where acks are measured with many"),
        "invoices": (100, "pdf: invoices of one page a round"),
        "lines": (500, "pdf: lines of the long invoice"),
        "subscriptions": (20_000, "due: subscriptions there are"),
        "due": (2_000, "due: how many of them end, and how many renew"),
        "changes": (1_000, "page: changes a round"),
        "messages": (10_000, "page: messages there are"),
        "events": (2_000, "webhooks: events a round"),
        "asked": (100, "slack, due, growth: how often each read is asked a round"),
        "many": (100_000, "due: subscriptions under the idle tick, the previews and entitlements"),
        "reads": (2_000, "api: entitlements a round"),
        "usage": (2_000, "api: usage events a round"),
        "customers": (5_000, "reports: subscriptions, each renewed every month"),
        "months": (6, "reports: months of books"),
        "idle": (2, "start: seconds that a bot idles before its memory is read"),
        "smallest": (1_000, "growth: subscriptions at first"),
        "largest": (1_000_000, "growth: subscriptions at most, in steps of ten"),
        "renewing": (500, "growth: how many of them renew a round"),
        "collected": (200, "growth: payments that each worker collects a round"),
    }
    for name, (size, what) in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=size, help=f"{what} ({size})")
    parser.add_argument("--picture", type=Path, help="growth: the SVG to draw")
    parser.add_argument(
        "--migrated",
        nargs=2,
        metavar=("FILE", "URL"),
        help="empty databases of SQLite and PostgreSQL to copy, in place of a server and migrations of its own",
    )
    asked = parser.parse_args(words)
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for part in asked.parts or PARTS:
        _run(part, asked)


def _run(part: str, asked: argparse.Namespace) -> None:
    """What a part needs is loaded for it alone."""
    rounds = asked.rounds
    if part == "page":
        from benchmarks import page

        page.run(rounds, asked.changes, asked.messages)
    elif part == "pdf":
        from benchmarks import pdf

        pdf.run(rounds, asked.invoices, asked.lines)
    else:
        from benchmarks.databases import opened

        with opened(asked.migrated) as databases:
            _run_on(databases, part, asked)


def _run_on(databases: Databases, part: str, asked: argparse.Namespace) -> None:
    rounds = asked.rounds
    if part == "slack":
        from benchmarks import slack

        slack.run(databases, rounds, asked.requests, asked.cards, asked.workspaces, asked.asked)
    elif part == "start":
        from benchmarks import start

        start.run(databases, rounds, asked.idle)
    elif part == "webhooks":
        from benchmarks import webhooks

        webhooks.run(databases, rounds, asked.events)
    elif part == "api":
        from benchmarks import api

        api.run(databases, rounds, asked.reads, asked.usage)
    elif part == "reports":
        from benchmarks import reports

        reports.run(databases, rounds, asked.customers, asked.months)
    elif part == "growth":
        from benchmarks import growth

        sizes = growth.Sizes(asked.smallest, asked.largest, asked.renewing, asked.collected, asked.asked)
        growth.run(databases, rounds, sizes, asked.picture)
    else:
        from benchmarks import due

        due.run(databases, rounds, asked.subscriptions, asked.due, asked.many, asked.asked)


if __name__ == "__main__":
    main()
