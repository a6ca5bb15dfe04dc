"""What a payment says is in its draft or its invoice; the hash of it beside them was never read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("payments", "fingerprint")


def downgrade() -> None:
    op.add_column(
        "payments", sa.Column("fingerprint", sa.String(length=64), nullable=False, server_default="")
    )
