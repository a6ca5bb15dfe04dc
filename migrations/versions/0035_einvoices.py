"""E-invoices: the editions of issued documents, as files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "einvoices",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.String(length=40), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("progressive", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=30), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "document_id", "edition", name="pk_einvoices"),
        sa.UniqueConstraint("progressive", name="uq_einvoices_progressive"),
        sa.UniqueConstraint("file_name", name="uq_einvoices_file_name"),
    )
    op.create_index("ix_einvoices_issued_on_file_name", "einvoices", ["issued_on", "file_name"])


def downgrade() -> None:
    op.drop_table("einvoices")
