"""Python's collector rests as long as anybody works a batch, and is then what it was."""

from __future__ import annotations

import gc
from contextlib import suppress

import pytest

from billing.collector import Collector


@pytest.mark.parametrize("was_on", [True, False])
def test_it_begins_again_with_the_end_of_the_last_batch_where_it_was_on(was_on: bool) -> None:
    collector, before = Collector(), gc.isenabled()
    (gc.enable if was_on else gc.disable)()
    try:
        with collector.at_rest():
            with suppress(ZeroDivisionError), collector.at_rest():
                raise ZeroDivisionError
            assert not gc.isenabled()
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()
