"""How the traces of an arrival become evidence: parameters that were sent apart, and those in addresses."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from convertos.platforms.values import query_of, text
from convertos.records import CLICK_ID_PARAMETERS, UTM_PARAMETERS, Evidence

_LONGEST_PARAMETER = 500
# Snapchat writes "ScCid"; names from addresses come in lower case.
_CLICK_ID_SPELLINGS = {**{name: name for name in sorted(CLICK_ID_PARAMETERS)}, "ScCid": "sccid"}
_EMPTY_WORDS = frozenset({"(none)", "(not set)", "null", "undefined"})


@cache
def _names(prefix: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, prefix + name) for name in UTM_PARAMETERS)


def utm_of(values: Mapping[str, Any], prefix: str = "utm_") -> dict[str, str]:
    """The UTM parameters among some values, without their prefix; placeholders for nothing are dropped."""
    found: dict[str, str] = {}
    for name, key in _names(prefix):
        value = values.get(key)
        if value and (read := text(value, _LONGEST_PARAMETER)) and read.lower() not in _EMPTY_WORDS:
            found[name] = read
    return found


def click_ids_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The advertising click ids among some values, by lower-case name."""
    if _CLICK_ID_SPELLINGS.keys().isdisjoint(values):
        return {}
    found: dict[str, str] = {}
    for spelling, name in _CLICK_ID_SPELLINGS.items():
        value = values.get(spelling)
        if value and (read := text(value, _LONGEST_PARAMETER)):
            found[name] = read
    return found


def evidence_of(
    *,
    utm: dict[str, str],
    origin: dict[str, str] | None = None,
    click_ids: dict[str, str] | None = None,
    referrer: str | None = None,
    landing_page: str | None = None,
) -> Evidence:
    """Evidence from what was sent apart, completed by what the landing page's address carries."""
    query = query_of(landing_page)
    return Evidence(
        utm=utm or utm_of(query),
        origin=origin or {},
        click_ids={**click_ids_of(query), **(click_ids or {})},
        referrer=referrer,
        landing_page=landing_page,
    )
