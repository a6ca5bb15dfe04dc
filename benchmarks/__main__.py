"""python -m benchmarks [part] ...: ours beside its floor, all of it or the parts that are named."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import api, due, growth, page, pdf, reports, slack, start, webhooks
from benchmarks.databases import Databases, opened

PARTS = ("slack", "pdf", "due", "page", "webhooks", "api", "reports", "start", "growth")


def main() -> None:
    """Measures the parts that are named, or all of them."""
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
        "many": (100_000, "due: subscriptions under the idle tick, the previews and entitlements"),
        "reads": (2_000, "api: entitlements a round"),
        "usage": (2_000, "api: usage events a round"),
        "customers": (5_000, "reports: subscriptions, each renewed every month"),
        "months": (6, "reports: months of books"),
        "largest": (100_000, "growth: subscriptions at most, from 1,000 in steps of ten"),
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
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for part in asked.parts or PARTS:
        if part == "page":
            page.run(asked.rounds, asked.changes, asked.messages)
        elif part == "pdf":
            pdf.run(asked.rounds, asked.invoices, asked.lines)
        else:
            with opened(asked.migrated) as databases:
                _run(databases, part, asked)


def _run(databases: Databases, part: str, asked: argparse.Namespace) -> None:
    rounds = asked.rounds
    if part == "slack":
        slack.run(databases, rounds, asked.requests, asked.cards, asked.workspaces)
    elif part == "start":
        start.run(databases, rounds)
    elif part == "webhooks":
        webhooks.run(databases, rounds, asked.events)
    elif part == "api":
        api.run(databases, rounds, asked.reads, asked.usage)
    elif part == "reports":
        reports.run(databases, rounds, asked.customers, asked.months)
    elif part == "growth":
        sizes = growth.Sizes(asked.largest, asked.renewing, asked.collected)
        growth.run(databases, rounds, sizes, asked.picture)
    else:
        due.run(databases, rounds, asked.subscriptions, asked.due, asked.many)


if __name__ == "__main__":
    main()
