"""The questions that are asked of Shopify's Admin API: one file each in `queries/`.

Each is valid in all four stable versions of the schema (tests/platforms/test_shopify_queries.py).
"""

import re
from functools import cache
from importlib.resources import files

API_VERSION = "2026-10"
"""Sent in the address; Shopify serves a version for at least twelve months (integrations.md A1)."""

_FOLDER = files("convertos.platforms.shopify").joinpath("queries")
_FRAGMENT = re.compile(r"^fragment (\w+) on .*?(?=^fragment |\Z)", re.MULTILINE | re.DOTALL)
_SPREAD = re.compile(r"\.\.\.(\w+)")


@cache
def _fragments() -> dict[str, str]:
    return {match[1]: match[0].strip() for match in _FRAGMENT.finditer(_read("fragments"))}


def _read(name: str) -> str:
    return _FOLDER.joinpath(f"{name}.graphql").read_text(encoding="utf-8")


@cache
def question(name: str) -> str:
    """A question by its file's name, with the fragments that it spreads."""
    text = _read(name)
    needed: dict[str, str] = {}
    spread = set(_SPREAD.findall(text))
    while spread:
        fragment = spread.pop()
        if fragment in _fragments() and fragment not in needed:
            needed[fragment] = _fragments()[fragment]
            spread.update(_SPREAD.findall(needed[fragment]))
    return "\n".join([text.strip(), *(needed[fragment] for fragment in sorted(needed))])


def all_questions() -> list[str]:
    """The names of all questions."""
    names = (entry.name.removesuffix(".graphql") for entry in _FOLDER.iterdir())
    return sorted(name for name in names if name != "fragments")
