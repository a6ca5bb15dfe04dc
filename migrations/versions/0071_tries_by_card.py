"""What became of the last try with a card is found by the card."""

from __future__ import annotations

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

KIND = "expand"
NAME = "ix_payment_attempts_workspace_id_token"


def upgrade() -> None:
    op.create_index(NAME, "payment_attempts", ["workspace_id", "token"])


def downgrade() -> None:
    op.drop_index(NAME, "payment_attempts")
