"""What happened to a property's billing channel."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.events.base import PropertyEvent


@dataclass(frozen=True, slots=True)
class ChannelUnusable(PropertyEvent):
    """Nothing is announced in the billing channel any more, and why. Told to those who can choose another."""

    channel: str
    problem: str
