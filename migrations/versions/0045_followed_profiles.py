"""One billing profile of a property; subscriptions that have the same follow it, all others keep their own."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

KIND = "expand"
revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

DETAILS = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
PROPERTIES = sa.table(
    "properties",
    sa.column("workspace_id", sa.String),
    sa.column("id", sa.String),
    sa.column("billing_address", DETAILS),
    sa.column("company", DETAILS),
)
SUBSCRIPTIONS = sa.table(
    "subscriptions",
    sa.column("workspace_id", sa.String),
    sa.column("id", sa.String),
    sa.column("property_id", sa.String),
    sa.column("status", sa.String),
    sa.column("address", DETAILS),
    sa.column("company", DETAILS),
    sa.column("purchased_at", sa.DateTime),
    sa.column("has_own_buyer", sa.Boolean),
)


def upgrade() -> None:
    follow()


def downgrade() -> None:
    """What followed is as it was: it has the same address and company."""


def follow() -> None:
    """The profile is what most living subscriptions of the property have; of two as many, what was bought later."""
    bind, of = op.get_bind(), SUBSCRIPTIONS.c
    rows = bind.execute(sa.select(SUBSCRIPTIONS).order_by(of.purchased_at.desc(), of.id.desc()))
    by_property: dict[tuple[str, str], list[Any]] = {}
    for row in rows.all():
        if row.address is not None:
            by_property.setdefault((row.workspace_id, row.property_id), []).append(row)
    for (workspace_id, property_id), bought in by_property.items():
        lives = [one for one in bought if one.status not in ("ended", "abandoned")] or bought
        (most, _), *_ = Counter(_buyer(one) for one in lives).most_common(1)
        followers = [one for one in bought if _buyer(one) == most]
        bind.execute(
            sa.update(PROPERTIES)
            .where(PROPERTIES.c.workspace_id == workspace_id, PROPERTIES.c.id == property_id)
            .values(billing_address=followers[0].address, company=followers[0].company)
        )
        bind.execute(
            sa.update(SUBSCRIPTIONS)
            .where(of.workspace_id == workspace_id, of.id == sa.bindparam("of_id"))
            .values(has_own_buyer=False),
            [{"of_id": one.id} for one in followers],
        )


def _buyer(row: Any) -> str:
    return json.dumps([row.address, row.company], sort_keys=True)
