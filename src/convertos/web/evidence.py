"""Why a source has the credit, and what was recorded of the visit, as names and values that people can read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from convertos.attribution.credited import Decision
from convertos.records import Evidence
from convertos.web.desk import Desk

METHODS = {
    "utm": "Campaign parameters in the address",
    "origin": "What the shop recorded as the origin",
    "click_id": "An advertisement's click id",
    "referrer": "The site that it came from",
    "direct": "Nothing pointed elsewhere",
}
"""The ranks of evidence, in words."""

_RULES = {
    "last-non-direct": "The last visit that did not come directly",
    "direct-only": "Every recorded visit came directly",
    "last-touch": "The last visit, direct or not",
    "no-touch": "No visit was recorded",
}
_LONGEST_CLICK_ID = 24
_MOST_FIELDS = 30
_LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Why:
    """What earned something, and because of what.

    Attributes:
        sentence: all of it in words.
        reasons: the rule, and what it looked at.
        evidence: what was recorded of the visit.
    """

    source: str
    channel: str
    sentence: str
    reasons: Sequence[tuple[str, object]]
    evidence: Sequence[tuple[str, str]]


def why(desk: Desk, decision: Decision | None) -> Why | None:
    """A decision as pages show it; `None` where there is none."""
    if decision is None:
        return None
    source, touch = decision.credit.source, decision.touch
    return Why(
        source=source.source,
        channel=source.channel,
        sentence=decision.sentence,
        reasons=list(_reasons(desk, decision)),
        evidence=evidence_of(touch.evidence) if touch else [],
    )


def _reasons(desk: Desk, decision: Decision) -> Iterator[tuple[str, object]]:
    source = decision.credit.source
    yield "Channel", source.channel
    yield "Medium", source.medium
    if source.campaign:
        yield "Campaign", source.campaign
    yield "Rule", _RULES.get(decision.credit.rule, decision.credit.rule)
    yield "Decided by", METHODS.get(source.method, source.method)
    if decision.touch is not None:
        yield "Visit", desk.show.at(decision.touch.occurred_at)
    yield "Considered", desk.show.things(decision.credit.considered, "visit")


def evidence_of(evidence: Evidence) -> list[tuple[str, str]]:
    """Each thing that was recorded; click ids are long and tell people nothing, so their end is left out."""
    found = [(f"utm_{name}", value) for name, value in evidence.utm.items()]
    found += [(f"Origin: {name}", value) for name, value in evidence.origin.items()]
    found += [(name, _cut(value, _LONGEST_CLICK_ID)) for name, value in evidence.click_ids.items()]
    found += [("Referrer", evidence.referrer)] if evidence.referrer else []
    return found + ([("Landing page", evidence.landing_page)] if evidence.landing_page else [])


def fields_of(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What somebody filled into a form."""
    return [(str(name), _value(value)) for name, value in list(fields.items())[:_MOST_FIELDS]]


def _value(value: object) -> str:
    return _cut(value if isinstance(value, str) else msgspec.json.encode(value).decode(), _LONGEST_VALUE)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
