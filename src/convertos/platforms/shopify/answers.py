"""What Shopify's HTTP answers mean, before anybody looks into their data. Pure."""

from typing import TypeVar

import msgspec

from convertos.platforms.remote import RemoteError, RemoteRefusedError, RemoteUnavailableError, Reply

_LONGEST_WAIT = 3600.0
_HOURS = 6 * 3600.0
_Answer = TypeVar("_Answer")


def check_status(reply: Reply) -> None:
    """Let only an answer with status 200 pass.

    Raises:
        RemoteRefusedError: it will not be another one by itself.
        RemoteUnavailableError: it may be another one later.
    """
    if reply.status == 200:
        return
    raise _error(reply)


def _error(reply: Reply) -> RemoteError:
    status = reply.status
    if status == 402:
        return RemoteUnavailableError(
            "The store is frozen: Shopify waits for its owner to pay.",
            code="shop_frozen",
            advice="The owner can settle it in the Shopify admin; nothing has to be done here.",
            retry_after_seconds=_HOURS,
        )
    if status == 423:
        return RemoteUnavailableError(
            "Shopify has locked the store.",
            code="shop_locked",
            advice="The owner has to speak to Shopify's support.",
            retry_after_seconds=_HOURS,
        )
    if status == 403:
        return RemoteRefusedError(
            "Shopify forbids the app to see this store.",
            code="forbidden",
            advice="Check in the Dev Dashboard that the app is still installed and its scopes were approved.",
        )
    if status == 404:
        return RemoteRefusedError(
            "There is no Shopify store at this address.",
            code="no_such_shop",
            advice="Use the address that ends in .myshopify.com (Shopify admin > Settings > Domains).",
        )
    if status == 401:
        return RemoteRefusedError(
            "Shopify does not accept this connection's access token any more.",
            code="keys_refused",
            advice="Open the connection's page and connect the store again.",
        )
    return RemoteUnavailableError(
        f"Shopify answered with status {status}.", code=f"status_{status}", retry_after_seconds=_wait(reply)
    )


def _wait(reply: Reply) -> float:
    try:
        seconds = float(reply.headers.get("retry-after", ""))
    except ValueError:
        return 60.0
    return min(max(seconds, 1.0), _LONGEST_WAIT)


def decoded(reply: Reply, shape: type[_Answer]) -> _Answer:
    """The JSON of an answer.

    Raises:
        RemoteUnavailableError: it is something else, such as a page for people.
    """
    try:
        return msgspec.json.decode(reply.body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteUnavailableError(
            "Shopify answered with something that is not the data that was asked for.", code="not_json"
        ) from error
