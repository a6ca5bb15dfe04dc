"""An invoice that is paid later has two drawings: as it was issued, and as it was paid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = ("workspace_id", "document_id", "language")
COLUMNS = "workspace_id, document_id, language, digest, drawn_at"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.add_column(
            "drawings", sa.Column("as_paid", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        op.alter_column("drawings", "as_paid", server_default=None)
        _change_key((*KEY, "as_paid"))
        return
    _make_again(
        [sa.Column("as_paid", sa.Boolean(), nullable=False)],
        f"INSERT INTO drawings ({COLUMNS}, as_paid) SELECT {COLUMNS}, false FROM before",
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE drawings DISABLE TRIGGER drawings_only_grow")
        op.execute("DELETE FROM drawings WHERE as_paid")
        op.execute("ALTER TABLE drawings ENABLE TRIGGER drawings_only_grow")
        _change_key(KEY)
        op.drop_column("drawings", "as_paid")
        return
    _make_again([], f"INSERT INTO drawings ({COLUMNS}) SELECT {COLUMNS} FROM before WHERE NOT as_paid")


def _change_key(columns: tuple[str, ...]) -> None:
    op.drop_constraint("pk_drawings", "drawings", type_="primary")
    op.create_primary_key("pk_drawings", "drawings", list(columns))


def _make_again(more: list[sa.Column[bool]], copied: str) -> None:
    """SQLite changes no key: the table is made anew, and its triggers with it."""
    op.rename_table("drawings", "before")
    key = (*KEY, *(column.name for column in more))
    op.create_table(
        "drawings",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        *more,
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_drawings")),
    )
    op.execute(copied)
    op.drop_table("before")
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER drawings_no_{act.lower()} BEFORE {act} ON drawings "
            f"BEGIN SELECT RAISE(ABORT, 'drawings only grows'); END"
        )
    # REPLACE deletes what is in its way without asking the trigger above.
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    op.execute(
        f"CREATE TRIGGER drawings_no_replace BEFORE INSERT ON drawings "
        f"WHEN EXISTS (SELECT 1 FROM drawings WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, 'drawings only grows'); END"
    )
