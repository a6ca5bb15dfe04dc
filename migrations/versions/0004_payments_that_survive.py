"""The gateway's own payments, hosted card pages, refunds, webhooks, and where two books differ."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql")
TO_FORGET = sa.text("removed_at IS NOT NULL AND forgotten_at IS NULL")
OPENED = sa.text("gateway_id IS NOT NULL")
OPEN = sa.text("state = 'open'")
TO_HEED = sa.text("heeded_at IS NULL")


def _index(name: str, table: str, column: str, where: sa.TextClause) -> None:
    op.create_index(name, table, [column], postgresql_where=where, sqlite_where=where)


def upgrade() -> None:
    op.add_column("payment_methods", sa.Column("customer", sa.String(255), nullable=True))
    op.add_column("payment_methods", sa.Column("forgotten_at", MOMENT, nullable=True))
    _index("ix_payment_methods_to_forget", "payment_methods", "removed_at", TO_FORGET)
    op.add_column("payments", sa.Column("gateway_id", sa.String(255), nullable=True))
    _index("ix_payments_gateway_id", "payments", "gateway_id", OPENED)
    op.add_column("payment_attempts", sa.Column("customer", sa.String(255), nullable=True))
    op.add_column("postings", sa.Column("refund_id", sa.String(40), nullable=True))
    op.create_table(
        "card_setups",
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("property_id", sa.String(40), nullable=False),
        sa.Column("subscription_id", sa.String(40), nullable=True),
        sa.Column("requested_by", sa.String(40), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("customer", sa.String(255), nullable=True),
        sa.Column("page_id", sa.String(255), nullable=True),
        sa.Column("url", sa.String(2000), nullable=True),
        sa.Column("place", JSON, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ask_at", MOMENT, nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("payment_method_id", sa.String(40), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "property_id"],
            ["properties.workspace_id", "properties.id"],
            name=op.f("fk_card_setups_workspace_id_property_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_card_setups")),
    )
    op.create_index("ix_card_setups_page_id", "card_setups", ["page_id"])
    _index("ix_card_setups_to_ask", "card_setups", "ask_at", OPEN)
    op.create_table(
        "refunds",
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("property_id", sa.String(40), nullable=False),
        sa.Column("payment_id", sa.String(40), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.String(40), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("gateway_id", sa.String(255), nullable=True),
        sa.Column("reason", sa.String(80), nullable=True),
        sa.Column("ask_at", MOMENT, nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "payment_id"],
            ["payments.workspace_id", "payments.id"],
            name=op.f("fk_refunds_workspace_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_refunds_workspace_id_key")),
    )
    op.create_index(op.f("ix_refunds_workspace_id_payment_id"), "refunds", ["workspace_id", "payment_id"])
    _index("ix_refunds_to_ask", "refunds", "ask_at", OPEN)
    op.create_index("ix_refunds_gateway_id", "refunds", ["gateway_id"])
    op.create_table(
        "gateway_events",
        sa.Column("gateway", sa.String(20), nullable=False),
        sa.Column("event_id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("object_id", sa.String(255), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("heeded_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("gateway", "event_id", name=op.f("pk_gateway_events")),
    )
    _index("ix_gateway_events_to_heed", "gateway_events", "received_at", TO_HEED)
    op.create_table(
        "gateway_mismatches",
        sa.Column("gateway", sa.String(20), nullable=False),
        sa.Column("payment_id", sa.String(255), nullable=False),
        sa.Column("what", sa.String(300), nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("gateway", "payment_id", "what", name=op.f("pk_gateway_mismatches")),
    )


def downgrade() -> None:
    op.drop_table("gateway_mismatches")
    op.drop_table("gateway_events")
    op.drop_table("refunds")
    op.drop_table("card_setups")
    op.drop_column("postings", "refund_id")
    op.drop_column("payment_attempts", "customer")
    op.drop_index("ix_payments_gateway_id", table_name="payments")
    op.drop_column("payments", "gateway_id")
    op.drop_index("ix_payment_methods_to_forget", table_name="payment_methods")
    op.drop_column("payment_methods", "forgotten_at")
    op.drop_column("payment_methods", "customer")
