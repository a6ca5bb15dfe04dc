"""What is wrong in a setting or a file: said in the reader's language, also where pydantic found it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from tomllib import TOMLDecodeError
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from billing.values.errors import Unfit

# What pydantic finds, by its kind; {limit} is the bound that was passed.
FOUND: Mapping[str, Unfit] = MappingProxyType(
    {
        **dict.fromkeys(("missing",), Unfit("it is missing")),
        **dict.fromkeys(("extra_forbidden",), Unfit("no such entry is known here")),
        **dict.fromkeys(("string_type",), Unfit("a text in quotes is needed")),
        **dict.fromkeys(("string_unicode",), Unfit("it is not text in UTF-8")),
        **dict.fromkeys(("dict_type", "model_type"), Unfit("a table is needed")),
        **dict.fromkeys(("list_type", "tuple_type", "frozen_set_type"), Unfit("a list is needed")),
        **dict.fromkeys(
            ("int_type", "int_parsing", "int_parsing_size", "int_from_float"),
            Unfit("a whole number is needed"),
        ),
        **dict.fromkeys(("bool_type", "bool_parsing"), Unfit("true or false is needed")),
        **dict.fromkeys(
            ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
            Unfit("a day like 2026-01-31 is needed"),
        ),
        **dict.fromkeys(("string_too_short", "too_short"), Unfit("it is empty")),
    }
)


def fault_in(error: ErrorDetails) -> Unfit:
    """What one error of pydantic's says, without where it was found."""
    context: dict[str, Any] = error.get("ctx", {})
    if isinstance(own := context.get("error"), Unfit):
        return own
    if found := FOUND.get(error["type"]):
        return found
    match error["type"]:
        case "greater_than_equal" | "greater_than":
            return Unfit("at least {limit} is needed", limit=context.get("ge", context.get("gt", 0) + 1))
        case "less_than_equal":
            return Unfit("at most {limit} is possible", limit=context["le"])
        case "string_too_long":
            return Unfit("at most {limit} characters are possible", limit=context["max_length"])
        case "string_pattern_mismatch":
            return Unfit("it must match {pattern}", pattern=context["pattern"])
        case "literal_error":
            expected = str(context["expected"]).replace(" or ", ", ")
            return Unfit("one of these is needed: {expected}", expected=expected)
    return Unfit("{why}", why=error["msg"].removeprefix("Value error, "))


def place_of(error: ErrorDetails) -> str:
    """Where in its file an error was found: `add_ons.chat.name`; without what only pydantic counts as a place."""
    return ".".join(part for part in map(str, error["loc"]) if "[" not in part and part not in ("str", "oss"))


def first_fault(errors: ValidationError) -> Unfit:
    """The first of the faults that a file has, with its place."""
    first = errors.errors()[0]
    place, fault = place_of(first), fault_in(first)
    return Unfit("{place}: {fault}", place=place, fault=fault) if place else fault


def unreadable(path: Path | str, fault: OSError) -> Unfit:
    """Why the file cannot be read."""
    if isinstance(fault, FileNotFoundError):
        return Unfit("{path} does not exist", path=path)
    if isinstance(fault, PermissionError):
        return Unfit("{path} may not be read by the user that runs this", path=path)
    if isinstance(fault, IsADirectoryError):
        return Unfit("{path} is a folder, not a file", path=path)
    return Unfit("{path} cannot be read: {why}", path=path, why=fault.strerror or str(fault))


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file says. Raises OSError, or Unfit for one that is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise _not_toml(fault) from fault
    except RecursionError:
        raise Unfit("its lists or tables stand one in the other too often") from None


def _not_toml(fault: ValueError) -> Unfit:
    """Where a file ceases to be TOML."""
    if not isinstance(fault, TOMLDecodeError):
        return Unfit("it is not text in UTF-8")
    if at := re.search(r"line (\d+), column (\d+)", str(fault)):
        return Unfit("it is not TOML from line {line}, column {column} on", line=at[1], column=at[2])
    return Unfit("it is not TOML: it breaks off at its end")
