"""Whether a store's keys work and suffice, and if not, what is wrong and what to do, in words.

Source: integrations.md B1 and B2; what a real store answers: tests/fixtures/woocommerce/rest/auth.*, err.*.
"""

from collections.abc import Mapping
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from convertos.platforms.contract import UnreadableError
from convertos.platforms.remote import (
    Call,
    Caution,
    RemoteError,
    RemoteUnavailableError,
    Reply,
    Verdict,
)
from convertos.platforms.values import decode_json, decode_object, listing, mapping, text
from convertos.platforms.woocommerce.authentication import Method
from convertos.platforms.woocommerce.rest import Rest, error_of, is_html, message_of

_PLAIN_HTTP = Caution(
    "plain_http",
    "The store is called without encryption: whoever is on the way can read its customers' data.",
    "Give the store a certificate (your host has free ones), then connect it again with https://.",
)
_HEADER_DROPPED = Caution(
    "header_dropped",
    "The store's server drops the Authorization header, so the keys travel in the address instead and may "
    "stand in its logs.",
    "Ask your host to pass the Authorization header on to PHP.",
)
_UNKNOWN_TLS = Caution(
    "proxy_unknown",
    "The store does not know that it is reached by https, so its keys are sent in another, older way.",
    "Tell WordPress about the proxy: set HTTPS to on where X-Forwarded-Proto is https.",
)
_MAKE_KEYS = (
    "In WooCommerce › Settings › Advanced › REST API, add a key with the permission Read/Write for a user who "
    "manages the shop, and enter both parts here."
)
_UNREACHABLE_ADVICE = {
    "dns": "Check the address for typing errors.",
    "connect": "Check the address, and whether the store is up. A firewall may keep this server out.",
    "tls": "The store's certificate is expired, incomplete or for another name. Open the store in a browser, "
    "and have your host renew the certificate.",
    "timeout": "The store may be overloaded, or a firewall may drop our calls. Ask your host to let this "
    "server's address through.",
    "private_address": "The store is on a private network. Whoever runs this server can allow that with "
    "CONVERTOS_ALLOW_PRIVATE_HOSTS=true.",
    "address": "Enter the address of the shop as the browser shows it, beginning with https://.",
}


class _Answer(NamedTuple):
    how: Method
    reply: Reply


async def test(rest: Rest) -> Verdict:
    """Try the keys in the ways that the store may take; never raises."""
    try:
        return await _test(rest)
    except RemoteUnavailableError as error:
        advice = _UNREACHABLE_ADVICE.get(error.code, error.advice)
        return _bad(error.code, error.message, advice)
    except RemoteError as error:
        return _bad(error.code, error.message, error.advice)


async def _test(rest: Rest) -> Verdict:
    answer = await _first_that_works(rest)
    if answer.reply.status != 200 or is_html(answer.reply):
        return await _explain(rest, answer.reply)
    try:
        orders = listing(decode_json(answer.reply.body))
    except UnreadableError:
        return await _explain(rest, answer.reply)
    rest.how = answer.how
    if (refused := await _refused_to_write(rest)) is not None:
        return refused
    return Verdict(
        is_good=True,
        code="ok",
        message="The keys work: the store can be read, and webhooks can be set up.",
        cautions=_cautions(rest),
        details=await _details(rest, mapping(orders[0]) if orders else {}),
        remember={"how": answer.how.value},
    )


async def _first_that_works(rest: Rest) -> _Answer:
    """The answer of the first way that is let in; else the most telling one."""
    is_https = urlsplit(rest.address).scheme == "https"
    ways = (Method.BASIC, Method.QUERY, Method.OAUTH1) if is_https else (Method.OAUTH1,)
    answer = None
    for how in ways:
        rest.how = how
        reply = await rest.send("GET", "/orders", "connection test", query=(("per_page", "1"),))
        answer = _Answer(how, reply)
        is_about_keys = reply.status in {401, 403} and bool(error_of(reply))
        if not is_about_keys or _says_which(reply):
            break
    assert answer is not None  # noqa: S101 - there is at least one way
    return answer


def _says_which(reply: Reply) -> bool:
    """Whether the store looked at the keys at all; else it does not even see them."""
    return error_of(reply).get("code") == "woocommerce_rest_authentication_error"


async def _refused_to_write(rest: Rest) -> Verdict | None:
    # A webhook without a topic can't be made, so the answer tells only whether we might.
    reply = await rest.send("POST", "/webhooks", "may we write?", content={"topic": "", "delivery_url": ""})
    if reply.status in {401, 403} and error_of(reply):
        return _bad(
            "read_only",
            "The keys may only read, so webhooks can't be set up and changes would arrive late.",
            _MAKE_KEYS,
        )
    return None


async def _explain(rest: Rest, reply: Reply) -> Verdict:
    """What an answer that is no list of orders means."""
    if 300 <= reply.status < 400:
        return _redirected(rest, reply)
    if reply.status in {401, 403} and error_of(reply):
        return _refused(reply)
    if reply.status in {401, 403, 406, 429, 503} or "cf-mitigated" in reply.headers:
        return _bad(
            "firewall",
            f"Something in front of the store turned us away (status {reply.status}).",
            "A firewall, a maintenance mode or a password protects the site. Let calls to /wp-json/wc/v3/ from "
            "this server through.",
        )
    if reply.status >= 500:
        return _bad(
            "store_broken",
            f"The store failed with status {reply.status}.",
            "Look into WooCommerce › Status › Logs, or ask your host.",
        )
    return await _explain_missing_api(rest, reply)


