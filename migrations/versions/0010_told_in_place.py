"""What is told of one thing is told in one message; the catalogue says how many of an add-on one can have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("thing", sa.String(length=120), nullable=True))
    op.add_column("outbox", sa.Column("told_as", sa.String(length=60), nullable=True))
    op.create_index(
        "ix_outbox_told_of",
        "outbox",
        ["topic", "thing"],
        unique=False,
        postgresql_where=sa.text("told_as IS NOT NULL"),
        sqlite_where=sa.text("told_as IS NOT NULL"),
    )
    op.add_column("add_ons", sa.Column("most", sa.Integer(), nullable=False, server_default="10000"))


def downgrade() -> None:
    op.drop_column("add_ons", "most")
    op.drop_index("ix_outbox_told_of", table_name="outbox")
    op.drop_column("outbox", "told_as")
    op.drop_column("outbox", "thing")
