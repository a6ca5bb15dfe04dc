"""Billing contacts of a property: members, and addresses that were confirmed by mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

KIND = "expand"

# As the other tables of workspaces have it.
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"


def upgrade() -> None:
    op.add_column(
        "properties", sa.Column("has_contacts", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "billing_contacts",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("kinds", sa.String(length=100), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("code_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_code", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "property_id"],
            ["properties.workspace_id", "properties.id"],
            name=op.f("fk_billing_contacts_workspace_id_property_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_billing_contacts")),
        sa.UniqueConstraint(
            "workspace_id",
            "property_id",
            "address",
            name=op.f("uq_billing_contacts_workspace_id_property_id_address"),
        ),
        sa.UniqueConstraint(
            "workspace_id",
            "property_id",
            "user_id",
            name=op.f("uq_billing_contacts_workspace_id_property_id_user_id"),
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE billing_contacts ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_workspace ON billing_contacts USING ({OF_WORKSPACE})")


def downgrade() -> None:
    op.drop_table("billing_contacts")
    op.drop_column("properties", "has_contacts")
