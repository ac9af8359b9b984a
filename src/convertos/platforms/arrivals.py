"""How the traces of an arrival become evidence: parameters that were sent apart, and those in addresses."""

from collections.abc import Mapping
from typing import Any

from convertos.platforms.values import query_of, text
from convertos.records import CLICK_ID_PARAMETERS, UTM_PARAMETERS, Evidence

_LONGEST_PARAMETER = 500
_EMPTY_WORDS = frozenset({"(none)", "(not set)", "null", "undefined"})


def utm_of(values: Mapping[str, Any], prefix: str = "utm_") -> dict[str, str]:
    """The UTM parameters among some values, without their prefix; placeholders for nothing are dropped."""
    found: dict[str, str] = {}
    for name in UTM_PARAMETERS:
        value = values.get(prefix + name)
        if value:
            read = text(value, _LONGEST_PARAMETER)
            if read and read.lower() not in _EMPTY_WORDS:
                found[name] = read
    return found


def click_ids_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The advertising click ids among some values, by lower-case name."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if value and name.lower() in CLICK_ID_PARAMETERS:
            read = text(value, _LONGEST_PARAMETER)
            if read:
                found[name.lower()] = read
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
