"""blocks.*: what is wrong with blocks, a message or a view, without showing it."""

from sandbox import blockkit
from sandbox.api.call import Call
from sandbox.blockkit import Fault
from sandbox.errors import SlackError, invalid_arguments
from sandbox.messages import JsonObject

_KINDS = ("blocks", "message", "view")


def validate(call: Call) -> JsonObject:
    """blocks.validate: exactly one of blocks, message and view."""
    given = [kind for kind in _KINDS if call.structure(kind) is not None]
    if len(given) != 1:
        raise invalid_arguments(f"must have exactly one of: {', '.join(_KINDS)}")
    faults = _faults(call, given[0])
    if faults:
        raise SlackError(f"invalid_{given[0]}", errors=[fault.to_json() for fault in faults])
    return {}


def _faults(call: Call, kind: str) -> list[Fault]:
    value = call.structure(kind)
    if kind == "view":
        return blockkit.view_faults(value, pointer="")
    if kind == "blocks":
        return blockkit.blocks_faults(value, pointer="")
    if not isinstance(value, dict):
        raise invalid_arguments("must provide an object [json-pointer:/message]")
    return blockkit.blocks_faults(value.get("blocks", []))
