"""A process lives on while the tables of the next version come (decision 25)."""

from __future__ import annotations

from billing.models import Base
from billing.services import verify
from tests.billing.desk import Desk


def test_what_the_next_version_adds_to_every_table_stands_in_nobodys_way(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    with desk.billing.engine.begin() as connection:
        for table in Base.metadata.tables:
            connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN next_note text")
            connection.exec_driver_sql(
                f"ALTER TABLE {table} ADD COLUMN next_count integer NOT NULL DEFAULT 7"
            )
        connection.exec_driver_sql("CREATE INDEX ix_payments_next_count ON payments (next_count)")
    desk.buy(owner, desk.property_of(owner, "Corso"))
    assert desk.turn(days=32).renewed == 2
    assert len(desk.charged()) == len(desk.payments()) == 4
    assert desk.rows("SELECT DISTINCT next_note, next_count FROM payments") == [(None, 7)]
    assert list(verify.verify(desk.billing)) == []
