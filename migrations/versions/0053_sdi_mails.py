"""E-invoices by mail: each mail of the mailbox that was handled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

KIND = "expand"
revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sdi_mails",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("aside", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_sdi_mails"),
    )
    op.create_index("ix_sdi_mails_uid_validity_uid", "sdi_mails", ["uid_validity", "uid"])
    op.create_index("ix_sdi_mails_kind_handled_at", "sdi_mails", ["kind", "handled_at"])


def downgrade() -> None:
    op.drop_table("sdi_mails")
