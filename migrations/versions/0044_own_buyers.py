"""Whether a subscription has billing details of its own; whatever a process of before writes has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

KIND = "expand"
revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "subscriptions",
        sa.Column("has_own_buyer", sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def downgrade() -> None:
    op.drop_column("subscriptions", "has_own_buyer")
