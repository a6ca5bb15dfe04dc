"""How the pretend Slack says no."""

from typing import Any


class SlackError(Exception):
    """A refusal by its name in Slack's documentation, with what else the answer carries."""

    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.error = error
        self.details = details

    def to_json(self) -> dict[str, Any]:
        """The answer's body."""
        return {"ok": False, "error": self.error, **self.details}


def invalid_arguments(*messages: str) -> SlackError:
    """The arguments are wrong, for these reasons."""
    written = [f"[ERROR] {message}" for message in messages]
    return SlackError("invalid_arguments", response_metadata={"messages": written})


class Refused(Exception):
    """A gesture nobody could make in Slack: there is no such button, person, view or channel."""

    def __init__(self, error: str, status: int = 404) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
