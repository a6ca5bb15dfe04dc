"""Runs the migrations on the engine that was handed in, or on that of the settings."""

from __future__ import annotations

from alembic import context

from billing.adapters import turn_role
from billing.adapters.database import connect, lock_migrations
from billing.models import Base
from billing.settings import BillingSettings

engine = context.config.attributes.get("engine") or connect(BillingSettings().database_url)

with engine.begin() as connection:
    lock_migrations(connection)
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    context.run_migrations()
    turn_role.make(connection)
