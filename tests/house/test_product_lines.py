"""Every line of the product that a person meets in Slack has a story in English and one in Italian."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

STORIES = Path(__file__).parents[1] / "stories"
LINES = {*range(1, 29), *range(30, 34), 41, *range(43, 52), 54}
LANGUAGES = ("en", "it")


def proved() -> Iterator[tuple[int, str]]:
    """Line and language of every mark `product(*lines, languages="...")`."""
    for path in STORIES.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.product":
                (languages,) = [ast.literal_eval(one.value) for one in node.keywords]
                for line in node.args:
                    yield from ((ast.literal_eval(line), language) for language in languages.split())


def test_every_line_has_a_story_in_either_language() -> None:
    assert set(proved()) == {(line, language) for line in LINES for language in LANGUAGES}
