"""Which trials a property had is found by the property."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

KIND = "expand"
WHICH = sa.text("trial_property_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_subscriptions_trial",
        "subscriptions",
        ["workspace_id", "trial_property_id"],
        postgresql_where=WHICH,
        sqlite_where=WHICH,
    )


def downgrade() -> None:
    op.drop_index("ix_subscriptions_trial", "subscriptions")
