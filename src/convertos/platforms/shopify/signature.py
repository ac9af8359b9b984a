"""How Shopify signs a delivery: base64 of the HMAC-SHA256 of the raw body, with the app's client secret.

After the secret was changed in the app, deliveries may be signed with the old one for up to an hour; the
connection's secrets overlap for longer than that. No header is signed, so what a delivery means is taken
from its body wherever the body can tell.

Source: integrations.md A6; https://shopify.dev/docs/apps/build/webhooks/verify-deliveries, checked 2026-11.
"""

import base64
from collections.abc import Mapping, Sequence

from convertos.platforms.contract import Refusal, RefusedError
from convertos.platforms.signing import mac, matches_any, usable

SIGNATURE = "x-shopify-hmac-sha256"


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes]) -> None:
    """Check a delivery's signature.

    Raises:
        RefusedError: it does not fit any secret.
    """
    given = headers.get(SIGNATURE, "").encode("ascii", "replace")
    expected = [base64.b64encode(mac(secret, body)) for secret in usable(secrets)]
    if not (matches_any(given, expected) and secrets):
        raise RefusedError(Refusal.SIGNATURE_INVALID, "The signature does not match.")


def sign(body: bytes, secret: bytes) -> str:
    """The signature that Shopify would put on a body."""
    return base64.b64encode(mac(secret, body)).decode()
