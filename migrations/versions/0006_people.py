"""What a channel is not told, and whether help was helpful."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "properties", sa.Column("muted_topics", sa.String(length=200), nullable=False, server_default="")
    )
    op.create_table(
        "help_votes",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "user_id"],
            ["persons.workspace_id", "persons.user_id"],
            name=op.f("fk_help_votes_workspace_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "topic", "user_id", name=op.f("pk_help_votes")),
    )


def downgrade() -> None:
    op.drop_table("help_votes")
    op.drop_column("properties", "muted_topics")
