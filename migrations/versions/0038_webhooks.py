"""Webhooks to the seller's own product: where they go, and each event on its way there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("delivered_at IS NULL AND dead_at IS NULL")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("types", sa.String(length=1000), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.Text(), nullable=True),
        _moment("former_until"),
        _moment("created_at", nullable=False),
        sa.Column("queued_up_to", NUMBER, nullable=False),
        _moment("paused_until"),
        _moment("failing_since"),
        _moment("off_since"),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("endpoint_id", sa.String(length=40), nullable=False),
        sa.Column("fact_number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("subject_key", sa.String(length=40), nullable=False),
        _moment("queued_at", nullable=False),
        _moment("due_at", nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        _moment("claimed_until"),
        _moment("first_failed_at"),
        _moment("delivered_at"),
        _moment("dead_at"),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("endpoint_id", "fact_number", name=op.f("pk_webhook_deliveries")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_deliveries_endpoint_id")
        ),
    )
    for name, columns in (
        ("ix_webhook_deliveries_open", ["endpoint_id", "fact_number"]),
        ("ix_webhook_deliveries_open_of_subject", ["endpoint_id", "subject_key", "fact_number"]),
    ):
        op.create_index(name, "webhook_deliveries", columns, postgresql_where=OPEN, sqlite_where=OPEN)
    op.create_index(op.f("ix_webhook_deliveries_delivered_at"), "webhook_deliveries", ["delivered_at"])


def downgrade() -> None:
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
