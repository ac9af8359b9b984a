"""A connection test says what is wrong with a store, and what to do."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from convertos.core.outgoing import Outgoing
from convertos.platforms.remote import Verdict
from convertos.platforms.woocommerce import WooCommerceStores
from convertos.sync.store_calls import StoreCalls
from convertos.sync.stores import FixedKeys
from tests.simulators.woocommerce import RunningShop, Shop, run_shop
from tests.simulators.woocommerce.shop import make_key
from tests.support.connected_shops import Pauses


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate that only these tests trust: its file and its key's."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(folder / "cert.pem"), str(folder / "key.pem")


async def verdict_on(
    address: str, keys: Mapping[str, str], trust: str | None = None, *, allows_private: bool = True
) -> Verdict:
    context = ssl.create_default_context(cafile=trust) if trust else None
    async with Outgoing(allows_private=allows_private, trust=context) as outgoing:
        calls = StoreCalls(outgoing, sleep=Pauses())
        return await WooCommerceStores().open(address, {}, FixedKeys(keys), calls).test()


def keys_of(shop: RunningShop) -> dict[str, str]:
    key = shop.shop.keys[0]
    return {"consumer_key": key.consumer_key, "consumer_secret": key.consumer_secret}


@asynccontextmanager
async def shop_over_https(certificate: tuple[str, str], **options: bool) -> AsyncIterator[RunningShop]:
    async with run_shop(Shop(), certificate=certificate, **options) as running:
        yield running


async def test_over_https_the_keys_travel_in_a_header(certificate: tuple[str, str]) -> None:
    """The ordinary store: Basic, nothing to warn of, and what the store says of itself."""
    async with shop_over_https(certificate) as running:
        running.shop.add_order()
        verdict = await verdict_on(running.address, keys_of(running), certificate[0])
    assert (verdict.is_good, verdict.code, verdict.cautions) == (True, "ok", ())
    assert verdict.remember == {"how": "basic"}
    assert verdict.details["version"] == "10.9.1"
    assert verdict.details["currency"] == "EUR"


async def test_a_server_that_drops_the_header(certificate: tuple[str, str]) -> None:
    """Then the keys go in the query, and the merchant is told."""
    async with shop_over_https(certificate) as running:
        running.access.drops_header = True
        verdict = await verdict_on(running.address, keys_of(running), certificate[0])
    assert verdict.is_good
    assert verdict.remember == {"how": "query"}
    assert [caution.code for caution in verdict.cautions] == ["header_dropped"]


async def test_a_store_that_does_not_know_of_its_https(certificate: tuple[str, str]) -> None:
    """Behind a proxy that did not tell it, the store takes OAuth alone."""
    async with shop_over_https(certificate, knows_tls=False) as running:
        verdict = await verdict_on(running.address, keys_of(running), certificate[0])
    assert verdict.is_good
    assert [caution.code for caution in verdict.cautions] == ["proxy_unknown"]


async def test_over_http_with_a_warning() -> None:
    """Without a certificate it works, signed by OAuth 1.0a, and the warning says what that means."""
    async with run_shop() as running:
        verdict = await verdict_on(running.address, keys_of(running))
    assert verdict.is_good
    assert verdict.remember == {"how": "oauth1"}
    assert [caution.code for caution in verdict.cautions] == ["plain_http"]


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"consumer_key": "ck_wrong"}, "wrong_key"),
        ({"consumer_secret": "cs_wrong"}, "wrong_secret"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_keys_that_do_not_fit(
    certificate: tuple[str, str], keys: dict[str, str], code: str, scheme: str
) -> None:
    """Which half of the keys is wrong."""
    async with run_shop(certificate=certificate if scheme == "https" else None) as running:
        verdict = await verdict_on(running.address, keys_of(running) | keys, certificate[0])
    assert (verdict.is_good, verdict.code) == (False, code)
    assert "Advanced › REST API" in verdict.advice


@pytest.mark.parametrize(("permissions", "code"), [("read", "read_only"), ("write", "write_only")])
async def test_keys_that_may_not_enough(permissions: str, code: str) -> None:
    """Keys that can't do what is needed are told from those that are wrong."""
    shop = Shop(keys=[make_key(permissions)])
    async with run_shop(shop) as running:
        verdict = await verdict_on(running.address, keys_of(running))
    assert (verdict.is_good, verdict.code) == (False, code)
    assert running.shop.webhooks == {}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("blog", "no_woocommerce"),
        ("plain", "plain_permalinks"),
        ("nothing", "not_a_store"),
        ("closed", "rest_disabled"),
        ("wall", "firewall"),
        ("moved", "redirect"),
    ],
)
async def test_what_else_can_be_at_an_address(kind: str, code: str) -> None:
    """Each obstacle has its own words, and its own advice."""
    async with run_shop() as running:
        running.kind = kind
        verdict = await verdict_on(running.address, keys_of(running))
    assert (verdict.is_good, verdict.code) == (False, code)
    assert verdict.advice


async def test_a_certificate_that_nobody_trusts(certificate: tuple[str, str]) -> None:
    """A bad certificate is said to be one, and no key was sent."""
    async with shop_over_https(certificate) as running:
        verdict = await verdict_on(running.address, keys_of(running))
    assert (verdict.code, running.asked) == ("tls", [])


async def test_nobody_there() -> None:
    """An address where nothing listens, a name that does not exist."""
    keys = {"consumer_key": "ck_x", "consumer_secret": "cs_x"}
    assert (await verdict_on("http://127.0.0.1:9", keys)).code == "connect"
    assert (await verdict_on("http://shop.invalid", keys)).code == "dns"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.7", "2130706433"]
)
async def test_private_addresses_are_not_called(host: str) -> None:
    """Unless the installation allows it, nobody makes this server call its own network."""
    keys = {"consumer_key": "ck_x", "consumer_secret": "cs_x"}
    verdict = await verdict_on(f"http://{host}/", keys, allows_private=False)
    assert (verdict.is_good, verdict.code) == (False, "private_address")
