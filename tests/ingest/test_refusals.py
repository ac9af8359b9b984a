"""Who is turned away learns why, and learns nothing that is not theirs to know."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from ipaddress import ip_interface

import httpx
import pytest

from convertos.connections.directory import Directory, DoorConnection, belongs_to
from convertos.connections.model import MOST_LIVING_SECRETS
from convertos.core.database import Database, Role
from convertos.core.ids import new_id
from convertos.core.installation import Installation
from convertos.core.limits import RateLimit
from convertos.ingest.authenticate import Nobody, authenticate
from convertos.platforms import DoorRules, Locator, Request
from convertos.platforms.wordpress import WordPress
from tests.support.door import RunningDoor, run_door
from tests.support.raw_http import RawConnection, exchange, request
from tests.support.receipts import receipts_of, rejections_of
from tests.support.senders import (
    WORDPRESS,
    as_bytes,
    deliver,
    delivery_headers,
    event,
    event_headers,
    send_event,
)
from tests.support.tenants import Source, Tenant, make_source, make_tenant


async def _change(database: Database, source: Source, assignment: str, value: object) -> None:
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute(
            f"UPDATE connections SET {assignment} = %s WHERE client_id = %s AND connection_id = %s",
            (value, source.client_id, source.connection_id),
        )


def told(answer: httpx.Response) -> tuple[int, dict[str, str], dict[str, object]]:
    """Everything that a sender can see of an answer, but for what is new each time."""
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    content = answer.json()
    content.pop("instance", None)
    return answer.status_code, headers, content


class CountingDirectory(Directory):
    """Counts how often the database is asked."""

    asked = 0

    async def find_afresh(self, locator: Locator) -> list[DoorConnection]:
        self.asked += 1
        return await super().find_afresh(locator)


class CountingWordPress(WordPress):
    """Counts how many signatures are made to compare with."""

    hashed = 0

    def verify(self, request: Request, secrets: Sequence[bytes], rules: DoorRules) -> None:
        self.hashed += max(len(secrets), 1)
        super().verify(request, secrets, rules)


class TestStrangers:
    async def test_wrong_signature_unknown_and_deleted_connection_are_one_answer(
        self,
        http: httpx.AsyncClient,
        database: Database,
        installation: Installation,
        tenant: Tenant,
        site: Source,
    ) -> None:
        """Nobody can find out which connections exist: status, headers and body are the same."""
        deleted = await make_source(database, installation, tenant, "wordpress")
        await _change(database, deleted, "status", "deleted")
        unknown = {"X-ConvertOS-Connection-Id": "wp_" + "0" * 24}
        answers = [
            told(await send_event(http, site, event(), secret="wrong")),
            told(await send_event(http, site, event(), unknown)),
            told(await send_event(http, deleted, event())),
            told(await send_event(http, site, event(), {"X-ConvertOS-Signature": None})),
            told(await send_event(http, site, event(), {"X-ConvertOS-Connection-Id": None})),
        ]
        assert answers == [answers[0]] * 5
        assert answers[0][0] == 401
        assert answers[0][2]["code"] == "signature_invalid"
        assert await receipts_of(database, deleted) == []

    async def test_a_shop_is_no_different(
        self,
        http: httpx.AsyncClient,
        database: Database,
        installation: Installation,
        tenant: Tenant,
        shop: Source,
    ) -> None:
        """The same holds for WooCommerce's addresses."""
        deleted = await make_source(database, installation, tenant)
        await _change(database, deleted, "status", "deleted")
        unknown = "/api/webhooks/woocommerce/wc_" + "0" * 24
        answers = [
            told(await deliver(http, shop, "order.created", {"id": 1}, secret="wrong")),
            told(await deliver(http, shop, "order.created", {"id": 1}, path=unknown)),
            told(await deliver(http, deleted, "order.created", {"id": 1})),
        ]
        assert answers == [answers[0]] * 3

    async def test_a_refusal_asks_the_database_and_the_hash_equally_often(
        self, door: RunningDoor, installation: Installation, site: Source
    ) -> None:
        """The same work for each refusal, known or unknown, remembered or not: its time tells nothing."""
        directory = CountingDirectory(door.database, installation.vault)
        platform = CountingWordPress()
        seen = []
        for named in (site.public_id, "wp_" + "0" * 24, None):
            for _ in range(2):
                directory.asked = platform.hashed = 0
                headers = {"x-convertos-signature": "0" * 64}
                if named:
                    headers["x-convertos-connection-id"] = named
                asked = Request("", headers, b"{}", door.clock.now)
                assert isinstance(await authenticate(directory, platform, asked), Nobody)
                seen.append((directory.asked, platform.hashed))
        assert seen == [(1, 2 * MOST_LIVING_SECRETS)] * 6

    async def test_a_thousand_forgeries_cost_counters_only(
        self, http: httpx.AsyncClient, database: Database, door: RunningDoor, site: Source
    ) -> None:
        """A flood of forgeries is one row of counts; nothing of it is kept, and good events pass."""

        async def forge(times: int) -> set[int]:
            return {
                (await send_event(http, site, event(), secret="forged")).status_code for _ in range(times)
            }

        statuses = set().union(*await asyncio.gather(*(forge(50) for _ in range(20))))
        assert statuses == {401}
        assert (await send_event(http, site, event())).status_code == 200
        await door.rejections.flush()
        assert await rejections_of(database, site) == {"signature_invalid": 1000}
        assert len(await receipts_of(database, site)) == 1

    async def test_counters_of_what_could_not_be_written_are_not_lost(
        self, http: httpx.AsyncClient, database: Database, door: RunningDoor, site: Source
    ) -> None:
        """While the database is away, counts stay in memory for the next beat."""
        await send_event(http, site, event(), secret="forged")
        await door.rejections.flush()
        await send_event(http, site, event(), secret="forged")
        await asyncio.gather(door.rejections.flush(), door.rejections.flush())
        assert await rejections_of(database, site) == {"signature_invalid": 2}


