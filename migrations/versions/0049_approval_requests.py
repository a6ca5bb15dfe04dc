"""What an operator asked for that another operator has to approve."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

KIND = "expand"

# As the other tables of workspaces have it.
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"


def upgrade() -> None:
    op.create_table(
        "approval_requests",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "details",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("requested_by", sa.String(length=40), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=True),
        sa.Column("ts", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "invoice_id"],
            ["invoices.workspace_id", "invoices.id"],
            name=op.f("fk_approval_requests_workspace_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_approval_requests")),
        sa.UniqueConstraint(
            "workspace_id",
            "requested_by",
            "key",
            name=op.f("uq_approval_requests_workspace_id_requested_by_key"),
        ),
    )
    open_ = sa.text("decision IS NULL")
    op.create_index(
        "ix_approval_requests_open",
        "approval_requests",
        ["expires_at"],
        postgresql_where=open_,
        sqlite_where=open_,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE approval_requests ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_workspace ON approval_requests USING ({OF_WORKSPACE})")


def downgrade() -> None:
    op.drop_table("approval_requests")
