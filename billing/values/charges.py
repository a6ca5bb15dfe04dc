"""What a gateway can collect at one go: in which steps, from which amount to which."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChargeLimits:
    """The least and the most of one charge, and what every amount must be a multiple of, in minor units.

    A gateway that names no most takes what the books can add up: a BIGINT holds ninety times that.
    """

    least: int = 1
    most: int = 10**17
    step: int = 1

    def chargeable(self, minor: int) -> int:
        """The largest amount up to that one which can be charged; 0 where even that is too little."""
        whole = self.in_steps(minor)
        return whole if whole >= self.least else 0

    def in_steps(self, minor: int) -> int:
        """The largest amount up to that one which goes back at once: of that there is no least."""
        return minor - minor % self.step
