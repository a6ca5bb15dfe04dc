"""What goes wrong on the way to a gateway and back, planned by tests and by the developer at the page."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.gateway.cards import TestCard


class Fault(StrEnum):
    """Deaf: the request is lost. Lost: the reply is. `ERROR` is kept as the key's reply, as Stripe keeps it.

    Slow: the request arrives after others that were sent later. Late: so does it, and nobody waits for it any more.
    """

    DEAF = "deaf"
    LOST = "lost"
    ERROR = "500"
    ERROR_AFTER = "500_after"
    BUSY = "409"
    TOO_MANY = "429"
    SLOW = "slow"
    LATE = "late"


@dataclass
class Faults:
    """What the next requests meet whose path ends so; each fault strikes once.

    A request that is held up arrives when `held_for` others have come.
    """

    held_for: int = 1
    _planned: dict[str, deque[Fault]] = field(default_factory=dict)
    _held: list[tuple[asyncio.Event, int]] = field(default_factory=list)
    _cards: deque[TestCard] = field(default_factory=deque)

    def plan(self, path_ends: str, *faults: Fault) -> None:
        self._planned.setdefault(path_ends, deque()).extend(faults)

    def next(self, path: str) -> Fault | None:
        for ending, waiting in self._planned.items():
            if waiting and path.endswith(ending):
                return waiting.popleft()
        return None

    def plan_cards(self, *like: TestCard) -> None:
        """The next charges end as those of these cards do, whatever card is charged."""
        self._cards.extend(like)

    def behaves(self, card: TestCard) -> TestCard:
        """How that card behaves when it is charged now."""
        return self._cards.popleft() if self._cards else card

    def comes(self) -> None:
        """A request came: those that are held up may arrive."""
        held, self._held = self._held, []
        for arrives, others in held:
            if others <= 1:
                arrives.set()
            else:
                self._held.append((arrives, others - 1))

    @asynccontextmanager
    async def held_up(self) -> AsyncIterator[None]:
        """The block begins when enough others have come."""
        arrives = asyncio.Event()
        self._held.append((arrives, self.held_for))
        await arrives.wait()
        yield
