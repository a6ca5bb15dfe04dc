"""Saved cards can be removed, and each is kept once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEPT = sa.text("removed_at IS NULL")


def upgrade() -> None:
    op.add_column("payment_methods", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "uq_payment_methods_kept",
        "payment_methods",
        ["workspace_id", "property_id", "token"],
        unique=True,
        postgresql_where=KEPT,
        sqlite_where=KEPT,
    )


def downgrade() -> None:
    op.drop_index(
        "uq_payment_methods_kept", table_name="payment_methods", postgresql_where=KEPT, sqlite_where=KEPT
    )
    op.drop_column("payment_methods", "removed_at")
