"""The picture and the page of the architecture say what the code is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture import PICTURE, ROOMS, draw

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PATHS = re.compile(r"`((?:api|billing|bot|sandbox|migrations|tests)/[\w/.*-]+)`")


def test_the_picture_is_drawn_from_this_code() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(), "make architecture draws it anew"


@pytest.mark.parametrize("named", sorted(set(PATHS.findall(PAGE))))
def test_every_module_that_the_page_names_exists(named: str) -> None:
    assert list(ROOT.glob(named.rstrip("/"))), named


def test_every_package_is_named_on_the_page() -> None:
    packages = [path.parent for room in ROOMS for path in sorted((ROOT / room).glob("*/__init__.py"))]
    missing = [str(path.relative_to(ROOT)) for path in packages if f"`{path.relative_to(ROOT)}" not in PAGE]
    assert missing == []
