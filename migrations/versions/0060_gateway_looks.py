"""How far the gateway's books were looked through for payments that these have not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

KIND = "expand"


def upgrade() -> None:
    op.create_table(
        "gateway_looks",
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("up_to", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_gateway_looks")),
    )


def downgrade() -> None:
    op.drop_table("gateway_looks")
