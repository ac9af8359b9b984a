"""One arrival of a visitor: the evidence that was recorded, and what we conclude from it.

Source: attribution.md §1.
"""

from datetime import datetime

import msgspec

UTM_PARAMETERS = ("source", "medium", "campaign", "term", "content", "id")
"""What follows `utm_` in an address."""

CLICK_ID_PARAMETERS = frozenset({
    "gclid", "gbraid", "wbraid", "gad_source", "dclid", "srsltid", "fbclid", "msclkid", "ttclid", "li_fat_id",
    "twclid", "epik", "sccid", "rdt_cid", "yclid", "irclickid", "cjevent", "awc", "_kx", "mc_cid", "_hsmi",
})  # fmt: skip
"""Parameters that networks and senders put into the addresses they link to (lower case); what each
proves is in `attribution/rules/click_ids.csv`."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was recorded about one arrival, raw, in the words of whoever recorded it.

    Attributes:
        utm: parameters without their prefix (`source`, `medium`, `campaign`, `term`, `content`, `id`);
            only non-empty values.
        origin: what the shop itself told of the origin, in the same words plus `type`
            (for example WooCommerce's `organic`, `referral`), when it is not UTM.
        click_ids: parameter name (`gclid`, `fbclid`, ...) to value.
        referrer: the full referring address.
        landing_page: the full address of the first page, with its query.
    """

    utm: dict[str, str] = {}
    origin: dict[str, str] = {}
    click_ids: dict[str, str] = {}
    referrer: str | None = None
    landing_page: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing points anywhere: such an arrival is a direct one."""
        return not (self.utm or self.origin or self.click_ids or self.referrer)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a touch is concluded to be.

    Attributes:
        source: canonical name (`facebook`, `google`, `(direct)`), lower case.
        medium: as stated, or by convention (`organic`, `referral`, `(none)`).
        campaign: the campaign's name, or an empty string.
        channel: a Google Analytics 4 default channel group.
        method: the rank of evidence that decided: `utm`, `origin`, `click_id`, `referrer`, `direct`.
        rule: the name of the rule that chose the channel, for the explanation.
    """

    source: str
    medium: str
    campaign: str
    channel: str
    method: str
    rule: str


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """One arrival at one time.

    Attributes:
        occurred_at: when the visitor arrived (UTC).
        visitor_id: the browser's first-party cookie, where known.
        name: what tells it from the other arrivals of its order, where more becomes known of it later: the
            same name again is the same arrival.
        certainty: how much is known of it; of several statements of one name the most certain counts.
    """

    occurred_at: datetime
    evidence: Evidence
    visitor_id: str | None = None
    name: str | None = None
    certainty: int = 0
