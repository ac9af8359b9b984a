"""docs/reference/reliability.md names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/reliability.md"
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda part: part.rpartition("/")[2] or "whole")
def test_a_promise_is_shown_by_a_test_that_is_there(file: str, name: str) -> None:
    """A renamed test takes its promise along."""
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not name or re.search(rf"^ *(?:async def|def|class) {name}\b", text, re.MULTILINE)
