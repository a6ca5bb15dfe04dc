"""The floor under renewals: the same rows from SQL alone, a thousand subscriptions at a time, without our rules."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Engine

from benchmarks.databases import POSTGRESQL, SQLITE

BATCH = 1_000
# How each database writes JSON, a random id, the hash of a document, and a month later.
WORDS = MappingProxyType(
    {
        POSTGRESQL: {
            "object": "jsonb_build_object",
            "array": "jsonb_build_array",
            "random": "replace(gen_random_uuid()::text, '-', '')",
            "hash": "encode(sha256(document::text::bytea), 'hex')",
            "later": "period_end_at + interval '1 month'",
            "day": "CAST({} AS date)",
            "only": "ON COMMIT DROP",
        },
        SQLITE: {
            "object": "json_object",
            "array": "json_array",
            "random": "lower(hex(randomblob(16)))",
            "hash": "lower(hex(randomblob(32)))",
            "later": "strftime('%Y-%m-%d %H:%M:%f000', period_end_at, '+1 month')",
            "day": "date({})",
            "only": "",
        },
    }
)


def statements(name: str) -> list[str]:
    """What one batch is made of."""
    words = WORDS[name]
    make, several, later = words["object"], words["array"], words["later"]
    net, tax = "minor * quantity", "minor * quantity * 22 / 100"
    document = f"""{make}('number', 'F' || n, 'issued_on', '2026-03-12', 'currency', 'EUR',
        'property_name', property_name, 'charged_to', card,
        'seller', {make}('name', 'Your Company', 'country', 'IT',
            'address', {several}('1 High Street', '20121 Milano MI'),
            'vat_number', 'IT00743110157', 'time_zone', 'Europe/Rome', 'email', ''),
        'buyer', {make}('name', admin, 'address', {several}(), 'country', 'IT'),
        'lines', {several}({make}('add_on', add_on, 'plan', plan, 'interval', 'month',
            'first_day', '2026-02-28',
            'last_day', '2026-03-30', 'quantity', quantity, 'unit_minor', minor, 'net_minor', minor * quantity,
            'tax_rate', 2200, 'kind', 'cycle', 'days', NULL, 'of_days', NULL, 'whole_minor', NULL)),
        'taxes', {several}({make}('rate', 2200, 'net_minor', {net}, 'tax_minor', {tax})))"""
    first_day, last_day = words["day"].format("period_end_at"), words["day"].format("next_end_at")
    entry = """INSERT INTO postings SELECT workspace_id, invoice_id, {line}, property_id, '{account}', 'EUR', {minor},
        :now, NULL, NULL, NULL, NULL FROM batch"""
    fact = f"""INSERT INTO facts (id, workspace_id, property_id, type, subject_id, version, at, state)
        SELECT 'evt_' || {words["random"]}, workspace_id, {{property}}, '{{type}}', {{subject}}, {{version}}, :now,
            {make}({{state}}) FROM batch"""
    return [
        f"""CREATE TEMPORARY TABLE batch {words["only"]} AS
        SELECT due.*, last + row_number() OVER (ORDER BY due_at, id) AS n, 'inv_' || {words["random"]} AS invoice_id,
            'pay_' || {words["random"]} AS payment_id
        FROM (SELECT s.workspace_id, s.id, s.property_id, s.quantity, s.version, s.billing_admin_id,
                s.payment_method_id, s.period_end_at, s.due_at, {later} AS next_end_at, p.name AS property_name,
                pe.name AS admin,
                a.name AS add_on, pl.name AS plan, pr.minor, m.brand || ' ' || m.last_four AS card
            FROM subscriptions s JOIN properties p ON p.workspace_id = s.workspace_id AND p.id = s.property_id
            JOIN persons pe ON pe.workspace_id = s.workspace_id AND pe.user_id = s.billing_admin_id
            JOIN prices pr ON pr.id = s.price_id JOIN plans pl ON pl.add_on_id = pr.add_on_id AND pl.id = pr.plan_id
            JOIN add_ons a ON a.id = pl.add_on_id
            LEFT JOIN payment_methods m ON m.workspace_id = s.workspace_id AND m.id = s.payment_method_id
            WHERE s.status IN ('trialing', 'active', 'past_due') AND s.cancelled_at IS NULL AND s.due_at <= :now
            ORDER BY s.due_at, s.workspace_id, s.id LIMIT {BATCH}) due,
            (SELECT coalesce(max(last), 0) AS last FROM number_series) series""",
        "UPDATE number_series SET last = last + (SELECT count(*) FROM batch)",
        f"""INSERT INTO invoices SELECT workspace_id, invoice_id, property_id, id, 'invoices 2026', n, 'F' || n, :now,
            {words["day"].format(":now")}, 'EUR', {net} + {tax}, document, {words["hash"]}, 'factur-x'
        FROM (SELECT batch.*, {document} AS document FROM batch) written""",
        f"""INSERT INTO invoice_lines SELECT workspace_id, invoice_id, 1, id, 'cycle', period_end_at, next_end_at,
            {first_day}, {last_day}, {net}, NULL, NULL FROM batch""",
        entry.format(line=1, account="receivable", minor=f"{net} + {tax}"),
        entry.format(line=2, account="revenue", minor=f"-({net})"),
        entry.format(line=3, account="tax", minor=f"-({tax})"),
        f"""INSERT INTO payments (workspace_id, id, property_id, subscription_id, invoice_id, kind, state, key,
            currency, minor, credit_minor, payment_method_id, requested_by, created_at,
            next_try_at, tries)
        SELECT workspace_id, payment_id, property_id, id, invoice_id, 'renewal', 'open', payment_id,
            'EUR', {net} + {tax}, 0, payment_method_id, billing_admin_id, :now, :now, 0 FROM batch""",
        f"""INSERT INTO audit_entries SELECT workspace_id, 'aud_' || {words["random"]}, :now, property_id, '',
            'schedule', 'subscription.renew', id, NULL, {make}('period_end_at', next_end_at), NULL FROM batch""",
        fact.format(
            type="invoice.issued",
            property="NULL",
            subject="invoice_id",
            version="NULL",
            state="",
        ),
        fact.format(
            type="subscription.renewed",
            property="property_id",
            subject="id",
            version="version + 1",
            state=f"""'quantity', quantity, 'status', 'active', 'billing_admin', billing_admin_id,
            'period_start_at', period_end_at, 'period_end_at', next_end_at, 'add_on', add_on, 'plan', plan,
            'interval', 'month',
            'unit_price', {make}('minor', minor, 'currency', 'EUR')""",
        ),
        """UPDATE subscriptions SET period_index = period_index + 1, period_start_at = batch.period_end_at,
            period_end_at = batch.next_end_at, due_at = batch.next_end_at, version = batch.version + 1
        FROM batch WHERE subscriptions.workspace_id = batch.workspace_id AND subscriptions.id = batch.id""",
    ]


def renew(engine: Engine, now: datetime) -> int:
    """Renews what is due, batch by batch; how many."""
    name, done = SQLITE if engine.dialect.name == "sqlite" else POSTGRESQL, 0
    zone = "+00" if name == POSTGRESQL else ""
    first, *others = (
        each.replace(":now", f"'{now:%Y-%m-%d %H:%M:%S.%f}{zone}'") for each in statements(name)
    )
    while True:
        with engine.begin() as connection:
            connection.exec_driver_sql(first)
            found = int(connection.exec_driver_sql("SELECT count(*) FROM batch").scalar_one())
            for statement in others:
                connection.exec_driver_sql(statement)
            if name == SQLITE:
                connection.exec_driver_sql("DROP TABLE batch")
        done += found
        if found < BATCH:
            return done
