"""Of each series the moment of its last document: none is dated before it where a clock was set back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

KIND = "expand"


def upgrade() -> None:
    op.add_column("number_series", sa.Column("last_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("number_series", "last_at")
