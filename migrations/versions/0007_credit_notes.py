"""Invoices are corrected by credit notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
# What only grows, like the invoices that they correct (product, lines 37 and 38).
ONLY_GROW = {
    "credit_notes": ("workspace_id", "id"),
    "credit_note_lines": ("workspace_id", "credit_note_id", "position"),
}


def only_grow(table: str, key: tuple[str, ...]) -> None:
    """Makes the database itself refuse to change or delete the table's rows."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
        )
    # REPLACE deletes what is in its way without asking the trigger above.
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    )


def upgrade() -> None:
    op.add_column("refunds", sa.Column("promised_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("postings", sa.Column("credit_note_id", sa.String(length=40), nullable=True))
    op.create_table(
        "credit_notes",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("lost_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("document_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "invoice_id"],
            ["invoices.workspace_id", "invoices.id"],
            name=op.f("fk_credit_notes_workspace_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_credit_notes")),
        sa.UniqueConstraint("series", "number", name=op.f("uq_credit_notes_series_number")),
        sa.UniqueConstraint("series", "sequence", name=op.f("uq_credit_notes_series_sequence")),
    )
    op.create_index(
        op.f("ix_credit_notes_workspace_id_invoice_id"), "credit_notes", ["workspace_id", "invoice_id"]
    )
    op.create_table(
        "credit_note_lines",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("credit_note_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("invoice_position", sa.Integer(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "credit_note_id"],
            ["credit_notes.workspace_id", "credit_notes.id"],
            name=op.f("fk_credit_note_lines_workspace_id_credit_note_id"),
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "credit_note_id", "position", name=op.f("pk_credit_note_lines")
        ),
    )
    op.create_index(
        op.f("ix_credit_note_lines_workspace_id_invoice_id_invoice_position"),
        "credit_note_lines",
        ["workspace_id", "invoice_id", "invoice_position"],
    )
    for table, key in ONLY_GROW.items():
        only_grow(table, key)


def downgrade() -> None:
    op.drop_table("credit_note_lines")
    op.drop_table("credit_notes")
    op.drop_column("postings", "credit_note_id")
    op.drop_column("refunds", "promised_minor")
