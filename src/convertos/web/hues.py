"""Colours that stand for something: a channel or source keeps its own on every page.

The order is that of Okabe and Ito's palette, which people with any kind of colour blindness can tell apart
(Okabe, Ito: "Color Universal Design", 2008). What earned nothing of its own is grey.
"""

from collections.abc import Iterable, Mapping, Sequence
from zlib import crc32

from convertos.attribution.channel_groups import CHANNELS
from convertos.attribution.explanation import display_name

GREY = "hue-grey"
FAINT = "hue-faint"

# Rank decides the colour; from the ninth on they begin again, because eight is what eyes can tell apart.
SOURCES: Sequence[str] = (
    "facebook",
    "google",
    "klaviyo",
    "tiktok",
    "bing",
    "instagram",
    "pinterest",
    "chatgpt",
    "mailchimp",
    "youtube",
    "linkedin",
    "x",
    "duckduckgo",
    "reddit",
    "snapchat",
    "whatsapp",
)
_NOBODY = frozenset({"(direct)", "(none)", "(not set)", "", "Direct", "Unassigned", "direct"})
_HUES = 8


def _by_rank(names: Sequence[str]) -> Mapping[str, str]:
    return {name.casefold(): f"hue-{rank % _HUES + 1}" for rank, name in enumerate(names)}


_KNOWN = {**_by_rank([name for name in CHANNELS if name not in _NOBODY]), **_by_rank(SOURCES)}


def label_of(name: str) -> str:
    """How people write it: `facebook` → `Facebook`, `(direct)` → `Direct`; what is not listed as it is."""
    return "Direct" if name == "(direct)" else display_name(name)


def hue_of(name: str) -> str:
    """The colour of a channel, source, medium or campaign; one that is not listed keeps one by its name."""
    return _listed(name) or _hue(crc32(name.casefold().encode()))


def hues_of(names: Iterable[str]) -> dict[str, str]:
    """The colours of names that are drawn together: one that is not listed makes way for the others."""
    unlike = dict.fromkeys(names)
    found = {name: hue for name in unlike if (hue := _listed(name))}
    for name in unlike:
        if name not in found:
            own = crc32(name.casefold().encode())
            free = (hue for step in range(_HUES) if (hue := _hue(own + step)) not in found.values())
            found[name] = next(free, _hue(own))
    return found


def _listed(name: str) -> str | None:
    return GREY if name in _NOBODY else _KNOWN.get(name.casefold())


def _hue(number: int) -> str:
    return f"hue-{number % _HUES + 1}"
