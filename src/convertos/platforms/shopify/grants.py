"""How a connection comes by its access token, and to the next one.

Three ways in: the app's own credentials (app and shop in one organisation; a token lives a day and is simply
asked for again), a code that the merchant's approval brought (a token lives an hour and is refreshed, each
refresh token once), and a token of an older custom app, which was pasted and does not end.

An answer that got lost does no harm: until the replacement is first used, the old refresh token may be used
again (https://shopify.dev/changelog/more-resilient-refreshes-for-expiring-offline-access-tokens).

Source: integrations.md A2 and A3, checked 2026-11.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from convertos.platforms.remote import Call, Credentials, RemoteError, RemoteRefusedError, Reply
from convertos.platforms.shopify.answers import check_status, decoded

ACCESS_TOKEN = "access_token"  # noqa: S105 - a credential's name
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - a credential's name
CLIENT_ID, CLIENT_SECRET = "client_id", "client_secret"
MODE, EXPIRES_AT, SCOPE = "mode", "expires_at", "scope"
CODE_MODE, CLIENT_CREDENTIALS_MODE, TOKEN_MODE = "code", "client_credentials", "token"

_EARLY = timedelta(minutes=5)
_PATH = "/admin/oauth/access_token"
_RECONNECT = "Open the connection's page and connect the store again."


class _Granted(msgspec.Struct):
    access_token: str
    scope: str = ""
    expires_in: float | None = None
    refresh_token: str | None = None


class _Denied(msgspec.Struct):
    error: str = ""


def is_due(credentials: Credentials, now: datetime) -> bool:
    """Whether the access token is missing or ends within minutes."""
    if not credentials.get(ACCESS_TOKEN):
        return True
    expires_at = credentials.get(EXPIRES_AT)
    return expires_at is not None and datetime.fromisoformat(expires_at) - _EARLY <= now


def renewal(address: str, credentials: Credentials) -> Call:
    """The request for the next token.

    Raises:
        RemoteRefusedError: these credentials have no way to one.
    """
    if credentials.get(MODE) == CLIENT_CREDENTIALS_MODE:
        asked = {"grant_type": "client_credentials"}
    elif refresh_token := credentials.get(REFRESH_TOKEN):
        asked = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    else:
        raise RemoteRefusedError(
            "Shopify does not accept this connection's access token any more.",
            code="keys_refused",
            advice=f"The app was removed from the store, or its token was replaced. {_RECONNECT}",
        )
    return _call(address, credentials, asked, "a new access token", is_repeatable=True)


def exchange(address: str, credentials: Credentials, code: str) -> Call:
    """The request that turns the code of an approval into tokens; a code works once."""
    return _call(address, credentials, {"code": code, "expiring": "1"}, "the first access token")


def _call(
    address: str,
    credentials: Credentials,
    asked: dict[str, str],
    purpose: str,
    *,
    is_repeatable: bool = False,
) -> Call:
    app = {"client_id": credentials[CLIENT_ID], "client_secret": credentials[CLIENT_SECRET]}
    return Call(
        method="POST",
        url=f"{address}{_PATH}",
        purpose=purpose,
        headers={"content-type": "application/json", "accept": "application/json"},
        body=msgspec.json.encode(app | asked),
        is_repeatable=is_repeatable,
    )


def granted(credentials: Credentials, reply: Reply) -> dict[str, str]:
    """The credentials with the token that came back.

    Raises:
        RemoteRefusedError: Shopify grants none.
        RemoteUnavailableError: it answered something else.
    """
    if reply.status in {400, 401, 403}:
        raise _denied(reply)
    check_status(reply)
    answer = decoded(reply, _Granted)
    kept = {
        name: value for name, value in credentials.items() if name not in {EXPIRES_AT, ACCESS_TOKEN, SCOPE}
    }
    kept |= {ACCESS_TOKEN: answer.access_token, SCOPE: answer.scope}
    if answer.refresh_token:
        kept[REFRESH_TOKEN] = answer.refresh_token
    if answer.expires_in is not None:
        kept[EXPIRES_AT] = (reply.asked_at + timedelta(seconds=answer.expires_in)).isoformat()
    return kept


_DENIALS = {
    "invalid_grant": RemoteRefusedError(
        "Shopify has ended this connection's approval.",
        code="reconnect_needed",
        advice=f"This happens when the store was not asked for 90 days. {_RECONNECT}",
    ),
    "invalid_client": RemoteRefusedError(
        "Shopify does not know this client id, or the client secret is another one.",
        code="client_refused",
        advice="Copy both from the app's settings in the Dev Dashboard (Settings > Credentials).",
    ),
    "application_cannot_be_found": RemoteRefusedError(
        "Shopify does not know an app with this client id.",
        code="client_refused",
        advice="Copy the client id from the app's settings in the Dev Dashboard (Settings > Credentials).",
    ),
    "app_not_installed": RemoteRefusedError(
        "The app is not installed in this store.",
        code="app_not_installed",
        advice="Install the app in the store (Dev Dashboard > Home > Install app), then connect again.",
    ),
    "shop_not_permitted": RemoteRefusedError(
        "The app and the store do not belong to the same organisation.",
        code="shop_not_permitted",
        advice="Choose the way with the merchant's approval instead.",
    ),
}


def _denied(reply: Reply) -> RemoteError:
    try:
        word = msgspec.json.decode(reply.body, type=_Denied).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        word = ""
    known = _DENIALS.get(word)
    if known is not None:
        return RemoteRefusedError(known.message, code=known.code, advice=known.advice)
    said: Any = f" ({word[:60]})" if word.isidentifier() else ""
    return RemoteRefusedError(
        f"Shopify refuses to give out an access token{said}.", code="grant_refused", advice=_RECONNECT
    )
