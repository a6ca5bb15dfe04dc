"""Who is told stands in columns of its own; what cannot be read is quarantined, and in the end a dead letter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PLACE = ["workspace_id", "audience", "address"]
MOMENTS = ("queued_at", "quarantined_at", "dead_at")


def upgrade() -> None:
    _drop_indexes("ix_outbox_untold", "ix_outbox_told_of")
    op.add_column("outbox", sa.Column("audience", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("address", sa.String(length=100), nullable=False, server_default=""))
    epoch = "1970-01-01 00:00:00+00" if _is_postgresql() else "1970-01-01 00:00:00.000000"
    op.add_column(
        "outbox", sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False, server_default=epoch)
    )
    for name in ("quarantined_at", "dead_at"):
        op.add_column("outbox", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    _fill()
    op.drop_column("outbox", "topic")
    if _is_postgresql():
        for name in ("audience", "address", "queued_at"):
            op.alter_column("outbox", name, server_default=None)
    in_order = "told_at IS NULL AND dead_at IS NULL AND quarantined_at IS NULL"
    _create_index("ix_outbox_untold", [*PLACE, "number"], in_order)
    _create_index("ix_outbox_quarantined", ["number"], "quarantined_at IS NOT NULL")
    _create_index("ix_outbox_told_of", [*PLACE, "subject_key"], "message_ref IS NOT NULL")


def downgrade() -> None:
    _drop_indexes("ix_outbox_untold", "ix_outbox_quarantined", "ix_outbox_told_of")
    op.add_column("outbox", sa.Column("topic", sa.String(length=100), nullable=False, server_default=""))
    channel = "CASE WHEN audience LIKE 'mail%' THEN 'mail:' || address ELSE address END"
    if _is_postgresql():
        fact = f"jsonb_set(fact, '{{channel}}', to_jsonb({channel}))"
    else:
        fact = f"json_set(fact, '$.channel', {channel})"
    op.execute(f"UPDATE outbox SET topic = workspace_id || ' ' || {channel}, fact = {fact}")
    # What was given up is not begun again by a version that does not know of dead letters.
    op.execute("UPDATE outbox SET told_at = dead_at WHERE told_at IS NULL AND dead_at IS NOT NULL")
    for name in (*MOMENTS, "address", "audience"):
        op.drop_column("outbox", name)
    if _is_postgresql():
        op.alter_column("outbox", "topic", server_default=None)
    _create_index("ix_outbox_untold", ["topic", "number"], "told_at IS NULL")
    _create_index("ix_outbox_told_of", ["topic", "subject_key"], "message_ref IS NOT NULL")


def _fill() -> None:
    """The topic was the workspace, a blank, and the channel, person, `mail:` person or `mail:` subscription."""
    place = "substr(topic, length(workspace_id) + 2)"
    reader = "fact ->> 'reader'" if _is_postgresql() else "json_extract(fact, '$.reader')"
    op.execute(
        f"""
        UPDATE outbox SET
            queued_at = written_at,
            address = CASE WHEN {place} LIKE 'mail:%' THEN substr({place}, 6) ELSE {place} END,
            audience = CASE
                WHEN {place} LIKE 'mail:sub!_%' ESCAPE '!' THEN 'mail_receipts'
                WHEN {place} LIKE 'mail:%' THEN 'mail_person'
                WHEN {reader} IS NOT NULL THEN 'slack_person'
                ELSE 'slack_channel'
            END
        """
    )


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _drop_indexes(*names: str) -> None:
    for name in names:
        op.drop_index(name, table_name="outbox")


def _create_index(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "outbox", columns, postgresql_where=where, sqlite_where=where)
