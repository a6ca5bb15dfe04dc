"""A payment knows how a dispute over it stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payments", sa.Column("dispute", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("payments", "dispute")
