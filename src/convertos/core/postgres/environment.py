"""What PostgreSQL's programs get of our environment."""

import os

_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")


def clean_environment() -> dict[str, str]:
    """No secrets of ours, no PGDATA or PGOPTIONS of the user's shell, no local language."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed, "LC_ALL": "C", "TZ": "UTC"}
