"""apps.*: what an app may ask with its app-level token."""

from sandbox.api.call import Call
from sandbox.messages import JsonObject


def connections_open(call: Call) -> JsonObject:
    """apps.connections.open: where a WebSocket of Socket Mode may be opened, once and soon."""
    base = "ws" + call.public_url.removeprefix("http")
    return {"url": base + call.sockets.issue_path()}
