"""What the PDFs of invoices embed for programs; those of before nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

KIND = "expand"


def upgrade() -> None:
    op.add_column("invoices", sa.Column("embeds", sa.String(length=8), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("invoices", "embeds")
