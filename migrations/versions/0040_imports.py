"""Subscriptions that ran elsewhere before: what each was called there, and up to when it was paid there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

KIND = "expand"

# As the other tables of workspaces have it.
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"


def upgrade() -> None:
    op.add_column(
        "subscriptions", sa.Column("paid_elsewhere_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "imported_subscriptions",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "subscription_id"],
            ["subscriptions.workspace_id", "subscriptions.id"],
            name="fk_imported_subscriptions_workspace_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "reference", name="pk_imported_subscriptions"),
    )
    op.create_index(
        "uq_imported_subscriptions_subscription_id",
        "imported_subscriptions",
        ["workspace_id", "subscription_id"],
        unique=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE imported_subscriptions ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_workspace ON imported_subscriptions USING ({OF_WORKSPACE})")


def downgrade() -> None:
    op.drop_table("imported_subscriptions")
    op.drop_column("subscriptions", "paid_elsewhere_until")
