"""What was recorded of a visit, as names and values that people can read."""

from convertos.records import Evidence

METHODS = {
    "utm": "Campaign parameters in the address",
    "origin": "What the shop recorded as the origin",
    "click_id": "An advertisement's click id",
    "referrer": "The site that it came from",
    "direct": "Nothing pointed elsewhere",
}
"""The ranks of evidence, in words."""

_LONGEST_CLICK_ID = 24


def evidence_of(evidence: Evidence) -> list[tuple[str, str]]:
    """Each thing that was recorded; click ids are long and tell people nothing, so their end is left out."""
    found = [(f"utm_{name}", value) for name, value in evidence.utm.items()]
    found += [(f"Origin: {name}", value) for name, value in evidence.origin.items()]
    found += [(name, _short(value)) for name, value in evidence.click_ids.items()]
    found += [("Referrer", evidence.referrer)] if evidence.referrer else []
    return found + ([("Landing page", evidence.landing_page)] if evidence.landing_page else [])


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_CLICK_ID else f"{value[:_LONGEST_CLICK_ID]}…"
