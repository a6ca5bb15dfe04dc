"""The demo's workspace as it is found: what was lived before it begins happened on its own days."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from billing.bootstrap import make_billing
from billing.models import Invoice
from sandbox import demo

NOW = datetime(2026, 11, 28, 10, 54, tzinfo=UTC)


def test_each_invoice_is_dated_the_day_on_which_its_cycle_began(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    path = tmp_path / "demo.sqlite3"
    shutil.copy(migrated_sqlite, path)
    billing = make_billing(demo.settings(f"sqlite:///{path}"), lambda: NOW)
    demo.seed_demo(billing, NOW)
    with billing.read("test") as work:
        documents = [
            invoice.read_document()
            for invoice in work.session.scalars(select(Invoice).order_by(Invoice.number))
        ]
    billing.engine.dispose()
    dated = [(document.issued_on, document.lines[0].first_day) for document in documents]
    assert [issued for issued, _ in dated] == [began for _, began in dated]
    assert dated[0][0] == (NOW - timedelta(days=160)).date()
    assert len(dated) == 10
