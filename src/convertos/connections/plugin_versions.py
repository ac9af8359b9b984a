"""Which versions of the WordPress plugin this server works with. Pure."""

import re

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
