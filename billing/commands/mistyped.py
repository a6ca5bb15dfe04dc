"""What the command line does not take, in the language of who typed it: Typer says it in English alone."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from billing.commands.desk import translator
from billing.i18n import Translator, language_of, language_of_environment

# As Typer, pydantic and argparse write them: the first one that fits is meant. What none fits stays as it is.
SENTENCES = (
    "Invalid value for {name}: {why}",
    "Invalid value: {why}",
    "No such option: {option} (Possible options: {others})",
    "No such option: {option}",
    "No such command {name}. Did you mean {others}?",
    "No such command {name}.",
    "Missing command.",
    "Missing argument {name}.",
    "Missing option {name}.",
    "Option {name} requires an argument.",
    "Option {name} does not take a value.",
    "Got unexpected extra argument(s) ({words})",
    "Input should be greater than or equal to {least}",
    "Input should be less than or equal to {most}",
    "Input should be a valid integer, unable to parse string as an integer",
    "Unable to parse input string as an integer, exceeded maximum size",
    "Value error, {value} does not match the formats {formats}.",
    "Value error, {value} is not one of {choices}.",
    "unrecognized arguments: {words}",
    "argument {name}: {why}",
    "invalid choice: {value} (choose from {choices})",
    "ignored explicit argument {value}",
)


class SpokenGroup(TyperGroup):
    """A program that complains of what was typed in the language of who typed it."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        language = language_of_words(args)
        if not standalone_mode or language == "en":
            return super().main(args, prog_name, complete_var, standalone_mode, windows_expand_args, **extra)
        t = translator(language)
        try:
            sys.exit(super().main(args, prog_name, complete_var, False, windows_expand_args, **extra) or 0)
        except TyperException as fault:
            for line in _lines(fault, t):
                typer.echo(line, err=True)
            sys.exit(fault.exit_code)
        except typer.Abort:
            typer.echo(t("Aborted."), err=True)
            sys.exit(1)


def language_of_words(typed: Sequence[str] | None = None) -> str:
    """The language that is asked for among what was typed, or else that of the environment.

    What is wrong with the words may be wrong before the option is read.
    """
    for word, following in pairwise([*(sys.argv[1:] if typed is None else typed), ""]):
        name, _, value = word.partition("=")
        if name == "--language":
            return language_of(value or following)
    return language_of_environment(os.environ)


def _lines(fault: TyperException, t: Translator) -> list[str]:
    """How the command is typed, and what is wrong; nothing where the help was shown instead."""
    if not (message := fault.format_message()):
        return []
    context = getattr(fault, "ctx", None)
    if context is None:
        return [_wrong(message, t)]
    return complaint(context.get_usage().removeprefix("Usage: "), context.command_path, message, t)


def complaint(usage: str, command: str, message: str, t: Translator) -> list[str]:
    """How that command is typed, how to read more about it, and what a parser said is wrong."""
    helps = t("Try '{command} --help' for help.", command=command)
    return [t("Usage: {command}", command=usage), helps, _wrong(message, t)]


def _wrong(message: str, t: Translator) -> str:
    return t("Error: {message}", message=_said(message, t))


def _said(written: str, t: Translator) -> str:
    for sentence in SENTENCES:
        if found := _pattern(sentence).fullmatch(written):
            parts = found.groupdict()
            return t(sentence, **parts | ({"why": _said(why, t)} if (why := parts.get("why")) else {}))
    return written


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(sentence)), re.DOTALL)
