"""emoji.*: the workspace's own emoji."""

from sandbox.api.call import Call
from sandbox.messages import JsonObject


def list_(call: Call) -> JsonObject:
    """emoji.list: each name with its picture, or with the name that it is another for."""
    return {"emoji": dict(call.workspace.emoji), "cache_ts": f"{call.workspace.clock().timestamp():.6f}"}
