"""Python's collector of what refers to itself rests while much is made that lives until it is written."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Collector:
    """The process has one, and so has this module.

    It begins anew each time that some hundred things were made, and walks again through all that is alive: a third of
    what a batch of renewals costs, in which nothing is given up before the end.
    """

    def __init__(self) -> None:
        self._lock, self._resting, self._was_on = Lock(), 0, False

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """It begins nothing until the last one leaves who let it rest."""
        with self._lock:
            if not self._resting:
                self._was_on = gc.isenabled()
                gc.disable()
            self._resting += 1
        try:
            yield
        finally:
            with self._lock:
                self._resting -= 1
                if not self._resting and self._was_on:
                    gc.enable()


COLLECTOR = Collector()
