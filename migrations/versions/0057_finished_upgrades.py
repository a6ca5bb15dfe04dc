"""Up to which revision upgrades are over, so that what older versions cannot read may be written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

KIND = "expand"


def upgrade() -> None:
    op.create_table(
        "finished_upgrades",
        sa.Column("revision", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_finished_upgrades")),
    )


def downgrade() -> None:
    op.drop_table("finished_upgrades")
