"""Comparing signatures in constant time."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

STAND_IN_SECRET = b"no connection was found; this keeps the time of a refusal the same"
"""Verified against where there is no connection, so that a stranger can't tell whether one exists."""


def mac(secret: bytes, message: bytes, algorithm: str = "sha256") -> bytes:
    """The HMAC of a message."""
    return hmac.digest(secret, message, getattr(hashlib, algorithm))


def matches_any(given: bytes, expected: Iterable[bytes]) -> bool:
    """Whether one of the expected values is the given one; takes the same time whichever it is."""
    is_match = False
    for value in expected:
        is_match |= hmac.compare_digest(given, value)
    return is_match


def usable(secrets: Sequence[bytes]) -> Sequence[bytes]:
    """The secrets, or the stand-in where there are none."""
    return secrets or (STAND_IN_SECRET,)
