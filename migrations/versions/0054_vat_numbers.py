"""VAT numbers of buyers under reverse charge, and each answer of VIES about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

KIND = "expand"

# As the other tables of workspaces have it.
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TO_ASK = sa.text("poll_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "vat_numbers",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consultation", sa.String(length=40), nullable=False),
        sa.Column("poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("silent_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_vat_numbers_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "number", name=op.f("pk_vat_numbers")),
    )
    op.create_index(
        "ix_vat_numbers_to_ask",
        "vat_numbers",
        ["poll_at", "workspace_id", "number"],
        postgresql_where=TO_ASK,
        sqlite_where=TO_ASK,
    )
    op.create_table(
        "vat_consultations",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("requester", sa.String(length=24), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_valid", sa.Boolean(), nullable=False),
        sa.Column("consultation", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_vat_consultations_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_vat_consultations")),
    )
    op.create_index(
        op.f("ix_vat_consultations_workspace_id_number_asked_at"),
        "vat_consultations",
        ["workspace_id", "number", "asked_at"],
    )
    only_grow()
    if op.get_bind().dialect.name == "postgresql":
        for table in ("vat_numbers", "vat_consultations"):
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY of_workspace ON {table} USING ({OF_WORKSPACE})")


def downgrade() -> None:
    op.drop_table("vat_consultations")
    op.drop_table("vat_numbers")


def only_grow() -> None:
    """The database itself refuses to change or delete an answer."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER vat_consultations_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON vat_consultations "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER vat_consultations_no_{act.lower()} BEFORE {act} ON vat_consultations "
            f"BEGIN SELECT RAISE(ABORT, 'vat_consultations only grows'); END"
        )
    # REPLACE deletes what is in its way without asking the trigger above.
    op.execute(
        "CREATE TRIGGER vat_consultations_no_replace BEFORE INSERT ON vat_consultations "
        "WHEN EXISTS (SELECT 1 FROM vat_consultations WHERE workspace_id = NEW.workspace_id AND id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'vat_consultations only grows'); END"
    )
