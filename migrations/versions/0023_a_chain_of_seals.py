"""Documents, drawings and audit entries are noted as they are written, and sealed in a chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0020"
branch_labels = None
depends_on = None

# What each table that only grows is noted by: the id of a row, and its part.
NOTED = {
    "invoices": ("id", "''"),
    "credit_notes": ("id", "''"),
    "audit_entries": ("id", "''"),
    "drawings": ("document_id", "{row}language || CASE WHEN {row}as_paid THEN ' paid' ELSE '' END"),
}
COLUMNS = "kind, workspace_id, row_id, part"


def upgrade() -> None:
    op.create_table(
        "sealed_rows",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("row_id", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("seal", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sealed_rows")),
    )
    op.create_index(op.f("ix_sealed_rows_seal_number"), "sealed_rows", ["seal", "number"])
    op.create_table(
        "seals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seals")),
    )
    _only_grow("seals", "number")
    for table, (row_id, part) in NOTED.items():
        noted = f"SELECT '{table}', workspace_id, {row_id}, {part.format(row='')} FROM"
        op.execute(f"INSERT INTO sealed_rows ({COLUMNS}) {noted} {table}")
        _note(table, row_id, part)


def _note(table: str, row_id: str, part: str) -> None:
    """Notes each row that is written from now on, whoever writes it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION note_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"INSERT INTO sealed_rows ({COLUMNS}) SELECT '{table}', workspace_id, {row_id}, {part.format(row='')} "
            "FROM written; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_noted AFTER INSERT ON {table} REFERENCING NEW TABLE AS written "
            f"FOR EACH STATEMENT EXECUTE FUNCTION note_{table}()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {table}_noted AFTER INSERT ON {table} BEGIN INSERT INTO sealed_rows ({COLUMNS}) "
        f"VALUES ('{table}', NEW.workspace_id, NEW.{row_id}, {part.format(row='NEW.')}); END"
    )


def _only_grow(table: str, key: str) -> None:
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
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    )


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in NOTED:
        op.execute(f"DROP TRIGGER {table}_noted" + (f" ON {table}" if is_postgresql else ""))
        if is_postgresql:
            op.execute(f"DROP FUNCTION note_{table}()")
    op.drop_table("seals")
    op.drop_table("sealed_rows")
