"""The limit above which a purchase waits for another admin, and what waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

KIND = "expand"

# As the other tables of workspaces have it.
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"
TO_FOLLOW = sa.text("due_at IS NOT NULL")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("properties", sa.Column("approval_minor", sa.BigInteger(), nullable=True))
    op.create_table(
        "purchase_requests",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=True),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("wanted", JSON, nullable=True),
        sa.Column("shown", JSON, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("requested_by", sa.String(length=40), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payment_id", sa.String(length=40), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "property_id"],
            ["properties.workspace_id", "properties.id"],
            name=op.f("fk_purchase_requests_workspace_id_property_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_purchase_requests")),
        sa.UniqueConstraint(
            "workspace_id",
            "requested_by",
            "key",
            name=op.f("uq_purchase_requests_workspace_id_requested_by_key"),
        ),
    )
    op.create_index("ix_purchase_requests_property_id", "purchase_requests", ["workspace_id", "property_id"])
    op.create_index(
        "ix_purchase_requests_to_follow",
        "purchase_requests",
        ["due_at", "workspace_id", "id"],
        postgresql_where=TO_FOLLOW,
        sqlite_where=TO_FOLLOW,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE purchase_requests ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_workspace ON purchase_requests USING ({OF_WORKSPACE})")


def downgrade() -> None:
    op.drop_table("purchase_requests")
    op.drop_column("properties", "approval_minor")
