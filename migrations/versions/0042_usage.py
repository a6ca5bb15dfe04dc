"""Usage: events of the seller's own product, each counted once, and how much a cycle used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

KIND = "expand"

# As the other tables of workspaces have it.
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"


def upgrade() -> None:
    op.create_table(
        "usage_events",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "event_id", name=op.f("pk_usage_events")),
    )
    op.create_index(op.f("ix_usage_events_counted_at"), "usage_events", ["counted_at"])
    op.create_table(
        "usage_counters",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("cycle_start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("told_percent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_quota", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "subscription_id"],
            ["subscriptions.workspace_id", "subscriptions.id"],
            name=op.f("fk_usage_counters_workspace_id_subscription_id"),
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "subscription_id", "cycle_start_at", name=op.f("pk_usage_counters")
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in ("usage_events", "usage_counters"):
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY of_workspace ON {table} USING ({OF_WORKSPACE})")


def downgrade() -> None:
    op.drop_table("usage_counters")
    op.drop_table("usage_events")
