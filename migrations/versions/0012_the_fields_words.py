"""Columns in the field's words: what the gateway is asked is polled, events are processed, cards are detached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMNS = (
    ("payment_attempts", "ask_at", "poll_at"),
    ("payment_attempts", "asked", "polls"),
    ("card_setups", "ask_at", "poll_at"),
    ("card_setups", "asked", "polls"),
    ("refunds", "ask_at", "poll_at"),
    ("refunds", "asked", "polls"),
    ("gateway_events", "heeded_at", "processed_at"),
    ("payment_methods", "forgotten_at", "detached_at"),
    ("outbox", "told_as", "message_ref"),
    ("outbox", "thing", "subject_key"),
    ("subscriptions", "set_aside_at", "quarantined_at"),
)

# Each as (table, old name, new name, column before, column after, condition before, condition after).
INDEXES = (
    (
        "payment_attempts",
        *("ix_payment_attempts_to_ask", "ix_payment_attempts_to_poll"),
        *("ask_at", "poll_at"),
        *("ask_at IS NOT NULL", "poll_at IS NOT NULL"),
    ),
    (
        "card_setups",
        *("ix_card_setups_to_ask", "ix_card_setups_to_poll"),
        *("ask_at", "poll_at"),
        *("state = 'open'", "state = 'open'"),
    ),
    (
        "refunds",
        *("ix_refunds_to_ask", "ix_refunds_to_poll"),
        *("ask_at", "poll_at"),
        *("state = 'open'", "state = 'open'"),
    ),
    (
        "gateway_events",
        *("ix_gateway_events_to_heed", "ix_gateway_events_to_process"),
        *("received_at", "received_at"),
        *("heeded_at IS NULL", "processed_at IS NULL"),
    ),
    (
        "payment_methods",
        *("ix_payment_methods_to_forget", "ix_payment_methods_to_detach"),
        *("removed_at", "removed_at"),
        *(
            "removed_at IS NOT NULL AND forgotten_at IS NULL",
            "removed_at IS NOT NULL AND detached_at IS NULL",
        ),
    ),
)


def upgrade() -> None:
    for table, old, *_ in INDEXES:
        op.drop_index(old, table_name=table)
    for table, old, new in COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    for table, _, name, _, column, _, condition in INDEXES:
        _create_index(name, table, column, condition)


def downgrade() -> None:
    for table, _, name, *_ in INDEXES:
        op.drop_index(name, table_name=table)
    for table, old, new in COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}")
    for table, name, _, column, _, condition, _ in INDEXES:
        _create_index(name, table, column, condition)


def _create_index(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], postgresql_where=where, sqlite_where=where)
