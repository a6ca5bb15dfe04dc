"""Exchange rates as they were published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

KIND = "expand"


def upgrade() -> None:
    op.create_table(
        "exchange_rates",
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rate", sa.String(length=24), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("currency", "day", name=op.f("pk_exchange_rates")),
    )
    only_grow()


def downgrade() -> None:
    op.drop_table("exchange_rates")


def only_grow() -> None:
    """The database itself refuses to change or delete a rate: a document stands on it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER exchange_rates_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON exchange_rates "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER exchange_rates_no_{act.lower()} BEFORE {act} ON exchange_rates "
            f"BEGIN SELECT RAISE(ABORT, 'exchange_rates only grows'); END"
        )
    # REPLACE deletes what is in its way without asking the trigger above.
    op.execute(
        "CREATE TRIGGER exchange_rates_no_replace BEFORE INSERT ON exchange_rates "
        "WHEN EXISTS (SELECT 1 FROM exchange_rates WHERE currency = NEW.currency AND day = NEW.day) "
        "BEGIN SELECT RAISE(ABORT, 'exchange_rates only grows'); END"
    )
