"""What needs another operator."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.errors import Refusal


@dataclass(eq=False)
class OwnRequest(Refusal):
    """Who asked cannot be the one who approves it."""


@dataclass(eq=False)
class RequestClosed(Refusal):
    """Nothing is to be decided any more: it was approved or declined (`by` whom), or has expired."""

    state: str
    by: str = ""
