"""Signatures are what other implementations of the same rule give."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.recordings import manifest, recorded_deliveries

from convertos.platforms import DoorRules, Refusal, RefusedError
from convertos.platforms.signing import STAND_IN_SECRET
from convertos.platforms.woocommerce import signature as woocommerce
from convertos.platforms.wordpress import signature as wordpress

VECTORS = json.loads((Path(__file__).parent.parent / "fixtures/signatures/vectors.json").read_text())
NOW = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
PLAIN = DoorRules()


def accepts(headers: Mapping[str, str], body: bytes, *secrets: bytes, rules: DoorRules = PLAIN) -> bool:
    try:
        wordpress.verify(headers, body, NOW, secrets, rules)
    except RefusedError:
        return False
    return True


def shop_accepts(headers: Mapping[str, str], body: bytes, *secrets: bytes) -> bool:
    try:
        woocommerce.verify(headers, body, secrets)
    except RefusedError:
        return False
    return True


class TestVectors:
    def test_the_plugins_vector(self) -> None:
        """What PHP's `hash_hmac` gives is accepted."""
        vector = VECTORS["convertos_wordpress_plugin"]
        body, secret = vector["body_utf8"].encode(), vector["secret"].encode()
        assert accepts({vector["header"].lower(): vector["value"]}, body, secret)
        assert not accepts({vector["header"].lower(): vector["value"]}, body + b" ", secret)

    def test_woocommerces_vector(self) -> None:
        """The rule of the vector: WooCommerce decodes a secret's entities; a bare ampersand stays one."""
        vector = VECTORS["woocommerce_webhook"]
        body, secret = vector["body_utf8"].encode(), vector["secret"].encode()
        headers = {vector["header"].lower(): vector["value"]}
        assert shop_accepts(headers, body, secret)
        stored = secret.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
        assert shop_accepts(headers, body, stored)
        assert woocommerce.sign(body, stored) == vector["value"]

    def test_a_real_stores_deliveries(self) -> None:
        """Every recorded delivery verifies with the secret that its webhook had in the store."""
        secrets = {number: hook["secret"].encode() for number, hook in manifest()["webhook_secrets"].items()}
        deliveries = [delivery for delivery in recorded_deliveries() if not delivery.is_ping]
        for delivery in deliveries:
            headers = {name.lower(): value for name, value in delivery.headers.items()}
            secret = secrets[headers["x-wc-webhook-id"]]
            assert shop_accepts(headers, delivery.body, secret), delivery.name
            assert not shop_accepts(headers, delivery.body + b" ", secret)
        assert len(deliveries) > 100


class TestEntities:
    @pytest.mark.parametrize(
        ("stored", "signed_with"),
        [
            ("plain", "plain"),
            ("a&amp;b", "a&b"),
            ("a&#038;b", "a&b"),
            ("a&#38;b", "a&b"),
            ("&lt;&#60;&#060;&#x3C;&#x3c;", "<<<<<"),
            ("&gt;&#62;&#062;&#x3e;", ">>>>"),
            ("&quot;&#34;&#034;&#x22;", '""""'),
            ("&#39;&#039;&#x27;", "'''"),
            ("&amp;lt;", "&lt;"),
            ("&amp;amp;", "&amp;"),
            ("&nbsp;&copy;&unknown;&", "&nbsp;&copy;&unknown;&"),
            ("ü&amp;ß", "ü&ß"),
        ],
    )
    def test_a_secret_is_decoded_once_as_wordpress_decodes_it(self, stored: str, signed_with: str) -> None:
        """Only the entities that `wp_specialchars_decode(…, ENT_QUOTES)` knows, and each only once."""
        assert woocommerce.signing_key(stored.encode()) == signed_with.encode()

    @given(st.binary(max_size=64).map(bytes.hex))
    def test_a_hexadecimal_secret_stays_as_it_is(self, secret: str) -> None:
        """The secrets that we hand out can't be changed by the decoding."""
        assert woocommerce.signing_key(secret.encode()) == secret.encode()

    @given(st.binary(max_size=64))
    def test_any_bytes_can_be_a_secret(self, secret: bytes) -> None:
        """A secret that is no UTF-8 is still a secret."""
        signed = {woocommerce.SIGNATURE: woocommerce.sign(b"body", secret)}
        assert shop_accepts(signed, b"body", secret)


class TestForgeries:
    @given(
        body=st.binary(max_size=200),
        secret=st.binary(min_size=1, max_size=64),
        other=st.binary(min_size=1, max_size=64),
    )
    def test_only_the_secret_signs(self, body: bytes, secret: bytes, other: bytes) -> None:
        """A signature with one secret is good for that secret and no other."""
        signed = {name.lower(): value for name, value in wordpress.sign(body, secret, NOW).items()}
        assert accepts(signed, body, secret)
        assert accepts(signed, body, b"newer", secret)
        # HMAC pads keys with zeros, so these two are one key.
        assert accepts(signed, body, other) == (other.rstrip(b"\x00") == secret.rstrip(b"\x00"))

    @given(
        headers=st.dictionaries(
            st.sampled_from(
                [wordpress.SIGNATURE, wordpress.TIMESTAMP, wordpress.ALGORITHM, woocommerce.SIGNATURE]
            ),
            st.text(alphabet=st.characters(max_codepoint=255), max_size=200),
        ),
        body=st.binary(max_size=100),
    )
    def test_no_header_passes_without_the_secret_or_breaks_the_check(
        self, headers: dict[str, str], body: bytes
    ) -> None:
        """Whatever stands in the headers, a stranger is refused and nothing is raised but the refusal."""
        assert not accepts(headers, body, b"secret")
        assert not accepts(headers, body)
        assert not shop_accepts(headers, body, b"secret")
        assert not shop_accepts(headers, body)

    def test_the_stand_in_for_a_missing_secret_is_no_secret(self) -> None:
        """What is hashed to keep the time of a refusal the same can be read here, and opens nothing."""
        hashed = hmac.digest(STAND_IN_SECRET, b"{}", "sha256")
        assert not accepts({wordpress.SIGNATURE: hashed.hex()}, b"{}")
        assert not shop_accepts({woocommerce.SIGNATURE: base64.b64encode(hashed).decode()}, b"{}")

    @pytest.mark.parametrize("algorithm", ["md5", "sha1", "none", "", "SHA-512", "sha512;", "sha3_256"])
    def test_no_other_hash_is_taken(self, algorithm: str) -> None:
        """Weak and unknown hashes are refused, whether or not the signature would fit."""
        name = algorithm if algorithm in {"md5", "sha1", "sha3_256"} else "sha256"
        signed = hmac.new(b"secret", b"{}", getattr(hashlib, name)).hexdigest()
        headers = {wordpress.SIGNATURE: signed, wordpress.ALGORITHM: algorithm}
        assert not accepts(headers, b"{}", b"secret", rules=DoorRules(allows_sha512=True))

    def test_a_clock_that_is_wrong_is_only_told_to_who_has_the_secret(self) -> None:
        """The signature is judged first."""
        stale = {wordpress.TIMESTAMP: "1000", wordpress.SIGNATURE: "0" * 64}
        with pytest.raises(RefusedError) as refused:
            wordpress.verify(stale, b"{}", NOW, [b"secret"], PLAIN)
        assert refused.value.refusal is Refusal.SIGNATURE_INVALID
