"""An owner and their property, the office, and a desk that sells in dollars, on one database or on both."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing import Actor
from billing.adapters.mail import SmtpMailer
from billing.services import exchange_rates
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import Desk
from tests.billing.dollars import RATES, in_dollars
from tests.billing.office import Office, office_of
from tests.mailboxes import Box


@pytest.fixture
def owner(desk: Desk) -> Actor:
    return desk.owner()


@pytest.fixture
def piazza(desk: Desk, owner: Actor) -> PropertySnapshot:
    """The property of the owner, with a channel."""
    return desk.property_of(owner)


@pytest.fixture
def both(desk: Desk, box: Box, mailer: SmtpMailer) -> Office:
    """On SQLite and on PostgreSQL."""
    return office_of(desk, box, mailer)


@pytest.fixture
def office(sqlite_desk: Desk, box: Box, mailer: SmtpMailer) -> Office:
    return office_of(sqlite_desk, box, mailer)


@pytest.fixture
def at(desk: Desk, tmp_path: Path) -> Desk:
    """A desk that sells in dollars and knows the rates, on SQLite and on PostgreSQL."""
    made = in_dollars(desk, tmp_path)
    exchange_rates.keep(made.billing, RATES)
    return made


@pytest.fixture
def lacking(sqlite_desk: Desk, tmp_path: Path) -> Desk:
    """One to which no rate is known."""
    return in_dollars(sqlite_desk, tmp_path)
