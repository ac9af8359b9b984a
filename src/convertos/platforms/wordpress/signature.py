"""How a WordPress event is signed.

Lowercase hex HMAC of the raw body with the connection's secret (the hex text as it was handed out), SHA-256,
or SHA-512 where the connection allows it. With a timestamp header, which guards against replays, what is
signed is `timestamp + "." + body`.

Source: api.md, "Webhooks in".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from convertos.platforms.contract import DoorRules, Refusal, RefusedError
from convertos.platforms.signing import mac, matches_any, usable

SIGNATURE = "x-convertos-signature"
ALGORITHM = "x-convertos-signature-algorithm"
TIMESTAMP = "x-convertos-timestamp"
TOLERANCE_SECONDS = 300

_ALGORITHMS = {"sha256": "sha256", "hmac-sha256": "sha256", "sha512": "sha512", "hmac-sha512": "sha512"}
_LONGEST_TIMESTAMP = 15


def verify(
    headers: Mapping[str, str], body: bytes, received_at: datetime, secrets: Sequence[bytes], rules: DoorRules
) -> None:
    """Check a request's signature.

    The signature is judged before the timestamp, so that only who holds the secret learns of a wrong clock.

    Raises:
        RefusedError: it does not fit any secret, is too old, or uses an algorithm that is not allowed.
    """
    given = headers.get(SIGNATURE, "").encode("ascii", "replace")
    timestamp = headers.get(TIMESTAMP)
    algorithm = _ALGORITHMS.get(headers.get(ALGORITHM, "sha256").lower(), "")
    signed = body if timestamp is None else f"{timestamp[:_LONGEST_TIMESTAMP]}.".encode() + body
    expected = [mac(secret, signed, algorithm or "sha256").hex().encode() for secret in usable(secrets)]
    if not (matches_any(given, expected) and secrets and algorithm):
        raise RefusedError(Refusal.SIGNATURE_INVALID, "The signature does not match.")
    if algorithm == "sha512" and not rules.allows_sha512:
        raise RefusedError(
            Refusal.ALGORITHM_NOT_ALLOWED, "This connection does not allow SHA-512 signatures."
        )
    _check_timestamp(timestamp, received_at, rules)


def _check_timestamp(timestamp: str | None, received_at: datetime, rules: DoorRules) -> None:
    if timestamp is None:
        if rules.requires_timestamp:
            raise RefusedError(
                Refusal.TIMESTAMP_MISSING, "This connection demands the header X-ConvertOS-Timestamp."
            )
        return
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_TIMESTAMP
    if not is_number or abs(received_at.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise RefusedError(
            Refusal.TIMESTAMP_OUTSIDE_TOLERANCE,
            "X-ConvertOS-Timestamp is more than five minutes off; check the clock of the sending server.",
        )


def sign(body: bytes, secret: bytes, at: datetime) -> dict[str, str]:
    """The headers that our plugin puts on a body."""
    timestamp = str(int(at.timestamp()))
    return {
        "X-ConvertOS-Signature": mac(secret, timestamp.encode() + b"." + body).hex(),
        "X-ConvertOS-Timestamp": timestamp,
    }
