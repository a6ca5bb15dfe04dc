"""Which billing channels were private when they were chosen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "private_channels",
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_private_channels_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "channel", name="pk_private_channels"),
    )


def downgrade() -> None:
    op.drop_table("private_channels")
