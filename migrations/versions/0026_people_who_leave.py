"""People who cannot use Slack here any more are known, receipts follow people, and what is missing is reminded of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# Of two members with one address the first by id got the receipts.
TO_PERSONS = """
UPDATE subscriptions SET receipts_to_user_id = (
  SELECT min(persons.user_id) FROM persons
  JOIN members ON members.workspace_id = persons.workspace_id AND members.user_id = persons.user_id
  WHERE members.workspace_id = subscriptions.workspace_id AND members.property_id = subscriptions.property_id
  AND persons.email = subscriptions.receipts_to)
WHERE receipts_to IS NOT NULL
"""
TO_ADDRESSES = """
UPDATE subscriptions SET receipts_to = (
  SELECT persons.email FROM persons
  WHERE persons.workspace_id = subscriptions.workspace_id AND persons.user_id = subscriptions.receipts_to_user_id)
WHERE receipts_to_user_id IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("persons", sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscriptions", sa.Column("receipts_to_user_id", sa.String(length=40), nullable=True))
    op.add_column("subscriptions", sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
    waits = sa.text("remind_at IS NOT NULL")
    op.create_index(
        "ix_subscriptions_remind",
        "subscriptions",
        ["remind_at", "workspace_id", "id"],
        postgresql_where=waits,
        sqlite_where=waits,
    )
    op.execute(TO_PERSONS)
    op.execute("UPDATE subscriptions SET receipts_to = NULL WHERE receipts_to_user_id IS NOT NULL")


def downgrade() -> None:
    op.execute(TO_ADDRESSES)
    op.drop_index("ix_subscriptions_remind", "subscriptions")
    op.drop_column("subscriptions", "remind_at")
    op.drop_column("subscriptions", "receipts_to_user_id")
    op.drop_column("persons", "deactivated_at")
