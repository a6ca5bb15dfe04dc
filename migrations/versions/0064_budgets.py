"""Budgets of properties, and which property ever had one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

KIND = "expand"

# As the other tables of workspaces have it.
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"
TO_LOOK_AT = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.add_column(
        "properties", sa.Column("has_budget", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "budgets",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("every", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=True),
        sa.Column("told_from", sa.Date(), nullable=False),
        sa.Column("told_percent", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "property_id"],
            ["properties.workspace_id", "properties.id"],
            name=op.f("fk_budgets_workspace_id_property_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "property_id", name=op.f("pk_budgets")),
    )
    op.create_index(
        "ix_budgets_to_look_at",
        "budgets",
        ["due_at", "workspace_id", "property_id"],
        postgresql_where=TO_LOOK_AT,
        sqlite_where=TO_LOOK_AT,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE budgets ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_workspace ON budgets USING ({OF_WORKSPACE})")


def downgrade() -> None:
    op.drop_table("budgets")
    op.drop_column("properties", "has_budget")
