"""Where the desk is installed, and which workspaces it was taken out of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "installations",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=True),
        sa.Column("organisation_id", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("bot_user_id", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=True),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("refreshing_until", MOMENT, nullable=True),
        sa.Column("installed_by", sa.String(length=40), nullable=False),
        sa.Column("installed_at", MOMENT, nullable=False),
        sa.Column("asleep_since", MOMENT, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_installations"),
    )
    for column in ("organisation_id", "expires_at", "changed_at"):
        op.create_index(f"ix_installations_{column}", "installations", [column])
    op.create_table(
        "install_states",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_install_states"),
    )
    op.create_index("ix_install_states_expires_at", "install_states", ["expires_at"])
    op.add_column("workspaces", sa.Column("organisation_id", sa.String(length=40), nullable=True))
    op.add_column("workspaces", sa.Column("asleep_since", MOMENT, nullable=True))
    for column in ("organisation_id", "asleep_since"):
        op.create_index(f"ix_workspaces_{column}", "workspaces", [column])


def downgrade() -> None:
    for column in ("asleep_since", "organisation_id"):
        op.drop_index(f"ix_workspaces_{column}", "workspaces")
        op.drop_column("workspaces", column)
    op.drop_table("install_states")
    op.drop_table("installations")
