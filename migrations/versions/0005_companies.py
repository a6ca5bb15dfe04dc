"""A subscription's invoices may be for a company."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("subscriptions", sa.Column("company", json, nullable=True))


def downgrade() -> None:
    op.drop_column("subscriptions", "company")
