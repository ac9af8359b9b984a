"""The merchant's approval: where the browser is sent, and whether what comes back is Shopify's word. Pure.

The state is ours to remember: it is bound to whoever began, and good for ten minutes.

Source: integrations.md A3; the vectors in tests/fixtures/shopify, checked 2026-11 against
@shopify/shopify-api 15.0.0.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from convertos.platforms.remote import RemoteRefusedError
from convertos.platforms.shopify.verdict import SCOPES
from convertos.platforms.signing import mac, matches_any

_SHOP = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-]{0,60}\.myshopify\.com")
_BARE_SHOP = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-]{0,60}")
_ADMIN = re.compile(r"admin\.shopify\.com/store/([a-zA-Z0-9][a-zA-Z0-9-]{0,60})")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_TOLERANCE_SECONDS = 90
_UNSIGNED = frozenset({"hmac", "signature"})


def shop_of(text: str) -> str:
    """The shop's `….myshopify.com` in what a person typed: its name, its host, or its admin's address.

    Raises:
        RemoteRefusedError: it is none. Nothing is ever sent to a host that did not pass here.
    """
    typed = _SCHEME.sub("", text.strip())
    if (admin := _ADMIN.match(typed)) is not None:
        return f"{admin[1].lower()}.myshopify.com"
    host = typed.split("/", 1)[0]
    if _SHOP.fullmatch(host):
        return host.lower()
    if _BARE_SHOP.fullmatch(host):
        return f"{host.lower()}.myshopify.com"
    raise RemoteRefusedError(
        "This is not the address of a Shopify store.",
        code="shop_invalid",
        advice="Use the one that ends in .myshopify.com (Shopify admin > Settings > Domains).",
    )


def approval_address(
    address: str, *, client_id: str, redirect_uri: str, state: str, scopes: Sequence[str] = SCOPES
) -> str:
    """Where the merchant approves the app; an offline token follows."""
    asked = {
        "client_id": client_id,
        "scope": ",".join(scopes),
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{address}/admin/oauth/authorize?{urlencode(asked, quote_via=quote, safe=',')}"


def check_return(query: Mapping[str, str], client_secret: bytes, now: datetime) -> None:
    """Let only a return pass that Shopify signed a moment ago.

    Whether its state is the one that was given out, and its shop the one that was meant, is for whoever
    remembers them.

    Raises:
        RemoteRefusedError: the signature does not fit, or it is old.
    """
    signed = {name: value for name, value in query.items() if name not in _UNSIGNED}
    message = urlencode(sorted(signed.items()), quote_via=quote, safe="*-._").encode()
    given = query.get("hmac", "").encode("ascii", "replace")
    if not matches_any(given, [mac(client_secret, message).hex().encode()]):
        raise RemoteRefusedError(
            "What came back was not signed with this app's client secret.",
            code="hmac_invalid",
            advice="Check the client secret in the app's settings, then begin again.",
        )
    timestamp = query.get("timestamp", "")
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 15
    if not is_number or abs(now.timestamp() - int(timestamp)) > _TOLERANCE_SECONDS:
        raise RemoteRefusedError(
            "The approval is older than a minute and a half.",
            code="approval_expired",
            advice="Begin again; if it happens every time, this server's clock is wrong.",
        )