class TestAddresses:
    @pytest.mark.parametrize(
        "allowed", ["127.0.0.1", "127.0.0.0/8", "10.0.0.0/8 127.0.0.1/32", "::/0 0.0.0.0/0", ""]
    )
    async def test_a_listed_address_may_deliver(
        self, http: httpx.AsyncClient, database: Database, site: Source, allowed: str
    ) -> None:
        """A connection's list holds addresses and networks; an empty one lets everybody in."""
        await _change(database, site, "allowed_networks", _inet(allowed.split()))
        assert (await send_event(http, site, event())).status_code == 200

    @pytest.mark.parametrize("allowed", ["203.0.113.5", "127.0.0.2/32 10.0.0.0/8", "2001:db8::/32"])
    async def test_another_address_may_not(
        self, http: httpx.AsyncClient, database: Database, door: RunningDoor, site: Source, allowed: str
    ) -> None:
        """From elsewhere even a good signature gets 403, and the connection counts it."""
        await _change(database, site, "allowed_networks", _inet(allowed.split()))
        answer = await send_event(http, site, event())
        assert (answer.status_code, answer.json()["code"]) == (403, "address_not_allowed")
        await door.rejections.flush()
        assert await rejections_of(database, site) == {"address_not_allowed": 1}

    async def test_a_bad_signature_from_elsewhere_is_just_that(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """The list is no secret to be probed: without the secret everybody gets 401."""
        await _change(database, site, "allowed_networks", _inet(["203.0.113.5"]))
        assert (await send_event(http, site, event(), secret="wrong")).status_code == 401

    async def test_an_address_that_was_just_added_counts_at_once(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """Nobody is refused by what was true two seconds ago."""
        await _change(database, site, "allowed_networks", _inet(["203.0.113.5"]))
        assert (await send_event(http, site, event())).status_code == 403
        await _change(database, site, "allowed_networks", _inet(["203.0.113.5", "127.0.0.1"]))
        assert (await send_event(http, site, event())).status_code == 200

    async def test_the_address_is_the_one_that_the_proxy_tells(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """Behind a trusted proxy the sender's own address is compared."""
        await _change(database, site, "allowed_networks", _inet(["203.0.113.5"]))
        allowed = await send_event(http, site, event(), {"X-Forwarded-For": "203.0.113.5"})
        mapped = await send_event(http, site, event(), {"X-Forwarded-For": "[::ffff:203.0.113.5]"})
        refused = await send_event(http, site, event(), {"X-Forwarded-For": "203.0.113.6"})
        assert [allowed.status_code, mapped.status_code, refused.status_code] == [200, 200, 403]


def _inet(addresses: list[str]) -> list[object]:
    return [ip_interface(address) for address in addresses]


class TestContent:
    @pytest.mark.parametrize(
        "content_type",
        ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "multipart/form-data"],
    )
    async def test_another_content_type_is_answered_415(
        self, http: httpx.AsyncClient, database: Database, door: RunningDoor, site: Source, content_type: str
    ) -> None:
        """What is not declared as JSON is not read as JSON."""
        answer = await send_event(http, site, event(), {"Content-Type": content_type or None})
        assert (answer.status_code, answer.json()["code"]) == (415, "content_type")
        await door.rejections.flush()
        assert await rejections_of(database, site) == {"content_type": 1}

    @pytest.mark.parametrize(
        "content_type",
        ["application/json; charset=utf-8", "Application/JSON", "application/cloudevents+json"],
    )
    async def test_json_has_many_names(
        self, http: httpx.AsyncClient, site: Source, content_type: str
    ) -> None:
        """Parameters, capitals and structured suffixes are still JSON."""
        answer = await send_event(http, site, event(), {"Content-Type": content_type})
        assert answer.status_code == 200

    @pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, gzip"])
    async def test_nothing_is_decompressed(
        self, http: httpx.AsyncClient, database: Database, site: Source, encoding: str
    ) -> None:
        """A compressed body could be a bomb, and it is not what was signed: 415."""
        answer = await send_event(http, site, event(), {"Content-Encoding": encoding})
        assert (answer.status_code, answer.json()["code"]) == (415, "content_type")
        assert await receipts_of(database, site) == []

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[", b"[{}", b"[{},]", b'{"a":1}}', b"{} {}", b"<html>", b"\x00", b"'a'"]
    )
    async def test_what_is_no_json_is_answered_400_and_counted(
        self, http: httpx.AsyncClient, database: Database, door: RunningDoor, site: Source, body: bytes
    ) -> None:
        """Not JSON is kept nowhere; the connection shows that it came."""
        answer = await send_event(http, site, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "not_json")
        await door.rejections.flush()
        assert await rejections_of(database, site) == {"not_json": 1}
        assert await receipts_of(database, site) == []

    async def test_every_problem_has_the_same_shape(self, http: httpx.AsyncClient, site: Source) -> None:
        """Problem details, with the members that every error of ConvertOS has."""
        answer = await send_event(http, site, b"{")
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert {name: problem[name] for name in ("title", "status", "success", "code", "type")} == {
            "title": "Bad Request",
            "status": 400,
            "success": False,
            "code": "not_json",
            "type": "urn:convertos:problem:not_json",
        }
        assert problem["detail"]


class TestSize:
    LARGEST = 2 * 1024 * 1024

    async def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_not(
        self, http: httpx.AsyncClient, database: Database, door: RunningDoor, site: Source
    ) -> None:
        """2 MiB is the limit, whether the length was declared or the body comes in chunks."""
        body = as_bytes(event(note=""))
        body = body.replace(b'"note": ""', b'"note": "' + b"x" * (self.LARGEST - len(body)) + b'"')
        assert len(body) == self.LARGEST
        over = body.replace(b'"note"', b'"notes"')
        assert (await send_event(http, site, body)).status_code == 200
        declared = await send_event(http, site, over)
        chunked = await http.post(WORDPRESS, content=_chunks(over), headers=event_headers(site, over))
        assert [declared.status_code, chunked.status_code] == [413, 413]
        assert declared.json()["code"] == chunked.json()["code"] == "too_large"
        await door.rejections.flush()
        assert await rejections_of(database, site) == {"too_large": 2}
        (kept,) = await receipts_of(database, site)
        assert kept["body"] == body

    async def test_the_sender_of_a_huge_body_can_read_the_answer(
        self, http: httpx.AsyncClient, site: Source
    ) -> None:
        """Ten megabytes are read and dropped, so that the sender sees a 413 and no broken connection."""
        body = b"x" * (10 * 1024 * 1024)
        answer = await send_event(http, site, body)
        assert answer.status_code == 413
        again = await send_event(http, site, event())
        assert again.status_code == 200

    async def test_who_asks_first_is_told_before_sending(self, door: RunningDoor, site: Source) -> None:
        """With `Expect: 100-continue` the refusal comes instead of the invitation to send."""
        headers = {**event_headers(site, b""), "Content-Length": "999999999", "Expect": "100-continue"}
        answer = await exchange(door.port, request(WORDPRESS, "POST", headers=headers))
        assert (answer.status, answer.headers["connection"]) == (413, "close")

    async def test_an_endless_body_ends(self, door: RunningDoor, site: Source) -> None:
        """A sender that never stops is cut off after some megabytes; it may or may not see the answer."""
        connection = await RawConnection.open(door.port)
        head = request(
            WORDPRESS, "POST", headers={**event_headers(site, b""), "Transfer-Encoding": "chunked"}
        )
        await connection.send(head)
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        for _ in range(1024):
            await connection.send(chunk)
        await connection.close()


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 100_000):
        yield body[start : start + 100_000]


class TestPace:
    async def test_over_the_limit_a_plugin_is_told_when_to_come_again(
        self, installation: Installation, database: Database, tenant: Tenant
    ) -> None:
        """429 with Retry-After and RateLimit headers; the next window takes events again."""
        site = await make_source(database, installation, tenant, "wordpress")
        async with run_door(installation, rate=RateLimit(5, 60)) as door, door.http() as http:
            statuses = [(await send_event(http, site, event())).status_code for _ in range(5)]
            answer = await send_event(http, site, event())
            await door.rejections.flush()
        assert statuses == [200] * 5
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert answer.headers["ratelimit-limit"] == "5"
        assert answer.headers["ratelimit-remaining"] == "0"
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert answer.headers["ratelimit-reset"] == answer.headers["retry-after"]
        assert await rejections_of(database, site) == {"rate_limited": 1}
        assert len(await receipts_of(database, site)) == 5

    async def test_a_batch_counts_as_its_events(
        self, installation: Installation, database: Database, tenant: Tenant
    ) -> None:
        """The limit is on events, not on requests."""
        site = await make_source(database, installation, tenant, "wordpress")
        async with run_door(installation, rate=RateLimit(5, 60)) as door, door.http() as http:
            assert (await send_event(http, site, [event() for _ in range(4)])).status_code == 200
            assert (await send_event(http, site, [event() for _ in range(4)])).status_code == 429

    async def test_a_clients_limit_is_its_own(
        self, installation: Installation, database: Database, tenant: Tenant
    ) -> None:
        """A busy client does not slow another; two sites of one client share their limit."""
        site, second = [await make_source(database, installation, tenant, "wordpress") for _ in range(2)]
        other = await make_source(database, installation, await make_tenant(database), "wordpress")
        async with run_door(installation, rate=RateLimit(1, 60)) as door, door.http() as http:
            assert (await send_event(http, site, event())).status_code == 200
            assert (await send_event(http, second, event())).status_code == 429
            assert (await send_event(http, other, event())).status_code == 200

    async def test_a_shops_own_webhooks_are_never_slowed(
        self, installation: Installation, database: Database, shop: Source
    ) -> None:
        """WooCommerce takes a 429 for a failure and disables the webhook: its deliveries are queued instead."""
        async with run_door(installation, rate=RateLimit(1, 60)) as door, door.http() as http:
            for number in range(10):
                assert (await deliver(http, shop, "order.updated", {"id": number})).status_code == 200
        assert len(await receipts_of(database, shop)) == 10


class TestSlowness:
    async def test_hundreds_of_slow_bodies_are_cut_while_others_are_served(
        self, installation: Installation, database: Database, tenant: Tenant
    ) -> None:
        """Senders that trickle their bodies get 408 at the deadline; a healthy one is served meanwhile."""
        site = await make_source(database, installation, tenant, "wordpress")
        async with run_door(installation, body_seconds=1.0) as door, door.http() as http:
            slow = [await RawConnection.open(door.port) for _ in range(300)]
            headers = {**event_headers(site, b"{}"), "Content-Length": "1000"}
            for connection in slow:
                await connection.send(request(WORDPRESS, "POST", b"{", headers))
            assert (await send_event(http, site, event())).status_code == 200
            answers = await asyncio.gather(*(connection.answer() for connection in slow))
            for connection in slow:
                assert await connection.is_closed()
                await connection.close()
        assert {(answer.status, answer.json["code"]) for answer in answers} == {(408, "body_too_slow")}

    async def test_a_sender_that_hangs_up_leaves_nothing(
        self, door: RunningDoor, database: Database, shop: Source
    ) -> None:
        """A body that is shorter than it was said to be is not kept, even if it would be valid."""
        body = b'{"id": 1}'
        headers = {**delivery_headers(shop, body, "order.updated"), "Content-Length": "100"}
        path = f"/api/webhooks/woocommerce/{shop.public_id}"
        connection = await RawConnection.open(door.port)
        await connection.send(request(path, "POST", body, headers))
        await connection.close()
        async with door.http() as http:
            await deliver(http, shop, "order.updated", {"id": 2})
        assert [row["body"] for row in await receipts_of(database, shop)] == [b'{"id": 2}']


class TestMemory:
    async def test_a_changed_connection_is_known_at_once(
        self, http: httpx.AsyncClient, database: Database, door: RunningDoor, site: Source
    ) -> None:
        """After `forget`, a deleted connection is refused at once, though it was used a moment ago."""
        assert (await send_event(http, site, event())).status_code == 200
        await _change(database, site, "status", "deleted")
        door.directory.forget(site.public_id)
        assert (await send_event(http, site, event())).status_code == 401

    async def test_a_new_secret_works_the_moment_it_is_written(
        self, http: httpx.AsyncClient, database: Database, installation: Installation, site: Source
    ) -> None:
        """No refusal rests on memory."""
        assert (await send_event(http, site, event())).status_code == 200
        owner = belongs_to(site.client_id, site.connection_id, "secret")
        async with database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute(
                """
                INSERT INTO connection_secrets (client_id, connection_id, secret_id, ciphertext)
                VALUES (%s, %s, %s, %s)
                """,
                (site.client_id, site.connection_id, new_id(), installation.vault.encrypt(b"new", owner)),
            )
        assert (await send_event(http, site, event(), secret="new")).status_code == 200
        assert (await send_event(http, site, event())).status_code == 200

    async def test_a_secret_ends_at_its_instant(
        self, http: httpx.AsyncClient, database: Database, door: RunningDoor, site: Source
    ) -> None:
        """Up to its expiry a secret verifies; at its expiry it does not, whatever is remembered."""
        ends_at = door.clock.now + timedelta(hours=1)
        async with database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute(
                "UPDATE connection_secrets SET expires_at = %s WHERE client_id = %s AND connection_id = %s",
                (ends_at, site.client_id, site.connection_id),
            )
        started_at = door.clock.now
        try:
            door.clock.now = ends_at - timedelta(microseconds=1)
            assert (await send_event(http, site, event())).status_code == 200
            door.clock.now = ends_at
            assert (await send_event(http, site, event())).status_code == 401
        finally:
            door.clock.now = started_at
