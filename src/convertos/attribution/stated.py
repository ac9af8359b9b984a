"""What a parameter states, once the accidents of its transport are taken off.

Parameters come from addresses that anybody can write: doubly encoded, in any case, with the
placeholders of an advertising tool left unfilled, or ten kilobytes long. What remains is printable,
bounded, and empty where nothing was stated.
"""

import re
from functools import lru_cache
from urllib.parse import unquote

LONGEST_NAME = 100
LONGEST_CAMPAIGN = 255
# A character may be written as three (`%C3`), and encoded twice.
_READ_NAME = 3 * LONGEST_NAME
_READ_CAMPAIGN = 3 * LONGEST_CAMPAIGN

_NOTHING = frozenset({
    "(direct)", "direct", "(none)", "none", "(not set)", "(not provided)", "(other)", "(unknown)",
    "null", "(null)", "undefined", "nil", "nan", "n/a", "na", "false", "-", "_", "?",
})  # fmt: skip
_NO_CAMPAIGN = _NOTHING | {"(organic)", "(referral)", "(ai-assistant)"}
# Unfilled: {{campaign.name}} Meta, Klaviyo, LinkedIn · {campaignid} Google, Microsoft · __CID__ TikTok
# · %%name%% Salesforce · *|NAME|* Mailchimp · $section_name$ Outbrain.
_MACRO = re.compile(
    r"\{\{[^{}]*(?:\}\}|\Z)|\$?\{[^{}]*(?:\}|\Z)|__[A-Z][A-Z0-9_]*__|%%[^%]*%%|\*\|[^|]*\|\*|\$[a-z_]+\$"
)
_SEPARATORS = " -_|/:,;.+"


@lru_cache(maxsize=8192)
def _name(raw: str) -> str:
    name = _tidied(raw).lower()
    return "" if name in _NOTHING else name[:LONGEST_NAME].rstrip()


@lru_cache(maxsize=4096)
def _campaign(raw: str) -> str:
    campaign = _tidied(raw)
    return "" if campaign.lower() in _NO_CAMPAIGN else campaign[:LONGEST_CAMPAIGN].rstrip()


def stated_name(raw: str) -> str:
    """A source or medium as stated, in lower case; empty where it says nothing."""
    # Cut before the cache sees it: a cache of long keys would be a memory leak with a door.
    return _name(raw[:_READ_NAME])


def stated_campaign(raw: str) -> str:
    """A campaign's name as stated; empty where it says nothing."""
    return _campaign(raw[:_READ_CAMPAIGN])


def is_filled(click_id: str) -> bool:
    """Whether a click id is one, not the empty place for one."""
    return bool(click_id) and not click_id.isspace() and "{" not in click_id


def _tidied(raw: str) -> str:
    text = raw
    for _ in range(2):
        decoded = unquote(text, errors="replace") if "%" in text else text
        if "\ufffd" in decoded:
            break
        text = decoded
    without_macros = _MACRO.sub("", text)
    if without_macros != text:
        text = without_macros.strip(_SEPARATORS)
    text = " ".join(text.split())
    if not text.isprintable():
        text = "".join(filter(str.isprintable, text)).strip()
    return text.strip("\"'")
