"""How a call to WooCommerce's REST API says whose it is. Pure.

Over https: Basic; where the server drops the header, in the query. Over http WooCommerce takes one-legged
OAuth 1.0a alone: the secret stays here, but everything else can be read on the way.

Source: integrations.md B2 and the recordings `rest/auth.*`, checked 2026-11.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote

KEY, SECRET = "consumer_key", "consumer_secret"
SECRET_QUERY = frozenset(
    {KEY, SECRET}
    | {f"oauth_{name}" for name in ("consumer_key", "signature", "nonce", "timestamp", "signature_method")}
)
"""What is written down nowhere."""

_UNRESERVED = "-._~"


class Method(StrEnum):
    """A way to authenticate."""

    BASIC = "basic"
    QUERY = "query"
    OAUTH1 = "oauth1"


class Signed(NamedTuple):
    """What is added to a call."""

    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]


def sign(
    how: Method,
    credentials: Mapping[str, str],
    *,
    http_method: str,
    url: str,
    query: Sequence[tuple[str, str]],
    unix_seconds: int,
    nonce: str,
) -> Signed:
    """The query and headers of a call that is signed in one of the ways."""
    key, secret = credentials[KEY], credentials[SECRET]
    if how is Method.BASIC:
        token = base64.b64encode(f"{key}:{secret}".encode()).decode()
        return Signed(query, {"authorization": f"Basic {token}"})
    if how is Method.QUERY:
        return Signed([*query, (KEY, key), (SECRET, secret)], {})
    parameters = [
        *query,
        ("oauth_consumer_key", key),
        ("oauth_timestamp", str(unix_seconds)),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", "HMAC-SHA256"),
    ]
    signature = oauth1_signature(http_method, url, parameters, secret)
    return Signed([*parameters, ("oauth_signature", signature)], {})


def oauth1_signature(
    http_method: str, url: str, parameters: Sequence[tuple[str, str]], consumer_secret: str
) -> str:
    """The signature of RFC 5849 §3.4 with HMAC-SHA256 and without a token; the body is not signed."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parameters)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    text = "&".join((http_method.upper(), _encoded(url), _encoded(joined)))
    mac = hmac.digest(f"{consumer_secret}&".encode(), text.encode(), hashlib.sha256)
    return base64.b64encode(mac).decode()


def _encoded(text: str) -> str:
    return quote(text, safe=_UNRESERVED)
