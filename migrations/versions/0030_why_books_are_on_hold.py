"""Why books are on hold is a code beside what it names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "holds", sa.Column("reason", sa.String(length=20), server_default="operator", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("holds", "reason")
