"""No webhook route ever redirects: WooCommerce takes a redirect for success, and the event is lost."""

import json
from itertools import product

import pytest

from tests.support.house import House
from tests.support.raw_http import RawConnection, request
from tests.support.senders import as_bytes, delivery_headers, event, event_headers
from tests.support.tenants import Source

DOOR = "/api/webhooks"
SPELLINGS = ("{}", "{}/", "{}//", "/{}", "{}?x=1", "{}/?x=1", "{}%23x")
METHODS = ("POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


class TestNeverRedirected:
    @pytest.mark.parametrize(
        "path",
        [
            f"{DOOR}/wordpress",
            f"{DOOR}/woocommerce",
            f"{DOOR}/woocommerce/order-created",
            f"{DOOR}/woocommerce/wc_000000000000000000000000",
            f"{DOOR}/WooCommerce/Order-Created",
            f"{DOOR}/shopify",
            f"{DOOR}/shopify/orders-create",
            f"{DOOR}/shopify/sh_000000000000000000000000",
            "/API/Webhooks/WordPress",
            f"{DOOR}",
            f"{DOOR}/elsewhere",
            f"{DOOR}/woocommerce/a/b/c",
            f"{DOOR}/woocommerce/%2e%2e/wordpress",
            f"{DOOR}/woocommerce/{'x' * 500}",
        ],
    )
    async def test_whatever_the_method_and_spelling(self, house: House, path: str) -> None:
        """Every method on every spelling of every address is answered at once, and with no 2xx or 3xx."""
        port = int(house.base_url.rsplit(":", 1)[1])
        for method, spelling in product(METHODS, SPELLINGS):
            status = await _status(port, method, spelling.format(path))
            assert 400 <= status < 500, (method, spelling)

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
    async def test_another_method_is_told_which_one_is_right(self, house: House, method: str) -> None:
        """405 with `Allow`, for people who open the address in a browser."""
        async with house.http() as http:
            answer = await http.request(method, f"{DOOR}/wordpress")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        if method != "HEAD":
            assert answer.json()["code"] == "method_not_allowed"

    @pytest.mark.parametrize("spelling", ["{}", "{}/", "{}//", "/{}", "{}?x=1"])
    async def test_a_good_delivery_is_taken_however_the_address_is_spelled(
        self, house: House, site: Source, shop: Source, spelling: str
    ) -> None:
        """What a person typed with one slash too many still works."""
        async with house.http() as http:
            body = as_bytes(event())
            plain, capital = spelling.format(f"{DOOR}/wordpress"), spelling.format("/Api/WebHooks/WordPress")
            for path in (plain, capital):
                answer = await http.post(
                    house.base_url + path, content=body, headers=event_headers(site, body)
                )
                assert answer.status_code == 200
            body = json.dumps({"id": 1}).encode()
            path = spelling.format(f"{DOOR}/woocommerce/{shop.public_id}")
            headers = delivery_headers(shop, body, "order.updated")
            answer = await http.post(house.base_url + path, content=body, headers=headers)
            assert answer.status_code == 200

    async def test_plain_http_is_not_sent_to_https(self, house: House, site: Source) -> None:
        """Behind a proxy that ends TLS the scheme says nothing; nobody is sent to another one."""
        async with house.http() as http:
            body = as_bytes(event())
            headers = {**event_headers(site, body), "X-Forwarded-Proto": "http"}
            assert (await http.post(f"{DOOR}/wordpress", content=body, headers=headers)).status_code == 200


async def _status(port: int, method: str, path: str) -> int:
    connection = await RawConnection.open(port)
    await connection.send(request(path, method))
    try:
        return (await connection.answer(has_body=method != "HEAD")).status
    finally:
        await connection.close()
