"""python -m bot: the server, the scheduler and the outbox, with the settings of the environment and `.env`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from api.command_line import SpokenParser
from api.starting import loading

SAYS = (
    "Serves until it is told to stop; with `check`, tries all that the settings name, and says what is wrong."
)


def read_arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Those of the command line, unless others are given."""
    parser = SpokenParser(prog="python -m bot", description=SAYS)
    parser.add_argument(
        "what", nargs="?", metavar="check", choices=["check"], help="try the settings, and end"
    )
    parser.add_argument(
        "--no-worker",
        action="store_true",
        help="leave the due work to `python -m billing work`, which runs beside it",
    )
    return parser.parse_args(words)


def run() -> None:
    """As the command line says."""
    arguments = read_arguments()
    with loading():
        from bot.program import main  # nobody who asks for help need wait for it

    main(only_check=bool(arguments.what), with_worker=not arguments.no_worker)


if __name__ == "__main__":
    run()
