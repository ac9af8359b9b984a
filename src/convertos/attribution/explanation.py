"""One sentence for people: what got the credit, and because of which evidence."""

from datetime import UTC, datetime, tzinfo

from convertos.attribution.channel import CAMPAIGN_ONLY, DIRECT
from convertos.attribution.credit import Credit
from convertos.attribution.source_tables import click_ids, display_names
from convertos.attribution.stated import is_filled
from convertos.records import Evidence, Source, Touch

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST_QUOTE = 60


def explain(credit: Credit, touch: Touch | None, zone: tzinfo = UTC, what: str = "order") -> str:
    """Why a credit fell where it did.

    Args:
        credit: as a model gave it.
        touch: the touch that it names, as recorded; None where it is gone or there is none.
        zone: the client's time zone, for the day.
        what: what was earned, as people call it: `order` or `lead`.
    """
    if credit.touch_id is None:
        return f"Direct, because no visit was recorded before the {what}."
    if credit.source.channel == DIRECT.channel:
        return _explain_direct(credit, what)
    because = "of a visit that is no longer kept" if touch is None else _because(credit.source, touch, zone)
    return f"{_who(credit.source)}, because {because}{_among(credit)}."


def display_name(source: str) -> str:
    """How people write a source: `facebook` → `Facebook`; an unlisted one as it is."""
    return display_names().get(source, source)


def _who(source: Source) -> str:
    if source.rule == CAMPAIGN_ONLY:
        return f"Campaign {_quoted(source.campaign)} ({source.channel})"
    return f"{display_name(source.source)} ({source.channel})"


def _explain_direct(credit: Credit, what: str) -> str:
    if credit.rule == "last-touch":
        return f"Direct, because the last visit before the {what} carried no campaign and came from no other site."
    if credit.considered == 1:
        return "Direct, because the only recorded visit carried no campaign and came from no other site."
    return (
        f"Direct, because none of {credit.considered} recorded visits carried a campaign "
        "or came from another site."
    )


def _because(source: Source, touch: Touch, zone: tzinfo) -> str:
    day = _day(touch.occurred_at, zone)
    evidence = touch.evidence
    match source.method:
        case "utm":
            return f"the visitor's last campaign click on {day} carried {_utm(evidence)}"
        case "origin":
            told = _quoted(evidence.origin.get("source", source.source))
            return f"the shop recorded {told} as the origin of the visit on {day}"
        case "click_id":
            return f"the visitor's last click on {day} carried the click id {_click_id(evidence)}"
        case _:
            return f"the visitor came from {_quoted(evidence.referrer or source.source)} on {day}"


def _utm(evidence: Evidence) -> str:
    pairs = {name: f"utm_{name}={_quoted(value)}" for name, value in evidence.utm.items() if value}
    stated = [pairs[name] for name in ("source", "medium") if name in pairs]
    if not stated:
        stated = [pairs[name] for name in ("campaign", "id") if name in pairs]
    return " and ".join(stated) or "UTM parameters"


def _click_id(evidence: Evidence) -> str:
    known = click_ids()
    found = [name for name, value in evidence.click_ids.items() if name.lower() in known and is_filled(value)]
    return min(found, key=lambda name: known[name.lower()].rank, default="of an advertisement")


def _among(credit: Credit) -> str:
    return f" ({credit.considered} visits were considered)" if credit.considered > 1 else ""


def _day(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def _quoted(text: str) -> str:
    shown = "".join(filter(str.isprintable, text[: _LONGEST_QUOTE + 1]))
    return shown if len(shown) <= _LONGEST_QUOTE else f"{shown[: _LONGEST_QUOTE - 1]}…"
