"""Which months were reported to the seller's own people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

KIND = "expand"


def upgrade() -> None:
    op.create_table(
        "reported_months",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_reported_months")),
    )


def downgrade() -> None:
    op.drop_table("reported_months")
