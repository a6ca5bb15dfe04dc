"""First light."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
# What only grows: nobody changes or deletes these rows, not even by hand (product, lines 37 and 41).
ONLY_GROW = ("audit_entries", "invoices", "invoice_lines", "postings")


def only_grow(table: str) -> None:
    """Makes the database itself refuse to change or delete the table's rows."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
        )
    # REPLACE deletes what is in its way without asking the trigger above.
    key = " AND ".join(
        f"{column} = NEW.{column}"
        for column in sa.inspect(op.get_bind()).get_pk_constraint(table)["constrained_columns"]
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {key}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    )


def upgrade() -> None:
    op.create_table(
        "add_ons",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("change_policy", sa.String(length=20), nullable=False),
        sa.Column("transferable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_add_ons")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=True),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=True),
        sa.Column("before", JSON, nullable=True),
        sa.Column("after", JSON, nullable=True),
        sa.Column("refused_as", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_audit_entries")),
    )
    op.create_index(
        op.f("ix_audit_entries_workspace_id_property_id_at"),
        "audit_entries",
        ["workspace_id", "property_id", "at"],
        unique=False,
    )
    op.create_table(
        "number_series",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_number_series")),
    )
    op.create_table(
        "outbox",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("fact", JSON, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_untold",
        "outbox",
        ["topic", "number"],
        unique=False,
        postgresql_where=sa.text("told_at IS NULL"),
        sqlite_where=sa.text("told_at IS NULL"),
    )
    op.create_table(
        "postings",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=True),
        sa.Column("payment_id", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "entry_id", "line", name=op.f("pk_postings")),
    )
    op.create_index(
        op.f("ix_postings_workspace_id_property_id_account_currency"),
        "postings",
        ["workspace_id", "property_id", "account", "currency"],
        unique=False,
    )
    op.create_table(
        "workspaces",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
    )
    op.create_table(
        "persons",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("chosen_property_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_persons_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", name=op.f("pk_persons")),
    )
    op.create_table(
        "plans",
        sa.Column("add_on_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["add_on_id"], ["add_ons.id"], name=op.f("fk_plans_add_on_id")),
        sa.PrimaryKeyConstraint("add_on_id", "id", name=op.f("pk_plans")),
    )
    op.create_table(
        "properties",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("billing_channel", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_properties_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_properties")),
    )
    op.create_table(
        "members",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "property_id"],
            ["properties.workspace_id", "properties.id"],
            name=op.f("fk_members_workspace_id_property_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "user_id"],
            ["persons.workspace_id", "persons.user_id"],
            name=op.f("fk_members_workspace_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "property_id", "user_id", name=op.f("pk_members")),
    )
    op.create_index(
        op.f("ix_members_workspace_id_user_id"), "members", ["workspace_id", "user_id"], unique=False
    )
    op.create_table(
        "payment_methods",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("token", sa.String(length=255), nullable=False),
        sa.Column("brand", sa.String(length=20), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("expiry_month", sa.Integer(), nullable=False),
        sa.Column("expiry_year", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(length=40), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "property_id"],
            ["properties.workspace_id", "properties.id"],
            name=op.f("fk_payment_methods_workspace_id_property_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_payment_methods")),
    )
    op.create_index(
        op.f("ix_payment_methods_workspace_id_property_id"),
        "payment_methods",
        ["workspace_id", "property_id"],
        unique=False,
    )
    op.create_table(
        "prices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("add_on_id", sa.String(length=40), nullable=False),
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("interval", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("trial_days", sa.Integer(), nullable=False),
        sa.Column("on_sale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["add_on_id", "plan_id"],
            ["plans.add_on_id", "plans.id"],
            name=op.f("fk_prices_add_on_id_plan_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices")),
    )
    op.create_index(
        "uq_prices_on_sale",
        "prices",
        ["add_on_id", "plan_id", "interval", "currency"],
        unique=True,
        postgresql_where=sa.text("on_sale"),
        sqlite_where=sa.text("on_sale"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("add_on_id", sa.String(length=40), nullable=False),
        sa.Column("price_id", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("billing_admin_id", sa.String(length=40), nullable=False),
        sa.Column("payment_method_id", sa.String(length=40), nullable=True),
        sa.Column("address", JSON, nullable=True),
        sa.Column("receipts_to", sa.String(length=254), nullable=True),
        sa.Column("purchased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("anchor_local", sa.DateTime(), nullable=False),
        sa.Column("anchor_zone", sa.String(length=40), nullable=False),
        sa.Column("anchor_interval", sa.String(length=20), nullable=False),
        sa.Column("anchor_count", sa.Integer(), nullable=False),
        sa.Column("period_index", sa.Integer(), nullable=False),
        sa.Column("period_start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_failures", sa.Integer(), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(length=40), nullable=True),
        sa.Column("cancel_reason", sa.String(length=500), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["add_on_id"], ["add_ons.id"], name=op.f("fk_subscriptions_add_on_id")),
        sa.ForeignKeyConstraint(["price_id"], ["prices.id"], name=op.f("fk_subscriptions_price_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "billing_admin_id"],
            ["persons.workspace_id", "persons.user_id"],
            name=op.f("fk_subscriptions_workspace_id_billing_admin_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "payment_method_id"],
            ["payment_methods.workspace_id", "payment_methods.id"],
            name=op.f("fk_subscriptions_workspace_id_payment_method_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "property_id"],
            ["properties.workspace_id", "properties.id"],
            name=op.f("fk_subscriptions_workspace_id_property_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_subscriptions")),
    )
    op.create_index(
        "ix_subscriptions_due",
        "subscriptions",
        ["due_at", "workspace_id", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('trialing', 'active', 'past_due')"),
        sqlite_where=sa.text("status IN ('trialing', 'active', 'past_due')"),
    )
    op.create_index(
        op.f("ix_subscriptions_workspace_id_property_id"),
        "subscriptions",
        ["workspace_id", "property_id"],
        unique=False,
    )
    op.create_index(
        "uq_subscriptions_running",
        "subscriptions",
        ["workspace_id", "property_id", "add_on_id"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('ended', 'abandoned')"),
        sqlite_where=sa.text("status NOT IN ('ended', 'abandoned')"),
    )
    op.create_table(
        "invoices",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("document_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "property_id"],
            ["properties.workspace_id", "properties.id"],
            name=op.f("fk_invoices_workspace_id_property_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "subscription_id"],
            ["subscriptions.workspace_id", "subscriptions.id"],
            name=op.f("fk_invoices_workspace_id_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("series", "number", name=op.f("uq_invoices_series_number")),
        sa.UniqueConstraint("series", "sequence", name=op.f("uq_invoices_series_sequence")),
    )
    op.create_index(
        op.f("ix_invoices_workspace_id_property_id_issued_at"),
        "invoices",
        ["workspace_id", "property_id", "issued_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoices_workspace_id_subscription_id_issued_at"),
        "invoices",
        ["workspace_id", "subscription_id", "issued_at"],
        unique=False,
    )
    op.create_table(
        "planned_changes",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("price_id", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=True),
        sa.Column("new_cycle", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.String(length=40), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["price_id"], ["prices.id"], name=op.f("fk_planned_changes_price_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "subscription_id"],
            ["subscriptions.workspace_id", "subscriptions.id"],
            name=op.f("fk_planned_changes_workspace_id_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_planned_changes")),
    )
    op.create_index(
        "uq_planned_changes_pending",
        "planned_changes",
        ["workspace_id", "subscription_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "invoice_lines",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("period_start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("credited_invoice_id", sa.String(length=40), nullable=True),
        sa.Column("credited_position", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "invoice_id"],
            ["invoices.workspace_id", "invoices.id"],
            name=op.f("fk_invoice_lines_workspace_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "invoice_id", "position", name=op.f("pk_invoice_lines")),
    )
    op.create_index(
        op.f("ix_invoice_lines_workspace_id_credited_invoice_id_credited_position"),
        "invoice_lines",
        ["workspace_id", "credited_invoice_id", "credited_position"],
        unique=False,
    )
    op.create_index(
        "uq_invoice_lines_cycle",
        "invoice_lines",
        ["workspace_id", "subscription_id", "period_start_at"],
        unique=True,
        postgresql_where=sa.text("kind = 'cycle'"),
        sqlite_where=sa.text("kind = 'cycle'"),
    )
    op.create_table(
        "payments",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("property_id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("draft", JSON, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("payment_method_id", sa.String(length=40), nullable=True),
        sa.Column("requested_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "invoice_id"],
            ["invoices.workspace_id", "invoices.id"],
            name=op.f("fk_payments_workspace_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "subscription_id"],
            ["subscriptions.workspace_id", "subscriptions.id"],
            name=op.f("fk_payments_workspace_id_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_payments")),
        sa.UniqueConstraint("workspace_id", "invoice_id", name=op.f("uq_payments_workspace_id_invoice_id")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_payments_workspace_id_key")),
    )
    op.create_index(
        "ix_payments_due",
        "payments",
        ["next_try_at", "workspace_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_index(
        op.f("ix_payments_workspace_id_subscription_id_created_at"),
        "payments",
        ["workspace_id", "subscription_id", "created_at"],
        unique=False,
    )
    op.create_index(
        "uq_payments_first",
        "payments",
        ["workspace_id", "subscription_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open' AND kind <> 'renewal'"),
        sqlite_where=sa.text("state = 'open' AND kind <> 'renewal'"),
    )
    op.create_table(
        "payment_attempts",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(length=255), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gateway_id", sa.String(length=255), nullable=True),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("action_url", sa.String(length=2000), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "payment_id"],
            ["payments.workspace_id", "payments.id"],
            name=op.f("fk_payment_attempts_workspace_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_payment_attempts")),
        sa.UniqueConstraint(
            "workspace_id",
            "payment_id",
            "number",
            name=op.f("uq_payment_attempts_workspace_id_payment_id_number"),
        ),
    )
    op.create_index(
        "ix_payment_attempts_to_ask",
        "payment_attempts",
        ["ask_at"],
        unique=False,
        postgresql_where=sa.text("ask_at IS NOT NULL"),
        sqlite_where=sa.text("ask_at IS NOT NULL"),
    )
    op.create_index(
        "uq_payment_attempts_in_flight",
        "payment_attempts",
        ["workspace_id", "payment_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('sent', 'unknown', 'action_required')"),
        sqlite_where=sa.text("state IN ('sent', 'unknown', 'action_required')"),
    )
    # ### end Alembic commands ###
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END $$"
        )
    for table in ONLY_GROW:
        only_grow(table)


def downgrade() -> None:
    op.drop_index(
        "uq_payment_attempts_in_flight",
        table_name="payment_attempts",
        postgresql_where=sa.text("state IN ('sent', 'unknown', 'action_required')"),
        sqlite_where=sa.text("state IN ('sent', 'unknown', 'action_required')"),
    )
    op.drop_index(
        "ix_payment_attempts_to_ask",
        table_name="payment_attempts",
        postgresql_where=sa.text("ask_at IS NOT NULL"),
        sqlite_where=sa.text("ask_at IS NOT NULL"),
    )
    op.drop_table("payment_attempts")
    op.drop_index(
        "uq_payments_first",
        table_name="payments",
        postgresql_where=sa.text("state = 'open' AND kind <> 'renewal'"),
        sqlite_where=sa.text("state = 'open' AND kind <> 'renewal'"),
    )
    op.drop_index(op.f("ix_payments_workspace_id_subscription_id_created_at"), table_name="payments")
    op.drop_index(
        "ix_payments_due",
        table_name="payments",
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.drop_table("payments")
    op.drop_index(
        "uq_invoice_lines_cycle",
        table_name="invoice_lines",
        postgresql_where=sa.text("kind = 'cycle'"),
        sqlite_where=sa.text("kind = 'cycle'"),
    )
    op.drop_index(
        op.f("ix_invoice_lines_workspace_id_credited_invoice_id_credited_position"),
        table_name="invoice_lines",
    )
    op.drop_table("invoice_lines")
    op.drop_index(
        "uq_planned_changes_pending",
        table_name="planned_changes",
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.drop_table("planned_changes")
    op.drop_index(op.f("ix_invoices_workspace_id_subscription_id_issued_at"), table_name="invoices")
    op.drop_index(op.f("ix_invoices_workspace_id_property_id_issued_at"), table_name="invoices")
    op.drop_table("invoices")
    op.drop_index(
        "uq_subscriptions_running",
        table_name="subscriptions",
        postgresql_where=sa.text("status NOT IN ('ended', 'abandoned')"),
        sqlite_where=sa.text("status NOT IN ('ended', 'abandoned')"),
    )
    op.drop_index(op.f("ix_subscriptions_workspace_id_property_id"), table_name="subscriptions")
    op.drop_index(
        "ix_subscriptions_due",
        table_name="subscriptions",
        postgresql_where=sa.text("status IN ('trialing', 'active', 'past_due')"),
        sqlite_where=sa.text("status IN ('trialing', 'active', 'past_due')"),
    )
    op.drop_table("subscriptions")
    op.drop_index(
        "uq_prices_on_sale",
        table_name="prices",
        postgresql_where=sa.text("on_sale"),
        sqlite_where=sa.text("on_sale"),
    )
    op.drop_table("prices")
    op.drop_index(op.f("ix_payment_methods_workspace_id_property_id"), table_name="payment_methods")
    op.drop_table("payment_methods")
    op.drop_index(op.f("ix_members_workspace_id_user_id"), table_name="members")
    op.drop_table("members")
    op.drop_table("properties")
    op.drop_table("plans")
    op.drop_table("persons")
    op.drop_table("workspaces")
    op.drop_index(op.f("ix_postings_workspace_id_property_id_account_currency"), table_name="postings")
    op.drop_table("postings")
    op.drop_index(
        "ix_outbox_untold",
        table_name="outbox",
        postgresql_where=sa.text("told_at IS NULL"),
        sqlite_where=sa.text("told_at IS NULL"),
    )
    op.drop_table("outbox")
    op.drop_table("number_series")
    op.drop_index(op.f("ix_audit_entries_workspace_id_property_id_at"), table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_table("add_ons")
    # ### end Alembic commands ###
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
