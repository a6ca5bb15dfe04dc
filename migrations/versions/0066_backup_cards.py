"""The backup of the card that pays for a subscription."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

KIND = "expand"


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("backup_method_id", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("subscriptions", "backup_method_id")
