"""The default channel groups of Google Analytics 4, definition by definition."""

import pytest

from convertos.attribution import CHANNELS, SourceRules, classify
from convertos.attribution.channel_groups import RULES
from convertos.records import Evidence

SHIPPED = SourceRules()


def concluded(source: str, medium: str, campaign: str = "") -> tuple[str, str]:
    stated = {"source": source, "medium": medium, "campaign": campaign}
    touch = classify(Evidence(utm={name: value for name, value in stated.items() if value}), SHIPPED)
    return touch.channel, touch.rule


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "channel", "rule"),
    [
        # Cross-network: campaign name contains "cross-network"; before everything paid
        ("google", "cpc", "pmax cross-network 1", "Cross-network", "cross-network-campaign"),
        ("google", "cpc", "Cross-Network", "Cross-network", "cross-network-campaign"),
        # Paid Shopping: (shopping site OR campaign ~ shop) AND paid medium
        ("amazon", "cpc", "", "Paid Shopping", "paid-shopping"),
        ("ebay.de", "paid", "", "Paid Shopping", "paid-shopping"),
        ("google", "cpc", "shopping_de", "Paid Shopping", "paid-shopping"),
        ("google", "cpc", "Shop", "Paid Shopping", "paid-shopping"),
        ("google", "cpc", "de-shop-brand", "Paid Shopping", "paid-shopping"),
        ("google", "cpc", "eshop", "Paid Shopping", "paid-shopping"),
        ("facebook", "cpc", "shop_spring", "Paid Shopping", "paid-shopping"),
        # ... [^a-df-z] lets "eshop" through, not "workshop" or "photoshop"
        ("google", "cpc", "workshop", "Paid Search", "paid-search"),
        ("google", "cpc", "photoshop", "Paid Search", "paid-search"),
        # Paid Search / Social / Video: source list AND ^(.*cp.*|ppc|retargeting|paid.*)$
        ("google", "cpc", "spring", "Paid Search", "paid-search"),
        ("bing", "ppc", "", "Paid Search", "paid-search"),
        ("google", "cpm", "", "Paid Search", "paid-search"),
        ("duckduckgo", "paidsearch", "", "Paid Search", "paid-search"),
        ("yahoo", "retargeting", "", "Paid Search", "paid-search"),
        ("facebook", "paid_social", "", "Paid Social", "paid-social"),
        ("instagram", "cpc", "", "Paid Social", "paid-social"),
        ("tiktok", "cpv", "", "Paid Social", "paid-social"),
        ("tiktok", "cpa", "", "Paid Social", "paid-social"),
        ("linkedin", "paid-social", "", "Paid Social", "paid-social"),
        ("youtube", "cpv", "", "Paid Video", "paid-video"),
        ("youtube", "cpc", "", "Paid Video", "paid-video"),
        ("vimeo", "paid", "", "Paid Video", "paid-video"),
        # Display: by medium, after the paid lists
        ("somesite", "display", "", "Display", "display-medium"),
        ("somesite", "banner", "", "Display", "display-medium"),
        ("somesite", "expandable", "", "Display", "display-medium"),
        ("somesite", "interstitial", "", "Display", "display-medium"),
        ("somesite", "CPM", "", "Display", "display-medium"),
        ("google", "display", "", "Display", "display-medium"),
        # Paid Other is not among the channels
        ("somesite", "cpc", "", "Unassigned", "paid-other"),
        ("chatgpt", "cpc", "", "Unassigned", "paid-other"),
        # Organic Shopping
        ("etsy", "referral", "", "Organic Shopping", "organic-shopping"),
        ("somesite", "link", "shop-opening", "Organic Shopping", "organic-shopping"),
        ("google shopping", "organic", "", "Organic Shopping", "organic-shopping"),
        # Organic Social: list OR medium
        ("facebook", "referral", "", "Organic Social", "social-source"),
        ("facebook", "", "", "Organic Social", "social-source"),
        ("whatsapp", "share", "", "Organic Social", "social-source"),
        ("someforum", "social", "", "Organic Social", "social-medium"),
        ("someforum", "Social-Network", "", "Organic Social", "social-medium"),
        ("someforum", "social-media", "", "Organic Social", "social-medium"),
        ("someforum", "sm", "", "Organic Social", "social-medium"),
        ("someforum", "social network", "", "Organic Social", "social-medium"),
        ("someforum", "social media", "", "Organic Social", "social-medium"),
        # Organic Video: list OR ^(.*video.*)$
        ("youtube", "referral", "", "Organic Video", "video-source"),
        ("somesite", "shortvideos", "", "Organic Video", "video-medium"),
        # Organic Search: list OR medium exactly organic
        ("google", "organic", "", "Organic Search", "search-source"),
        ("google", "", "", "Organic Search", "search-source"),
        ("someengine", "organic", "", "Organic Search", "organic-medium"),
        ("someengine", "organics", "", "Unassigned", "unknown"),
        # AI Assistant
        ("chatgpt.com", "", "", "AI Assistant", "ai-assistant"),
        ("perplexity.ai", "referral", "", "AI Assistant", "ai-assistant"),
        ("somebot", "ai-assistant", "", "AI Assistant", "ai-assistant"),
        # Email, by source or medium
        ("anything", "email", "", "Email", "email-name"),
        ("anything", "E-Mail", "", "Email", "email-name"),
        ("anything", "e_mail", "", "Email", "email-name"),
        ("anything", "e mail", "", "Email", "email-name"),
        ("email", "launch", "", "Email", "email-name"),
        ("anything", "emails", "", "Unassigned", "unknown"),
        # Affiliates, Referral, Audio, SMS
        ("someblog", "affiliate", "", "Affiliates", "affiliate-medium"),
        ("someblog", "affiliates", "", "Unassigned", "unknown"),
        ("someblog", "referral", "", "Referral", "referral-medium"),
        ("someblog", "app", "", "Referral", "referral-medium"),
        ("someblog", "link", "", "Referral", "referral-medium"),
        ("somecast", "audio", "", "Audio", "audio-medium"),
        ("sms", "text", "", "SMS", "sms-name"),
        ("anything", "SMS", "", "SMS", "sms-name"),
        # Mobile Push: ends with push, contains mobile or notification, source firebase
        ("anything", "web-push", "", "Mobile Push", "push-medium"),
        ("anything", "mobile_app", "", "Mobile Push", "push-medium"),
        ("anything", "notifications", "", "Mobile Push", "push-medium"),
        ("firebase", "fcm", "", "Mobile Push", "push-medium"),
        ("anything", "pushed", "", "Unassigned", "unknown"),
        # Nothing is guessed
        ("somepartner", "flyer", "", "Unassigned", "unknown"),
    ],
)
def test_follows_google(source: str, medium: str, campaign: str, channel: str, rule: str) -> None:
    """A link tagged for Google Analytics lands in the channel that Google would give it."""
    assert concluded(source, medium, campaign) == (channel, rule)


