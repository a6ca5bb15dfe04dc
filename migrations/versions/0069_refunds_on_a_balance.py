"""What open refunds take off a balance is found by its property, too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

KIND = "expand"
WHICH = sa.text("state = 'open'")


def upgrade() -> None:
    op.create_index(
        "ix_refunds_balance",
        "refunds",
        ["workspace_id", "property_id"],
        postgresql_where=WHICH,
        sqlite_where=WHICH,
    )


def downgrade() -> None:
    op.drop_index("ix_refunds_balance", "refunds")
