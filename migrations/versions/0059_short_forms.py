"""From here on versions read rows that leave out what others say for good; nothing is added to the tables.

They are written once the upgrade to this revision is finished (decisions 33 and 38).
"""

from __future__ import annotations

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

KIND = "expand"


def upgrade() -> None:
    """No table changes: the revision is what `finished_upgrades` remembers."""


def downgrade() -> None:
    """What is short stays so: the version before is for tables that were restored from its backup."""