def _refused(reply: Reply) -> Verdict:
    code, message = error_of(reply)["code"], message_of(reply)
    if code == "woocommerce_rest_authentication_error":
        return _about_keys(message)
    if code == "woocommerce_rest_cannot_view":
        return _bad("wrong_key", "The store does not know this consumer key.", _MAKE_KEYS)
    return _bad(
        "rest_disabled",
        f"The store's REST API is closed to us. It says: {message}",
        "A security plugin or setting switches the REST API off. Allow /wp-json/wc/v3/ in it.",
    )


def _about_keys(message: str) -> Verdict:
    lowered = message.lower()
    if "permission" in lowered:
        return _bad("write_only", "The keys may write but not read.", _MAKE_KEYS)
    if "timestamp" in lowered:
        return _bad(
            "clock",
            "The store's clock is more than 15 minutes off, so it takes our signature for an old one.",
            "Have the clock of the store's server set by network time.",
        )
    if "signature" in lowered or "secret" in lowered:
        return _bad(
            "wrong_secret",
            f"The store knows the consumer key, but the secret does not fit. It says: {message}",
            f"Copy the consumer secret again, whole. {_MAKE_KEYS} If that does not help, enter the address "
            "exactly as in Settings › General › Site Address.",
        )
    return _bad("wrong_key", f"The store does not know this consumer key. It says: {message}", _MAKE_KEYS)


def _redirected(rest: Rest, reply: Reply) -> Verdict:
    location = reply.headers.get("location", "")
    parts = urlsplit(location)
    base = urlsplit(rest.address)
    target = f"{parts.scheme or base.scheme}://{parts.netloc or base.netloc}{base.path}"
    if "wp-login" in parts.path:
        return _bad(
            "login_wall",
            "The store sends us to its login page.",
            "A plugin makes the site private. Allow /wp-json/wc/v3/ in it.",
        )
    verdict = _bad(
        "redirect",
        f"The store sends us on to {target}.",
        f"Connect it with the address {target}.",
    )
    return Verdict(**{**_fields(verdict), "details": {"address": target}})


def _fields(verdict: Verdict) -> dict[str, Any]:
    return {field: getattr(verdict, field) for field in verdict.__struct_fields__}


async def _explain_missing_api(rest: Rest, reply: Reply) -> Verdict:
    index = await _index(rest, f"{rest.address}/wp-json/", ())
    if index is None:
        if await _index(rest, f"{rest.address}/", (("rest_route", "/"),)) is not None:
            return _bad(
                "plain_permalinks",
                "The store uses plain permalinks, and its REST API can't be reached with them.",
                "In WordPress › Settings › Permalinks choose any structure but Plain, and save.",
            )
        if is_html(reply) and reply.status == 200:
            return _bad(
                "not_json",
                "A web page came where the store's data should be.",
                "A maintenance page, a login wall or a cache stands in front of the store: exclude /wp-json/.",
            )
        return _bad(
            "not_a_store",
            "There is no WordPress at this address, or its REST API is switched off.",
            "Enter the address of the shop itself, with the folder it is in. If it is right, a security plugin "
            "may hide the REST API.",
        )
    if "wc/v3" not in listing(index.get("namespaces")):
        return _bad(
            "no_woocommerce",
            f"{unescape(text(index.get('name'), 100) or 'This site')} is a WordPress site without WooCommerce.",
            "Install and activate WooCommerce (3.5 or later), or enter the address of the shop.",
        )
    said = f" It says: {message}" if (message := message_of(reply)) else ""
    return _bad(f"status_{reply.status}", f"The store answered with status {reply.status}.{said}", "")


async def _index(rest: Rest, url: str, query: tuple[tuple[str, str], ...]) -> Mapping[str, Any] | None:
    """What WordPress says of itself; `None` for what is no WordPress."""
    reply = await rest.http.send(Call(method="GET", url=url, purpose="what is there?", query=query))
    if reply.status != 200:
        return None
    try:
        found = decode_object(reply.body)
    except UnreadableError:
        return None
    return found if "namespaces" in found else None


def _cautions(rest: Rest) -> tuple[Caution, ...]:
    if urlsplit(rest.address).scheme != "https":
        return (_PLAIN_HTTP,)
    return {Method.QUERY: (_HEADER_DROPPED,), Method.OAUTH1: (_UNKNOWN_TLS,)}.get(rest.how, ())


async def _details(rest: Rest, order: Mapping[str, Any]) -> dict[str, str]:
    """What is nice to show; a store that keeps it to itself is well all the same."""
    index: Mapping[str, Any] = {}
    currency = None
    try:
        index = await _index(rest, f"{rest.address}/wp-json/", ()) or {}
        currency = text((await rest.read("/data/currencies/current", "currency")).get("code"), 3)
    except RemoteError:
        pass
    found = {
        # WordPress hands its name out as it stands in a page.
        "name": unescape(text(index.get("name"), 200) or ""),
        "home": text(index.get("home"), 300),
        "timezone": text(index.get("timezone_string"), 64),
        "currency": currency or text(order.get("currency"), 3),
        "version": text(order.get("version"), 40),
    }
    return {name: value for name, value in found.items() if value}


def _bad(code: str, message: str, advice: str) -> Verdict:
    return Verdict(is_good=False, code=code, message=message, advice=advice)
