"""Papers that no download can hold."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.errors import Refusal
from billing.values.spans import Span


@dataclass(eq=False)
class NoSuchSpan(Refusal):
    """What was typed is no month, quarter or year."""

    typed: str


@dataclass(eq=False)
class NothingInSpan(Refusal):
    """No paper of the property is of that month, quarter or year; None: of any."""

    property_name: str
    span: Span | None = None


@dataclass(eq=False)
class DownloadTooLarge(Refusal):
    """The papers of that span are more than Slack takes in one file."""

    span: Span