@pytest.mark.parametrize(
    ("source", "medium", "channel", "rule"),
    [
        ("Facebook Ads", "", "Paid Social", "paid-social"),
        ("facebook_ads", "feed", "Paid Social", "paid-social"),
        ("adwords", "", "Paid Search", "paid-search"),
        ("adwords", "banner", "Display", "display-medium"),
        ("taboola", "cpc", "Display", "display-network"),
        ("spotify", "paid_audio", "Audio", "audio-network"),
        ("awin", "cpa", "Affiliates", "paid-affiliate"),
        ("awin", "textlink", "Affiliates", "affiliate-source"),
        ("klaviyo", "flow", "Email", "mail-source"),
        ("klaviyo", "sms", "SMS", "sms-name"),
        ("newsletter", "", "Email", "mail-source"),
        ("attentive", "text", "SMS", "sms-source"),
        ("onesignal", "automated", "Mobile Push", "push-source"),
    ],
)
def test_numbered_deviations(source: str, medium: str, channel: str, rule: str) -> None:
    """Where a listed source tells more than Google's rules ask for, the visit is not left unassigned."""
    assert concluded(source, medium) == (channel, rule)


def test_every_rule_has_a_channel_of_the_list() -> None:
    """A channel that a rule gives is one that charts and filters know."""
    assert {rule.channel for rule in RULES} | {"Direct"} == set(CHANNELS)


def test_rule_names_are_unique() -> None:
    """An explanation that names a rule names one rule."""
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
