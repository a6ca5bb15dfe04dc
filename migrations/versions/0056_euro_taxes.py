"""The VAT in euros of documents in other currencies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

KIND = "expand"

# As the other tables of workspaces have it.
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"


def upgrade() -> None:
    op.create_table(
        "euro_taxes",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.String(length=24), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "document_id", name=op.f("pk_euro_taxes")),
    )
    only_grow()
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE euro_taxes ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_workspace ON euro_taxes USING ({OF_WORKSPACE})")


def downgrade() -> None:
    op.drop_table("euro_taxes")


def only_grow() -> None:
    """The database itself refuses to change or delete one: it is part of an issued document."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER euro_taxes_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON euro_taxes "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER euro_taxes_no_{act.lower()} BEFORE {act} ON euro_taxes "
            f"BEGIN SELECT RAISE(ABORT, 'euro_taxes only grows'); END"
        )
    # REPLACE deletes what is in its way without asking the trigger above.
    op.execute(
        "CREATE TRIGGER euro_taxes_no_replace BEFORE INSERT ON euro_taxes "
        "WHEN EXISTS (SELECT 1 FROM euro_taxes "
        "WHERE workspace_id = NEW.workspace_id AND document_id = NEW.document_id) "
        "BEGIN SELECT RAISE(ABORT, 'euro_taxes only grows'); END"
    )
