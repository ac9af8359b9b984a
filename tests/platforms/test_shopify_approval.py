"""The merchant's approval comes back from Shopify, or not at all."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.shopify import FIXTURES

from convertos.platforms.remote import RemoteRefusedError
from convertos.platforms.shopify.approval import approval_address, check_return, shop_of

VECTORS = json.loads((FIXTURES / "signature_vectors.json").read_bytes())
PLAIN, SPECIAL = VECTORS["shopify_oauth_callback"], VECTORS["shopify_oauth_callback_special_chars"]
SIGNED_AT = datetime.fromtimestamp(1794998107, UTC)
SECRET = PLAIN["secret"].encode()
RETURNED = {**PLAIN["params_without_hmac"], "hmac": PLAIN["hmac"]}


@pytest.mark.parametrize(
    "query",
    [RETURNED, {**SPECIAL["params_without_hmac_decoded"], "hmac": SPECIAL["hmac"]}],
    ids=["plain", "special characters"],
)
def test_what_shopify_signed_passes(query: dict[str, str]) -> None:
    """The vectors of Shopify's own library, with characters that are encoded in their own way."""
    check_return(query, SECRET, SIGNED_AT)


@pytest.mark.parametrize("name", sorted(RETURNED))
def test_whatever_is_changed_is_noticed(name: str) -> None:
    """Code, shop, state, host, time, signature."""
    with pytest.raises(RemoteRefusedError) as refused:
        check_return({**RETURNED, name: RETURNED[name][:-1] + "x"}, SECRET, SIGNED_AT)
    assert refused.value.code == "hmac_invalid"


def test_nothing_may_be_added_or_left_out() -> None:
    """Every parameter but the signature itself is signed."""
    with pytest.raises(RemoteRefusedError):
        check_return({**RETURNED, "extra": "1"}, SECRET, SIGNED_AT)
    with pytest.raises(RemoteRefusedError):
        check_return({name: value for name, value in RETURNED.items() if name != "host"}, SECRET, SIGNED_AT)
    check_return({**RETURNED, "signature": "of older times"}, SECRET, SIGNED_AT)


@pytest.mark.parametrize(("seconds", "is_good"), [(-91, False), (-90, True), (90, True), (91, False)])
def test_an_old_return_is_refused(seconds: int, *, is_good: bool) -> None:
    """An address bar remembers; ninety seconds later its contents are worth nothing."""
    now = SIGNED_AT + timedelta(seconds=seconds)
    if is_good:
        check_return(RETURNED, SECRET, now)
        return
    with pytest.raises(RemoteRefusedError) as refused:
        check_return(RETURNED, SECRET, now)
    assert refused.value.code == "approval_expired"


@pytest.mark.parametrize(
    ("typed", "shop"),
    [
        ("example-store.myshopify.com", "example-store.myshopify.com"),
        (" https://Example-Store.myshopify.com/admin ", "example-store.myshopify.com"),
        ("https://admin.shopify.com/store/example-store/products", "example-store.myshopify.com"),
        ("example-store", "example-store.myshopify.com"),
    ],
)
def test_a_shop_is_known_however_it_is_typed(typed: str, shop: str) -> None:
    """People copy what they see."""
    assert shop_of(typed) == shop


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "www.example-store.test",
        "example.myshopify.com.evil.example",
        "evil.example/example.myshopify.com",
        "user@example.myshopify.com",
        "-x.myshopify.com",
        "a.b.myshopify.com",
        "x\n.myshopify.com",
        "127.0.0.1",
        "localhost:8000",
        "éxample.myshopify.com",
    ],
)
def test_no_other_host_is_ever_called(typed: str) -> None:
    """What does not end in .myshopify.com is no shop, and nothing is sent to it."""
    with pytest.raises(RemoteRefusedError) as refused:
        shop_of(typed)
    assert refused.value.code == "shop_invalid"


def test_the_merchant_is_sent_to_their_own_admin() -> None:
    """With what we ask for, where to come back, and a state that only we know."""
    address = urlsplit(
        approval_address(
            "https://example-store.myshopify.com",
            client_id="abc",
            redirect_uri="https://hub.example/api/integrations/shopify/callback",
            state="n0nce",
        )
    )
    assert (address.netloc, address.path) == ("example-store.myshopify.com", "/admin/oauth/authorize")
    assert parse_qs(address.query) == {
        "client_id": ["abc"],
        "scope": ["read_customers,read_orders,read_products,read_fulfillments"],
        "redirect_uri": ["https://hub.example/api/integrations/shopify/callback"],
        "state": ["n0nce"],
    }
