"""A planned change names the one in whose place it was planned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("planned_changes", sa.Column("replaces_id", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("planned_changes", "replaces_id")
