"""python -m api: the API alone, with the settings of the environment; `describe` writes its description."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from api.command_line import SpokenParser
from api.starting import loading

SAYS = "Serves until it is told to stop; `describe` writes docs/openapi.json."


def read_arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Those of the command line, unless others are given."""
    parser = SpokenParser(prog="python -m api", description=SAYS)
    parser.add_argument(
        "what",
        nargs="?",
        metavar="describe",
        choices=["describe"],
        help="write the OpenAPI description, and end",
    )
    return parser.parse_args(words)


def run() -> None:
    """As the command line says."""
    arguments = read_arguments()
    with loading():
        from api.program import main  # nobody who asks for help need wait for it

    main(only_describe=bool(arguments.what))


if __name__ == "__main__":
    run()
