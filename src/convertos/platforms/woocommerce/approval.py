"""The store's own approval page: the merchant agrees there, and the store sends us keys. Pure.

Source: integrations.md B1, checked 2026-11. The keys come from the store's server, unsigned, and do not name
the store; so `user_id` is a word that only we can make, good once.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

APP_NAME = "ConvertOS"


class SentKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What the store sends.

    Attributes:
        state: our own word for the approval.
    """

    state: str
    credentials: Mapping[str, str]
    permissions: str


def approval_page(address: str, *, state: str, return_url: str, callback_url: str) -> str:
    """Where the merchant agrees."""
    query = {
        "app_name": APP_NAME,
        "scope": "read_write",
        "user_id": state,
        "return_url": return_url,
        "callback_url": callback_url,
    }
    return f"{address}/wc-auth/v1/authorize?{urlencode(query)}"
