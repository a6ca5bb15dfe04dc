"""E-invoices: what SdI answered, and what was corrected before they were sent again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

KIND = "expand"
revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"


def upgrade() -> None:
    op.add_column("einvoices", sa.Column("corrections", JSON, nullable=True))
    op.add_column("einvoices", sa.Column("sdi_id", sa.String(length=36), nullable=True))
    op.add_column("einvoices", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("einvoices", sa.Column("errors", JSON, nullable=True))
    op.add_column("einvoices", sa.Column("send_by", sa.Date(), nullable=True))
    op.create_index("ix_einvoices_state", "einvoices", ["state"])
    op.create_table(
        "sdi_receipts",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=50), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("sdi_id", sa.String(length=36), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "digest", name="pk_sdi_receipts"),
    )
    op.create_index("ix_sdi_receipts_digest", "sdi_receipts", ["digest"])
    op.create_index("ix_sdi_receipts_file_name", "sdi_receipts", ["file_name"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE sdi_receipts ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_workspace ON sdi_receipts USING ({OF_WORKSPACE})")


def downgrade() -> None:
    op.drop_table("sdi_receipts")
    op.drop_index("ix_einvoices_state", table_name="einvoices")
    for name in ("send_by", "errors", "answered_at", "sdi_id", "corrections"):
        op.drop_column("einvoices", name)
