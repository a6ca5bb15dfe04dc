"""A subscription knows at which of two same wall times it began, in which zone it was billed, who had its trial."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("anchor_fold", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "subscriptions", sa.Column("days_zone", sa.String(length=40), nullable=False, server_default="UTC")
    )
    op.execute("UPDATE subscriptions SET days_zone = anchor_zone")
    op.add_column("subscriptions", sa.Column("trial_property_id", sa.String(length=40), nullable=True))
    op.execute(
        "UPDATE subscriptions SET trial_property_id = begun.property_id "
        "FROM (SELECT workspace_id, subject_id, min(property_id) AS property_id FROM audit_entries "
        "WHERE act = 'subscription.trial' AND refused_as IS NULL GROUP BY workspace_id, subject_id) AS begun "
        "WHERE begun.workspace_id = subscriptions.workspace_id AND begun.subject_id = subscriptions.id"
    )


def downgrade() -> None:
    op.drop_column("subscriptions", "trial_property_id")
    op.drop_column("subscriptions", "days_zone")
    op.drop_column("subscriptions", "anchor_fold")
