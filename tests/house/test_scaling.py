"""Tables that are not led by their workspace are named in the documentation, with the reason."""

from __future__ import annotations

import re
from pathlib import Path

from billing.models import Base

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (`[^|]+) \| ([^|]{10,}) \|$", re.MULTILINE)


def test_every_table_is_led_by_its_workspace_or_named_with_the_reason() -> None:
    named = ROW.findall((ROOT / "docs" / "scaling.md").read_text(encoding="utf-8"))
    others = {
        table.name
        for table in Base.metadata.sorted_tables
        if next(iter(table.primary_key.columns)).name != "workspace_id"
    }
    assert {name for names, _ in named for name in re.findall(r"`(\w+)`", names)} == others
