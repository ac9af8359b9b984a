"""Who may do what in the store's API, in the words that a real one uses."""

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.simulators.woocommerce.answers import Answer, Asked, refusal
from tests.simulators.woocommerce.shop import ApiKey, Shop

_TOLERANCE_SECONDS = 15 * 60
_ERROR = "woocommerce_rest_authentication_error"


@dataclass
class Access:
    """Checks the keys of requests.

    Attributes:
        knows_tls: whether the store knows that it is reached by https (a proxy may not have told it).
        drops_header: whether its server drops the Authorization header.
    """

    shop: Shop
    knows_tls: bool = False
    drops_header: bool = False
    clock_ahead_seconds: int = 0
    nonces: set[str] = field(default_factory=set)

    def refused(self, asked: Asked, authorization: str, url: str) -> Answer | None:
        """Why a request is turned away; `None` where it may pass."""
        key, refused = self._caller(asked, authorization, url)
        if refused is not None:
            return refused
        if key is None:
            return refusal(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        needed = "read" if asked.method in {"GET", "HEAD"} else "write"
        if needed not in key.permissions.split("_"):
            return refusal(401, _ERROR, f"The API key provided does not have {needed} permissions.")
        return None

    def _caller(self, asked: Asked, authorization: str, url: str) -> tuple[ApiKey | None, Answer | None]:
        if self.knows_tls:
            return self._by_secret(asked, authorization)
        if "oauth_consumer_key" in asked.query:
            return self._by_oauth(asked, url)
        return None, None

    def _by_secret(self, asked: Asked, authorization: str) -> tuple[ApiKey | None, Answer | None]:
        name, secret = asked.query.get("consumer_key"), asked.query.get("consumer_secret")
        if name is None and authorization.startswith("Basic ") and not self.drops_header:
            name, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
        if name is None and "oauth_consumer_key" in asked.query:
            return self._by_oauth(asked, "")
        key = self._known(name)
        if key is None:
            return None, None
        if key.consumer_secret != secret:
            return None, refusal(401, _ERROR, "Consumer secret is invalid.")
        return key, None

    def _by_oauth(self, asked: Asked, url: str) -> tuple[ApiKey | None, Answer | None]:
        query = dict(asked.query)
        key = self._known(query.get("oauth_consumer_key"))
        if key is None:
            return None, refusal(401, _ERROR, "Consumer key is invalid.")
        given = query.pop("oauth_signature", "")
        pairs = sorted((quote(name, safe="-._~"), quote(value, safe="-._~")) for name, value in query.items())
        joined = "&".join(f"{name}={value}" for name, value in pairs)
        text = f"{asked.method}&{quote(url, safe='-._~')}&{quote(joined, safe='-._~')}"
        mac = hmac.digest(f"{key.consumer_secret}&".encode(), text.encode(), hashlib.sha256)
        if url and given != base64.b64encode(mac).decode():
            return None, refusal(401, _ERROR, "Invalid signature - provided signature does not match.")
        now = time.time() + self.clock_ahead_seconds
        if abs(now - int(query.get("oauth_timestamp", "0"))) > _TOLERANCE_SECONDS:
            return None, refusal(401, _ERROR, "Invalid timestamp.")
        nonce = query.get("oauth_nonce", "")
        if nonce in self.nonces:
            return None, refusal(401, _ERROR, "Invalid nonce - nonce has already been used.")
        self.nonces.add(nonce)
        return key, None

    def _known(self, name: str | None) -> ApiKey | None:
        return next((key for key in self.shop.keys if key.consumer_key == name), None)
