"""Shopify's signatures, against vectors that other implementations made."""

import base64
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.shopify import FIXTURES

from convertos.platforms import Refusal, RefusedError
from convertos.platforms.shopify import signature

VECTOR = json.loads((FIXTURES / "signature_vectors.json").read_bytes())["shopify_webhook"]


def test_the_vector_of_other_implementations_verifies() -> None:
    """What Node signed is what we expect."""
    body, secret = VECTOR["body_utf8"].encode(), VECTOR["secret"].encode()
    signature.verify({signature.SIGNATURE: VECTOR["value"]}, body, [secret])
    assert signature.sign(body, secret) == VECTOR["value"]


@given(body=st.binary(max_size=200), secret=st.binary(min_size=1, max_size=64))
def test_signatures_are_those_of_the_documentation(body: bytes, secret: bytes) -> None:
    """base64(HMAC-SHA256(client secret, raw body)), for any bytes."""
    expected = base64.b64encode(hmac.new(secret, body, "sha256").digest()).decode()
    assert signature.sign(body, secret) == expected


def test_the_old_secret_verifies_while_it_lives() -> None:
    """For an hour after the secret was changed, deliveries may bear the old one's signature."""
    body = b"{}"
    for secret in (b"new", b"old"):
        signature.verify({signature.SIGNATURE: signature.sign(body, secret)}, body, [b"new", b"old"])


@pytest.mark.parametrize("given", [None, "", "x", VECTOR["value"].lower(), VECTOR["value"] + "=", "ü"])
def test_anything_else_is_refused(given: str | None) -> None:
    """One byte off is no signature."""
    headers = {} if given is None else {signature.SIGNATURE: given}
    with pytest.raises(RefusedError) as refused:
        signature.verify(headers, VECTOR["body_utf8"].encode(), [VECTOR["secret"].encode()])
    assert refused.value.refusal is Refusal.SIGNATURE_INVALID


def test_without_a_secret_nothing_verifies() -> None:
    """A connection that has no secret takes nothing, not even what the stand-in would sign."""
    from convertos.platforms.signing import STAND_IN_SECRET

    with pytest.raises(RefusedError):
        signature.verify({signature.SIGNATURE: signature.sign(b"{}", STAND_IN_SECRET)}, b"{}", [])
