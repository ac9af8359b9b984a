"""Which versions of the WordPress plugin this server works with. Pure."""

import re
from enum import StrEnum

MINIMUM_PLUGIN_VERSION = "1.0.0"
"""The first one: every older copy is a trial."""

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?:[-+.].*)?")


def version_number(version: str) -> tuple[int, int, int]:
    """A version to compare by; what is none is older than every other."""
    match = _VERSION.fullmatch(version)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else (0, 0, 0)


def is_supported(version: str) -> bool:
    """Whether a plugin of this version is understood."""
    return version_number(version) >= version_number(MINIMUM_PLUGIN_VERSION)


class PluginAge(StrEnum):
    """How a copy of the plugin stands to this server."""

    UNKNOWN = "unknown"
    UNSUPPORTED = "unsupported"
    OUTDATED = "outdated"
    CURRENT = "current"


def age_of(version: str | None, newest: str) -> PluginAge:
    """How old a copy is."""
    if version is None:
        return PluginAge.UNKNOWN
    if not is_supported(version):
        return PluginAge.UNSUPPORTED
    is_older = version_number(version) < version_number(newest)
    return PluginAge.OUTDATED if is_older else PluginAge.CURRENT
