"""Whose mail is in which language, and whose receipts were refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("persons", sa.Column("language", sa.String(length=5), nullable=True))
    op.add_column(
        "subscriptions", sa.Column("receipts_refused_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("subscriptions", "receipts_refused_at")
    op.drop_column("persons", "language")
