"""Copies of the books: a hold on them, and payments of the gateway that they take over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_holds")),
    )
    op.create_table(
        "adopted_payments",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("gateway_id", sa.String(length=255), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "payment_id", name=op.f("pk_adopted_payments")),
    )


def downgrade() -> None:
    op.drop_table("adopted_payments")
    op.drop_table("holds")
