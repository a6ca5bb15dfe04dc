"""The small checks that Block Kit's tables are made of, and the faults that they find."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What is wrong and where (`pointer` is a JSON pointer), as blocks.validate tells it."""

    pointer: str
    code: str
    message: str
    constraint: JsonObject | None = None
    field: str | None = None

    def to_json(self) -> JsonObject:
        """The fault as one of the answer's `errors`."""
        written: JsonObject = {"pointer": self.pointer, "code": self.code, "message": self.message}
        if self.constraint is not None:
            written["constraint"] = self.constraint
        if self.field is not None:
            written["field"] = self.field
        return written

    def to_sentence(self) -> str:
        """The fault as a line of `response_metadata.messages`."""
        return f"{self.message} [json-pointer:{self.pointer}]"


@dataclass(frozen=True)
class Place:
    """Where in the JSON we are, and on which surface (message, modal, home) it will be shown."""

    pointer: str
    surface: str

    def at(self, key: str | int) -> "Place":
        """One step further in."""
        return Place(f"{self.pointer}/{key}", self.surface)

    def fails(self, kind: str, message: str, expected: Any = None, got: Any = None) -> Fault:
        """A constraint that the value here does not keep."""
        constraint = {"type": kind, "expected": expected, "got": got}
        return Fault(self.pointer, "failed_constraint", message, constraint)


Check = Callable[[Any, Place], Iterator[Fault]]


def string(longest: int | None = None, *, shortest: int = 1, pattern: str | None = None) -> Check:
    """A string of this length and form."""

    def check(value: Any, place: Place) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield place.fails("type", "must be a string", "string", type(value).__name__)
        elif len(value) < shortest:
            yield place.fails(
                "min_length", f"must be more than {shortest - 1} characters", shortest, len(value)
            )
        elif longest is not None and len(value) > longest:
            yield place.fails(
                "max_length", f"must be less than {longest + 1} characters", longest, len(value)
            )
        elif pattern is not None and not re.fullmatch(pattern, value):
            yield place.fails("pattern", "has the wrong form", pattern, value)

    return check


def flag(value: Any, place: Place) -> Iterator[Fault]:
    """True or false."""
    if not isinstance(value, bool):
        yield place.fails("type", "must be a boolean", "boolean", type(value).__name__)


def number(least: int, most: int | None = None) -> Check:
    """A whole number in this range."""

    def check(value: Any, place: Place) -> Iterator[Fault]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield place.fails("type", "must be an integer", "integer", type(value).__name__)
        elif value < least:
            yield place.fails("minimum", f"must be {least} or more", least, value)
        elif most is not None and value > most:
            yield place.fails("maximum", f"must be {most} or less", most, value)

    return check


def quantity(above: float | None = None) -> Check:
    """A number, whole or not, above this one."""

    def check(value: Any, place: Place) -> Iterator[Fault]:
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield place.fails("type", "must be a number", "number", type(value).__name__)
        elif above is not None and value <= above:
            yield place.fails("exclusive_minimum", f"must be more than {above}", above, value)

    return check


def nullable(check: Check) -> Check:
    """Null, or what passes."""
    return lambda value, place: iter(()) if value is None else check(value, place)


def one_of(*allowed: Any) -> Check:
    """One of these values."""

    def check(value: Any, place: Place) -> Iterator[Fault]:
        if value not in allowed:
            yield place.fails("enum", f"must be one of {', '.join(map(str, allowed))}", list(allowed), value)

    return check


def items(each: Check, most: int | None = None, *, fewest: int = 1) -> Check:
    """A list of so many items, each of which passes."""

    def check(value: Any, place: Place) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield place.fails("type", "must be an array", "array", type(value).__name__)
            return
        if len(value) < fewest:
            yield place.fails("min_items", f"no fewer than {fewest} items allowed", fewest, len(value))
        if most is not None and len(value) > most:
            yield place.fails("max_items", f"no more than {most} items allowed", most, len(value))
        for index, item in enumerate(value):
            yield from each(item, place.at(index))

    return check


def record(fields: Mapping[str, Check], required: str = "", also: Iterable[Check] = ()) -> Check:
    """An object with these fields and no other; `also` looks at the whole once its fields are right."""
    needed = required.split()
    further = tuple(also)

    def check(value: Any, place: Place) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield place.fails("type", "must provide an object", "object", type(value).__name__)
            return
        for name in needed:
            if value.get(name) is None:
                yield Fault(place.pointer, "missing_field", f"missing required field: {name}", field=name)
        for name in value.keys() - fields.keys() - {"type"}:
            message = f"invalid additional property: {name}"
            yield Fault(place.pointer, "additional_property", message, field=name)
        inner = [fault for name, one in fields.items() for fault in _field(value, name, one, place)]
        yield from inner
        if not inner:
            for one in further:
                yield from one(value, place)

    return check


def _field(value: JsonObject, name: str, check: Check, place: Place) -> Iterator[Fault]:
    if value.get(name) is not None:
        yield from check(value[name], place.at(name))


def tagged(kinds: Mapping[str, Check]) -> Check:
    """An object that says with `type` which of these kinds it is."""

    def check(value: Any, place: Place) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield place.fails("type", "must provide an object", "object", type(value).__name__)
        elif "type" not in value:
            yield Fault(place.pointer, "missing_field", "missing required field: type", field="type")
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            message = f"unsupported type: {value['type']}"
            yield place.at("type").fails("enum", message, sorted(kinds), value["type"])
        else:
            yield from kinds[value["type"]](value, place)

    return check


def only_on(surfaces: str, check: Check) -> Check:
    """What these surfaces alone can show."""
    allowed = surfaces.split()

    def check_surface(value: Any, place: Place) -> Iterator[Fault]:
        if place.surface in allowed:
            yield from check(value, place)
        else:
            message = f"unsupported type: {value['type']}"
            yield place.at("type").fails("surface", message, allowed, place.surface)

    return check_surface


def exactly_one(*names: str) -> Check:
    """One of these fields, and only one."""

    def check(value: JsonObject, place: Place) -> Iterator[Fault]:
        given = [name for name in names if value.get(name) is not None]
        if len(given) != 1:
            message = f"must have exactly one of: {', '.join(names)}"
            yield place.fails("exactly_one", message, list(names), given)

    return check


def at_least_one(*names: str) -> Check:
    """One of these fields, or more."""

    def check(value: JsonObject, place: Place) -> Iterator[Fault]:
        if all(value.get(name) is None for name in names):
            message = f"must have at least one of: {', '.join(names)}"
            yield place.fails("at_least_one", message, list(names), [])

    return check


def distinct(key: str) -> Check:
    """A list in which no two items have the same `key`."""

    def check(value: list[Any], place: Place) -> Iterator[Fault]:
        seen = set()
        for index, item in enumerate(value):
            name = item.get(key) if isinstance(item, dict) else None
            if isinstance(name, str) and name in seen:
                message = f"`{key}` {name} already exists"
                yield place.at(index).at(key).fails("unique", message, "unique", name)
            if isinstance(name, str):
                seen.add(name)

    return check


def every(*checks: Check) -> Check:
    """All of these checks."""

    def check(value: Any, place: Place) -> Iterator[Fault]:
        for one in checks:
            yield from one(value, place)

    return check
