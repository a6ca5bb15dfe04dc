"""What was said ahead of a charge, so that each reminder is told once, and which cycles nothing was said of yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

KIND = "expand"
MOMENTS = ("early_reminder_end_at", "late_reminder_end_at", "kept_end_at")
RENEWS = "cancelled_at IS NULL AND status ="
NOT_EARLY = "(early_reminder_end_at IS NULL OR early_reminder_end_at <> period_end_at)"
NOT_LATE = "(late_reminder_end_at IS NULL OR late_reminder_end_at <> period_end_at)"
UNSAID = {
    "early_reminder": f"{RENEWS} 'active' AND anchor_interval = 'year' AND {NOT_EARLY}",
    "late_reminder": f"{RENEWS} 'active' AND anchor_interval = 'year' AND {NOT_LATE}",
    "trial_reminder": f"{RENEWS} 'trialing' AND {NOT_LATE}",
}


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("subscriptions", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscriptions", sa.Column("reminded_card_id", sa.String(length=40), nullable=True))
    for name, which in UNSAID.items():
        op.create_index(
            f"ix_subscriptions_{name}",
            "subscriptions",
            ["period_end_at", "workspace_id", "id"],
            postgresql_where=sa.text(which),
            sqlite_where=sa.text(which),
        )


def downgrade() -> None:
    for name in UNSAID:
        op.drop_index(f"ix_subscriptions_{name}", "subscriptions")
    for name in ("reminded_card_id", *reversed(MOMENTS)):
        op.drop_column("subscriptions", name)
