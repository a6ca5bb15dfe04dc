"""What is due first in the outbox, by workspace and audience: claims no longer look through all that waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

KIND = "expand"
IN_ORDER = sa.text("told_at IS NULL AND dead_at IS NULL AND quarantined_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["workspace_id", "audience", "due_at", "number"],
        postgresql_where=IN_ORDER,
        sqlite_where=IN_ORDER,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_due", table_name="outbox")
