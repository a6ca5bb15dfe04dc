"""PostgreSQL: turns of a workspace see its rows and no other's, whatever their statements say."""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TABLES = (
    "adopted_payments",
    "audit_entries",
    "card_setups",
    "credit_note_lines",
    "credit_notes",
    "drawings",
    "einvoices",
    "facts",
    "help_votes",
    "idempotency_keys",
    "installations",
    "invoice_lines",
    "invoices",
    "members",
    "outbox",
    "payment_attempts",
    "payment_methods",
    "payments",
    "persons",
    "planned_changes",
    "postings",
    "private_channels",
    "properties",
    "refunds",
    "sealed_rows",
    "subscriptions",
    "unusable_channels",
)
# Nothing is set: a turn sees nothing. Whoever is in no turn (an operator, due work, a process of before) is not kept.
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_workspace ON {table} USING ({OF_WORKSPACE})")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"DROP POLICY of_workspace ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
