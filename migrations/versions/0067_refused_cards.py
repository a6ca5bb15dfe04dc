"""Of a payment the card that was declined for good, in whose place the backup is tried."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

KIND = "expand"


def upgrade() -> None:
    op.add_column("payments", sa.Column("refused_token", sa.String(length=255), nullable=True))


def downgrade() -> None:
    op.drop_column("payments", "refused_token")
