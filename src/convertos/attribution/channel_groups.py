"""Channels: the default channel groups of Google Analytics 4, rule by rule in its order.

Source: Google Analytics Help, "[GA4] Default channel group" (answer 9756891), definitions for manual
traffic, and "What's new" of 2026-05-13 for the AI Assistant channel, checked 2026-11.
Everything is compared in lower case, as Google does.

Deliberate deviations:
1. Source lists are ours (see docs/decisions/referrer-lists.md), and a source is its canonical name:
   every sub-domain, country site and spelling of a source has the category of that source.
2. Google's "Paid Other" is not among our channels: it is Unassigned, by the rule `paid-other`.
3. An AI assistant is known by its source as well as by its medium, as Google itself does for search,
   social and video: ChatGPT adds `utm_source=chatgpt.com` without a medium.
4. A source that names an advertising product (`facebook ads`, `adwords`) is paid whatever its medium
   says, unless that is a display medium.
5. Paid media of display, audio and affiliate networks go to Display, Audio and Affiliates, not to
   Paid Other: their sources are listed, so nothing is guessed.
6. Senders of mail, SMS and push messages and affiliate networks are known by their source too
   (`klaviyo` with the medium `flow` is Email). Webmail is Email, not Referral.
7. Referral is tried last, so that the source lists of 6 come before the bare medium `referral`.
8. "Mobile Push Notifications" is called Mobile Push.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from convertos.attribution.source_tables import Category

CHANNELS: Final = (
    "Direct", "Organic Search", "Paid Search", "Organic Social", "Paid Social", "Email", "SMS",
    "Affiliates", "Referral", "Display", "Organic Video", "Paid Video", "Organic Shopping",
    "Paid Shopping", "Audio", "Mobile Push", "AI Assistant", "Cross-network", "Unassigned",
)  # fmt: skip
"""All channels, in the order of their colours."""

NO_MEDIUM: Final = "(not set)"
_PAID_MEDIUM = re.compile(r"^(.*cp.*|ppc|retargeting|paid.*)$")
_SHOPPING_CAMPAIGN = re.compile(r"^(.*(([^a-df-z]|^)shop|shopping).*)$")
_VIDEO_MEDIUM = re.compile(r"^(.*video.*)$")
_DISPLAY_MEDIA = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL_MEDIA = frozenset({
    "social", "social-network", "social-media", "sm", "social network", "social media",
})  # fmt: skip
_EMAIL_NAMES = frozenset({"email", "e-mail", "e_mail", "e mail"})
_REFERRAL_MEDIA = frozenset({"referral", "app", "link"})
_SOCIAL_CATEGORIES = frozenset({Category.SOCIAL, Category.MESSAGING})


class Visit(NamedTuple):
    """What the rules look at."""

    source: str
    category: Category
    medium: str
    campaign: str
    names_ads: bool

    @property
    def is_paid(self) -> bool:
        """Whether the medium, or the name of an advertising product, says that the click was paid."""
        return is_paid_medium(self.medium) or (self.names_ads and self.medium not in _DISPLAY_MEDIA)

    @property
    def is_shopping(self) -> bool:
        """Whether the source is a shopping site or the campaign is named after shopping."""
        return self.category is Category.SHOPPING or bool(_SHOPPING_CAMPAIGN.match(self.campaign))


class ChannelRule(NamedTuple):
    """One rule: its stable name, its channel, its condition in words and as a test."""

    name: str
    channel: str
    when: str
    holds: Callable[[Visit], bool]


RULES: Final = (
    ChannelRule(
        "cross-network-campaign", "Cross-network",
        "the campaign's name contains `cross-network`",
        lambda visit: "cross-network" in visit.campaign,
    ),
    ChannelRule(
        "paid-shopping", "Paid Shopping",
        "the source is a shopping site or the campaign's name matches "
        "`^(.*(([^a-df-z]|^)shop|shopping).*)$`, and the click was paid",
        lambda visit: visit.is_shopping and visit.is_paid,
    ),
    ChannelRule(
        "paid-search", "Paid Search", "the source is a search engine and the click was paid",
        lambda visit: visit.category is Category.SEARCH and visit.is_paid,
    ),
    ChannelRule(
        "paid-social", "Paid Social", "the source is a social network or messenger and the click was paid",
        lambda visit: visit.category in _SOCIAL_CATEGORIES and visit.is_paid,
    ),
    ChannelRule(
        "paid-video", "Paid Video", "the source is a video site and the click was paid",
        lambda visit: visit.category is Category.VIDEO and visit.is_paid,
    ),
    ChannelRule(
        "display-medium", "Display",
        "the medium is `display`, `banner`, `expandable`, `interstitial` or `cpm`",
        lambda visit: visit.medium in _DISPLAY_MEDIA,
    ),
    ChannelRule(
        "display-network", "Display", "the source is a display network and the click was paid",
        lambda visit: visit.category is Category.DISPLAY and visit.is_paid,
    ),
    ChannelRule(
        "audio-network", "Audio", "the source is an audio platform and the click was paid",
        lambda visit: visit.category is Category.AUDIO and visit.is_paid,
    ),
    ChannelRule(
        "paid-affiliate", "Affiliates", "the source is an affiliate network and the click was paid",
        lambda visit: visit.category is Category.AFFILIATE and visit.is_paid,
    ),
    ChannelRule(
        "paid-other", "Unassigned", "the click was paid, but no list knows its source",
        lambda visit: visit.is_paid,
    ),
    ChannelRule(
        "organic-shopping", "Organic Shopping",
        "the source is a shopping site or the campaign's name matches as above",
        lambda visit: visit.is_shopping,
    ),
    ChannelRule(
        "social-source", "Organic Social", "the source is a social network or messenger",
        lambda visit: visit.category in _SOCIAL_CATEGORIES,
    ),
    ChannelRule(
        "social-medium", "Organic Social",
        "the medium is `social`, `social-network`, `social-media`, `sm`, `social network` or `social media`",
        lambda visit: visit.medium in _SOCIAL_MEDIA,
    ),
    ChannelRule(
        "video-source", "Organic Video", "the source is a video site",
        lambda visit: visit.category is Category.VIDEO,
    ),
    ChannelRule(
        "video-medium", "Organic Video", "the medium matches `^(.*video.*)$`",
        lambda visit: bool(_VIDEO_MEDIUM.match(visit.medium)),
    ),
    ChannelRule(
        "search-source", "Organic Search", "the source is a search engine",
        lambda visit: visit.category is Category.SEARCH,
    ),
    ChannelRule(
        "organic-medium", "Organic Search", "the medium is `organic`",
        lambda visit: visit.medium == "organic",
    ),
    ChannelRule(
        "ai-assistant", "AI Assistant", "the source is an AI assistant or the medium is `ai-assistant`",
        lambda visit: visit.category is Category.AI or visit.medium == "ai-assistant",
    ),
    ChannelRule(
        "email-name", "Email", "source or medium is `email`, `e-mail`, `e_mail` or `e mail`",
        lambda visit: visit.medium in _EMAIL_NAMES or visit.source in _EMAIL_NAMES,
    ),
    ChannelRule(
        "affiliate-medium", "Affiliates", "the medium is `affiliate`",
        lambda visit: visit.medium == "affiliate",
    ),
    ChannelRule("audio-medium", "Audio", "the medium is `audio`", lambda visit: visit.medium == "audio"),
    ChannelRule(
        "sms-name", "SMS", "source or medium is `sms`",
        lambda visit: "sms" in (visit.source, visit.medium),
    ),
    ChannelRule(
        "push-medium", "Mobile Push",
        "the medium ends with `push` or contains `mobile` or `notification`, or the source is `firebase`",
        lambda visit: (
            visit.medium.endswith("push")
            or "mobile" in visit.medium
            or "notification" in visit.medium
            or visit.source == "firebase"
        ),
    ),
    ChannelRule(
        "mail-source", "Email", "the source is webmail or a sender of mail",
        lambda visit: visit.category is Category.MAIL,
    ),
    ChannelRule(
        "sms-source", "SMS", "the source is a sender of SMS", lambda visit: visit.category is Category.SMS
    ),
    ChannelRule(
        "push-source", "Mobile Push", "the source is a sender of push messages",
        lambda visit: visit.category is Category.PUSH,
    ),
    ChannelRule(
        "affiliate-source", "Affiliates", "the source is an affiliate network",
        lambda visit: visit.category is Category.AFFILIATE,
    ),
    ChannelRule(
        "referral-medium", "Referral", "the medium is `referral`, `app` or `link`",
        lambda visit: visit.medium in _REFERRAL_MEDIA,
    ),
    ChannelRule("unknown", "Unassigned", "no list knows the source or the medium", lambda _visit: True),
)  # fmt: skip
"""The first rule that holds decides; the last always does."""


def is_paid_medium(medium: str) -> bool:
    """Whether a medium is a paid one: `^(.*cp.*|ppc|retargeting|paid.*)$`."""
    return _PAID_MEDIUM.match(medium) is not None


@lru_cache(maxsize=8192)
def channel_of(visit: Visit) -> tuple[str, str]:
    """The channel of a visit and the name of the rule that chose it."""
    rule = next(rule for rule in RULES if rule.holds(visit))
    return rule.channel, rule.name
