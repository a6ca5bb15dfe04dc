"""Postings are found by their moment: the journal of a month reads that month alone."""

from __future__ import annotations

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

KIND = "expand"


def upgrade() -> None:
    op.create_index(op.f("ix_postings_at"), "postings", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_postings_at"), table_name="postings")
