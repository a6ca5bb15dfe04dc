"""The office, on one database or on both."""

from __future__ import annotations

import pytest

from billing.adapters.mail import SmtpMailer
from tests.billing.desk import Desk
from tests.billing.office import Office, office_of
from tests.mailboxes import Box


@pytest.fixture
def both(desk: Desk, box: Box, mailer: SmtpMailer) -> Office:
    """On SQLite and on PostgreSQL."""
    return office_of(desk, box, mailer)


@pytest.fixture
def office(sqlite_desk: Desk, box: Box, mailer: SmtpMailer) -> Office:
    return office_of(sqlite_desk, box, mailer)
