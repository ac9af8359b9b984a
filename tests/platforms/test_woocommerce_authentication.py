"""How calls to WooCommerce are signed."""

from convertos.platforms.woocommerce.authentication import oauth1_signature


def test_the_signature_of_a_call_over_http() -> None:
    """The signature is the one that oauthlib and PHP make of the same call."""
    parameters = {
        "oauth_consumer_key": "ck_example",
        "oauth_nonce": "0123456789abcdef0123456789abcdef",
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": "1794998107",
        "per_page": "100",
        "page": "1",
        "modified_after": "2026-11-01T00:00:00",
    }
    made = oauth1_signature(
        "GET", "http://shop.example/wp-json/wc/v3/orders", list(parameters.items()), "cs_example"
    )
    assert made == "9nrXn82REIdZBLSPH5Qp3u0PVD8U8hZuDlfyL+F5cLI="
