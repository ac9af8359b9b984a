"""How WooCommerce signs a delivery: base64 of the HMAC-SHA256 of the raw body.

The key is the webhook's secret as WordPress hands it out: stored with HTML entities, decoded before signing.
No header is signed and there is no time, so a delivery's meaning is only taken from its body.

Source: reliability.md §0 (`wp_specialchars_decode(secret, ENT_QUOTES)`), checked 2026-11.
"""

import base64
import re
from collections.abc import Mapping, Sequence

from convertos.platforms.contract import Refusal, RefusedError
from convertos.platforms.signing import mac, matches_any, usable

SIGNATURE = "x-wc-webhook-signature"
_ENTITIES = {
    "&amp;": "&", "&#38;": "&", "&#038;": "&", "&#x26;": "&",
    "&lt;": "<", "&#60;": "<", "&#060;": "<", "&#x3c;": "<",
    "&gt;": ">", "&#62;": ">", "&#062;": ">", "&#x3e;": ">",
    "&quot;": '"', "&#34;": '"', "&#034;": '"', "&#x22;": '"',
    "&#39;": "'", "&#039;": "'", "&#x27;": "'", "&apos;": "'",
}  # fmt: skip
_ENTITY = re.compile(r"&(?:#x?[0-9a-f]{2,3}|[a-z]+);", re.IGNORECASE)


def signing_key(secret: bytes) -> bytes:
    """The secret after WordPress's decoding; a hexadecimal one stays as it is."""
    if b"&" not in secret:
        return secret
    text = secret.decode("utf-8", "surrogateescape")
    decoded = _ENTITY.sub(lambda match: _ENTITIES.get(match[0].lower(), match[0]), text)
    return decoded.encode("utf-8", "surrogateescape")


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes]) -> None:
    """Check a delivery's signature.

    Raises:
        RefusedError: it does not fit any secret.
    """
    given = headers.get(SIGNATURE, "").encode("ascii", "replace")
    expected = [base64.b64encode(mac(signing_key(secret), body)) for secret in usable(secrets)]
    if not (matches_any(given, expected) and secrets):
        raise RefusedError(Refusal.SIGNATURE_INVALID, "The signature does not match.")


def sign(body: bytes, secret: bytes) -> str:
    """The signature that the shop would put on a body."""
    return base64.b64encode(mac(signing_key(secret), body)).decode()
