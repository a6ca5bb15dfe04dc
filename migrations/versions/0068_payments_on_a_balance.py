"""What open payments do to a balance is found by its property, however much else its workspace has paid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

KIND = "expand"
WHICH = sa.text("state = 'open' AND (credit_minor > 0 OR carried_minor < 0)")


def upgrade() -> None:
    op.create_index(
        "ix_payments_balance",
        "payments",
        ["workspace_id", "property_id"],
        postgresql_where=WHICH,
        sqlite_where=WHICH,
    )


def downgrade() -> None:
    op.drop_index("ix_payments_balance", "payments")
