"""A fresh pretend Slack for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.workbench import Slack, pretend_slack


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with pretend_slack() as fresh:
        yield fresh
