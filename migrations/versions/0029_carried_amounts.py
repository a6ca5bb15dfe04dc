"""What is too little to charge is carried to the next invoice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payments", sa.Column("carried_minor", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("payments", "carried_minor")
