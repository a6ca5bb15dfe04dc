"""Downloads: the papers that somebody asked for, until they have them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'open'")
# As the other tables of workspaces have it.
OF_WORKSPACE = "workspace_id = current_setting('billing.workspace', true) OR current_user <> 'billing_turn'"


def upgrade() -> None:
    op.create_table(
        "downloads",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("requested_by", sa.String(length=40), nullable=False),
        sa.Column("span", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_ref", sa.String(length=60), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "property_id"],
            ["properties.workspace_id", "properties.id"],
            name="fk_downloads_workspace_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_downloads"),
    )
    open_ones = {"postgresql_where": OPEN, "sqlite_where": OPEN}
    asked = ["workspace_id", "requested_by", "property_id", "span"]
    op.create_index("uq_downloads_open", "downloads", asked, unique=True, **open_ones)
    op.create_index("ix_downloads_due", "downloads", ["due_at"], **open_ones)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE downloads ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_workspace ON downloads USING ({OF_WORKSPACE})")


def downgrade() -> None:
    op.drop_table("downloads")
