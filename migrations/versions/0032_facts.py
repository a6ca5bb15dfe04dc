"""What happened, for the seller's own product; it begins with every plan that there is, as it stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENTS = {
    "sqlite": "replace(s.{}, ' ', 'T') || '+00:00'",
    "postgresql": """to_char(s.{} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')""",
}
OBJECTS = {"sqlite": "json_object", "postgresql": "jsonb_build_object"}
RENEWS = "s.status <> 'ended' AND s.cancelled_at IS NULL"
TRUTHS = {"sqlite": f"json(CASE WHEN {RENEWS} THEN 'true' ELSE 'false' END)", "postgresql": f"({RENEWS})"}


def upgrade() -> None:
    op.create_table(
        "facts",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=True),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_facts")),
    )
    op.create_index(op.f("ix_facts_id"), "facts", ["id"], unique=True)
    op.create_index(
        op.f("ix_facts_workspace_id_subject_id_number"), "facts", ["workspace_id", "subject_id", "number"]
    )
    op.execute(_plans_as_they_stand(op.get_bind().dialect.name))


def downgrade() -> None:
    op.drop_table("facts")


def _plans_as_they_stand(dialect: str) -> str:
    columns = {
        "id": "id",
        "workspace": "workspace_id",
        "property": "property_id",
        "quantity": "quantity",
        "status": "status",
        "billing_admin": "billing_admin_id",
        "cancelled_by": "cancelled_by",
        "cancel_reason": "cancel_reason",
        "version": "version",
    }
    moments = ("purchased_at", "period_start_at", "period_end_at", "cancelled_at", "ended_at")
    make = OBJECTS[dialect]
    shown = {name: f"s.{column}" for name, column in columns.items()}
    shown |= {name: MOMENTS[dialect].format(name) for name in moments}
    shown |= {"add_on": "p.add_on_id", "plan": "p.plan_id", "interval": "p.interval"}
    shown |= {"unit_price": f"{make}('minor', p.minor, 'currency', p.currency)", "renews": TRUTHS[dialect]}
    state = ", ".join(f"'{name}', {value}" for name, value in shown.items())
    return (
        "INSERT INTO facts (id, workspace_id, property_id, type, subject_id, version, at, state) "
        "SELECT 'evt_' || substr(s.id, 5), s.workspace_id, s.property_id, 'subscription.changed', s.id, s.version,"
        f" s.purchased_at, {make}({state}) FROM subscriptions s JOIN prices p ON p.id = s.price_id"
        " WHERE s.status NOT IN ('incomplete', 'abandoned') ORDER BY s.purchased_at, s.id"
    )
