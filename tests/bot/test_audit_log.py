"""The audit log opens whatever was typed: an entry is cut to what a section holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.i18n import words
from bot.views import audit
from tests.bot.sample_people import ORDINARY
from tests.bot.sample_plans import audit_page

FIELDS = ("name", "street", "extra", "city", "region", "postal_code")


@pytest.mark.parametrize("language", ["en", "it"])
@pytest.mark.parametrize("typed", ["w", "<", "&"])
def test_an_entry_of_long_values_is_cut_as_shown_and_still_says_when_and_who(
    typed: str, language: str
) -> None:
    page = audit_page(ORDINARY)
    long = tuple((name, typed * 120, typed * 119) for name in FIELDS)
    line = replace(page.lines[0], details=long)
    view = audit.audit_log(replace(page, lines=(line,)), words(language))
    shown = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    assert max(map(len, shown)) <= 3000
    (entry,) = (
        text for text in shown if typed * 2 in text or f"{'&lt;' * 2}" in text or f"{'&amp;' * 2}" in text
    )
    assert "<@U1>" in entry.splitlines()[-1]
    assert ("…" in entry.splitlines()) is (typed != "w")
    assert not entry.count("&") or entry.count("&") == entry.count(";")
