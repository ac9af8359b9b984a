"""Where a touch came from: the first evidence that is present decides.

Source: attribution.md §1. UTM parameters > the shop's own origin > a click id > the referrer > nothing.
The rules in words, with every decision of detail: docs/reference/attribution.md.

Deliberate deviations from Google Analytics 4 (1 to 8 are in `channel_groups`):

9.  UTM outranks a click id (Google lets auto-tagging win), and a Google click id is Paid Search:
    which of its networks showed the advertisement only Google Ads knows.
10. `fbclid` and `epik` are put on unpaid links as well: they prove the network, not that it was paid.
11. A visit without a campaign has an empty one, not `(organic)`, `(referral)` or `(ai-assistant)`.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from convertos.attribution.channel_groups import NO_MEDIUM, Visit, channel_of, is_paid_medium
from convertos.attribution.source_rules import SourceRules
from convertos.attribution.source_tables import Category, ClickId, Named, click_ids
from convertos.attribution.stated import is_filled, stated_campaign, stated_name
from convertos.records import Evidence, Source

METHODS: Final = ("utm", "origin", "click_id", "referrer", "direct")
"""How a source was concluded, the strongest first."""

NO_EVIDENCE: Final = "no-evidence"
CAMPAIGN_ONLY: Final = "campaign-only"

DIRECT: Final = Source(
    source="(direct)", medium="(none)", campaign="", channel="Direct", method="direct", rule=NO_EVIDENCE
)
"""What an arrival is that nothing points at."""

NO_SOURCE: Final = Named("(not set)")

# The visitor typed the address, staff made the order, or a shop's app did: nobody was sent.
_NO_ORIGIN = frozenset({"typein", "admin", "mobile_app", "direct", "(direct)", "unknown"})
_MEDIUM_BY_CATEGORY = {
    Category.SEARCH: "organic",
    Category.AI: "ai-assistant",
    Category.MAIL: "email",
}


class _Arrival(NamedTuple):
    named: Named
    medium: str
    method: str


def classify(evidence: Evidence, rules: SourceRules) -> Source:
    """What one arrival is concluded to be. Pure, and never raises, whatever was recorded."""
    utm = evidence.utm
    campaign = _campaign(utm) if utm else ""
    arrival = (_by_utm(evidence, rules) if utm else None) or _by_lower_ranks(evidence, rules)
    if arrival is not None:
        if not campaign and arrival.method == "origin":
            campaign = _campaign(evidence.origin)
        return _concluded(arrival, campaign)
    if campaign:
        return Source(
            source=NO_SOURCE.source, medium=NO_MEDIUM, campaign=campaign,
            channel="Unassigned", method="utm", rule=CAMPAIGN_ONLY,
        )  # fmt: skip
    return DIRECT


def _campaign(stated: dict[str, str]) -> str:
    return stated_campaign(stated.get("campaign", "")) or stated_campaign(stated.get("id", ""))


def _concluded(arrival: _Arrival, campaign: str) -> Source:
    named = arrival.named
    channel, rule = channel_of(
        Visit(named.source, named.category, arrival.medium, campaign.lower(), bool(named.ad_medium))
    )
    return Source(
        source=named.source, medium=arrival.medium, campaign=campaign,
        channel=channel, method=arrival.method, rule=rule,
    )  # fmt: skip


def _by_utm(evidence: Evidence, rules: SourceRules) -> _Arrival | None:
    """UTM decides when it states a source or a medium; what it leaves out may be told by weaker evidence."""
    named = rules.named(evidence.utm.get("source", ""))
    medium = stated_name(evidence.utm.get("medium", ""))
    if named is None:
        if not medium:
            return None
        weaker = _by_lower_ranks(evidence, rules)
        return _Arrival(NO_SOURCE if weaker is None else weaker.named, medium, "utm")
    return _Arrival(named, medium or named.ad_medium or _paid_by_click(named, evidence) or NO_MEDIUM, "utm")


def _paid_by_click(named: Named, evidence: Evidence) -> str:
    click = _click(evidence)
    is_same = click is not None and (named.source == click.source or named.source in click.also)
    return click.medium if click is not None and is_same and is_paid_medium(click.medium) else ""


def _by_lower_ranks(evidence: Evidence, rules: SourceRules) -> _Arrival | None:
    for by_rank in _LOWER_RANKS:
        arrival = by_rank(evidence, rules)
        if arrival is not None:
            return arrival
    return None


def _by_origin(evidence: Evidence, rules: SourceRules) -> _Arrival | None:
    origin = evidence.origin
    if not origin or origin.get("type", "").strip().lower() in _NO_ORIGIN:
        return None
    named = rules.origin(origin.get("source", ""))
    return None if named is None else _Arrival(named, _origin_medium(named, origin), "origin")


def _origin_medium(named: Named, origin: dict[str, str]) -> str:
    """The medium of an origin: a shop concludes it from the referrer, with shorter lists than ours."""
    kind = stated_name(origin.get("type", ""))
    stated = stated_name(origin.get("medium", ""))
    is_concluded = kind in {"organic", "referral"} or not stated
    if is_concluded and named.category is not Category.SITE:
        return named.ad_medium or _MEDIUM_BY_CATEGORY.get(named.category, "referral")
    return stated or kind or NO_MEDIUM


def _by_click_id(evidence: Evidence, rules: SourceRules) -> _Arrival | None:
    click = _click(evidence)
    if click is None:
        return None
    named = rules.named(click.source) or Named(click.source)
    if click.also and evidence.referrer:
        # One id for all apps of a company: the referrer tells which.
        site = rules.site(evidence.referrer)
        if site is not None and site.source in click.also:
            named = site
    return _Arrival(named, click.medium, "click_id")


def _click(evidence: Evidence) -> ClickId | None:
    """Of several click ids the one that proves most."""
    known = click_ids()
    found = [
        known[name.lower()]
        for name, value in evidence.click_ids.items()
        if name.lower() in known and is_filled(value)
    ]
    return min(found, key=lambda click: click.rank) if found else None


def _by_referrer(evidence: Evidence, rules: SourceRules) -> _Arrival | None:
    site = rules.site(evidence.referrer) if evidence.referrer else None
    if site is None:
        return None
    return _Arrival(site, _MEDIUM_BY_CATEGORY.get(site.category, "referral"), "referrer")


_LOWER_RANKS: Final[tuple[Callable[[Evidence, SourceRules], _Arrival | None], ...]] = (
    _by_origin,
    _by_click_id,
    _by_referrer,
)
