"""E-invoices by mail: how each file goes to SdI."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

KIND = "expand"
revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

# As the other tables of workspaces have it.
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"


def upgrade() -> None:
    op.create_table(
        "sdi_sendings",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("perhaps_sent", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "file_name", name="pk_sdi_sendings"),
    )
    op.create_index("ix_sdi_sendings_file_name", "sdi_sendings", ["file_name"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE sdi_sendings ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_workspace ON sdi_sendings USING ({OF_WORKSPACE})")


def downgrade() -> None:
    op.drop_table("sdi_sendings")
