"""Amounts of tries: what the gateway was asked for, as the payment may be lowered after it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

KIND = "expand"


def upgrade() -> None:
    op.add_column("payment_attempts", sa.Column("minor", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("payment_attempts", "minor")
