"""What the plugin sends is kept exactly once, and every promise of the contract is kept."""

import json
from datetime import timedelta

import httpx
import pytest

from convertos.core.database import Database
from convertos.core.installation import Installation
from tests.support.door import RunningDoor
from tests.support.house import House
from tests.support.receipts import days_of, receipts_of, rejections_of
from tests.support.senders import WORDPRESS, as_bytes, event, event_headers, send_event
from tests.support.tenants import Source, Tenant, make_source
from tests.support.wire import EVENT_TYPES


class TestOneEvent:
    async def test_an_event_is_kept_byte_for_byte_before_it_is_answered(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """The sender reads its own event id, and what it sent is in the database as it was sent."""
        body = b'{ "event_id":"e-1",  "event_type":"lead.created", "data":{"email":"ana@shop.example"} }\n'

        answer = await send_event(http, site, body)

        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert answer.json() == {"success": True, "eventId": "e-1", "duplicate": False}
        (kept,) = await receipts_of(database, site)
        assert (kept["event_id"], kept["event_type"], kept["body"]) == ("e-1", "lead.created", body)

    async def test_a_repeat_is_answered_as_a_duplicate_and_changes_nothing(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """A retry after a lost answer gets 200 again, and the event is there once, as it first came."""
        first, again = event(email="first@shop.example"), event(email="second@shop.example")
        again["event_id"] = first["event_id"]

        await send_event(http, site, first)
        answer = await send_event(http, site, again)

        assert answer.status_code == 200
        assert answer.json() == {"success": True, "eventId": first["event_id"], "duplicate": True}
        (kept,) = await receipts_of(database, site)
        assert kept["body"] == as_bytes(first)
        assert list((await days_of(database, site)).values()) == [(1, 1)]

    async def test_the_same_id_on_another_connection_is_another_event(
        self,
        http: httpx.AsyncClient,
        database: Database,
        installation: Installation,
        tenant: Tenant,
        site: Source,
    ) -> None:
        """Event ids are the sender's own; two sites may use the same."""
        other = await make_source(database, installation, tenant, "wordpress")
        sent = event()
        assert (await send_event(http, site, sent)).json()["duplicate"] is False
        assert (await send_event(http, other, sent)).json()["duplicate"] is False

    @pytest.mark.parametrize("event_type", EVENT_TYPES)
    async def test_every_promised_type_is_understood(
        self, house: House, database: Database, site: Source, event_type: str
    ) -> None:
        """Each type of the contract is processed, or ignored for a reason that is no riddle."""
        data = {
            "email": "ana@shop.example",
            "order_id": 1001,
            "product_id": 7,
            "name": "Ana",
            "total": "10.00",
            "utm_source": "newsletter",
        }
        async with house.http() as client:
            answer = await send_event(client, site, event(event_type, **data))
        await house.settle()

        assert answer.status_code == 200
        (kept,) = await receipts_of(database, site)
        expected = ("ignored", "test") if event_type == "test" else ("processed", None)
        assert (kept["outcome"], kept["note"]) == expected

    async def test_an_unknown_type_is_kept_and_ignored(
        self, house: House, database: Database, site: Source
    ) -> None:
        """A newer plugin may send what this release does not know: 200, kept, ignored."""
        async with house.http() as client:
            answer = await send_event(client, site, event("subscription.renewed", order_id=1))
        await house.settle()

        assert (answer.status_code, answer.json()["success"]) == (200, True)
        (kept,) = await receipts_of(database, site)
        assert (kept["outcome"], kept["note"]) == ("ignored", "unknown_type: subscription.renewed")

    @pytest.mark.parametrize(
        "sent",
        [
            b'{"event_type":"lead.created"}',
            b'{"event_id":"","event_type":"lead.created"}',
            b'{"event_id":"e"}',
            b'{"event_id":"e","event_type":""}',
            b'{"event_id":null,"event_type":"lead.created"}',
            b'{"event_id":{"a":1},"event_type":"lead.created"}',
            b'{"event_id":"' + b"x" * 201 + b'","event_type":"lead.created"}',
            b'{"event_id":"e","event_type":"' + b"x" * 101 + b'"}',
            b'{"event_id":"e\\u0000","event_type":"lead.created"}',
            b"7",
            b'"lead.created"',
            b"null",
        ],
    )
    async def test_an_event_without_id_or_type_is_refused(
        self, http: httpx.AsyncClient, database: Database, site: Source, sent: bytes
    ) -> None:
        """What can't be told from other events is answered 422 and not kept."""
        answer = await send_event(http, site, sent)
        assert (answer.status_code, answer.json()["code"]) == (422, "event_invalid")
        assert await receipts_of(database, site) == []

    async def test_headers_are_kept_without_secrets_and_within_bounds(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """Headers help to find out what went wrong; keys among them are not written down."""
        extra = {"X-API-Key": "a secret", "Authorization": "Bearer secret", "X-Long": "a" * 2000}
        await send_event(http, site, event(), {**extra, "User-Agent": "ConvertOS-Connector/1.0"})
        (kept,) = await receipts_of(database, site)
        headers = json.loads(kept["headers"])
        assert headers["user-agent"] == "ConvertOS-Connector/1.0"
        assert headers["x-convertos-connection-id"] == site.public_id
        assert len(headers["x-long"]) == 500
        assert b"secret" not in kept["headers"]


class TestBatches:
    async def test_a_batch_is_answered_event_by_event(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """One signature over an array; each event gets its own result, in order."""
        sent = [event() for _ in range(100)]
        answer = await send_event(http, site, sent)
        assert answer.status_code == 200
        expected = [{"success": True, "eventId": each["event_id"], "duplicate": False} for each in sent]
        assert answer.json() == {"success": True, "results": expected}
        kept = await receipts_of(database, site)
        assert {row["event_id"]: json.loads(row["body"]) for row in kept} == {e["event_id"]: e for e in sent}

    async def test_a_bad_event_does_not_cost_the_others_their_place(
        self, http: httpx.AsyncClient, database: Database, door: RunningDoor, site: Source
    ) -> None:
        """Good events of a batch are kept, bad ones say why not and are counted."""
        good, repeated = event(), event()
        answer = await send_event(http, site, [good, {"event_type": "lead.created"}, repeated, repeated, 5])
        results = answer.json()["results"]
        assert (answer.status_code, answer.json()["success"]) == (200, False)
        codes = [result.get("code") for result in results]
        assert codes == [None, "event_invalid", None, None, "event_invalid"]
        assert sorted(result["duplicate"] for result in results[2:4]) == [False, True]
        assert len(await receipts_of(database, site)) == 2
        await door.rejections.flush()
        assert await rejections_of(database, site) == {"event_invalid": 2}

    async def test_each_event_of_a_batch_keeps_its_own_bytes(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """What is kept of a batch's event is what stood in the array, spaces and all."""
        one = b'{ "event_id" : "a", "event_type":"test", "data":{"n":1.10} }'
        two = '{"event_id":"b","event_type":"test","data":{"n":"ü \\ud83d"}}'.encode()
        answer = await send_event(http, site, b" [ " + one + b" ,\n" + two + b" ] ")
        assert answer.json()["success"] is True
        assert [row["body"] for row in await receipts_of(database, site)] == [one, two]

    @pytest.mark.parametrize(
        "sent",
        [b"[]", b"[ ]", json.dumps([{}] * 101).encode(), b"[" + b"0," * 700_000 + b"0]"],
        ids=["none", "space", "101", "700,000"],
    )
    async def test_an_empty_or_too_large_batch_is_refused(
        self, http: httpx.AsyncClient, database: Database, site: Source, sent: bytes
    ) -> None:
        """A batch holds 1 to 100 events; another is answered 422 and nothing of it is kept."""
        answer = await send_event(http, site, sent)
        assert (answer.status_code, answer.json()["code"]) == (422, "batch_too_large")
        assert await receipts_of(database, site) == []


class TestSignatures:
    async def test_sha512_counts_only_where_the_connection_allows_it(
        self,
        http: httpx.AsyncClient,
        database: Database,
        installation: Installation,
        tenant: Tenant,
        site: Source,
    ) -> None:
        """A stronger hash is the connection's choice; elsewhere a right signature with it is refused."""
        config: dict[str, object] = {"allowsSha512": True}
        strong = await make_source(database, installation, tenant, "wordpress", config=config)
        assert (await send_event(http, strong, event(), algorithm="sha512")).status_code == 200
        assert (await send_event(http, strong, event())).status_code == 200
        refused = await send_event(http, site, event(), algorithm="sha512")
        assert (refused.status_code, refused.json()["code"]) == (401, "algorithm_not_allowed")

    @pytest.mark.parametrize("offset", [-299, 0, 299])
    async def test_a_timestamp_within_five_minutes_is_taken(
        self, http: httpx.AsyncClient, door: RunningDoor, site: Source, offset: int
    ) -> None:
        """With a timestamp, `timestamp.body` is what is signed, and clocks may differ a little."""
        at = door.clock.now + timedelta(seconds=offset)
        assert (await send_event(http, site, event(), at=at)).status_code == 200

    @pytest.mark.parametrize("offset", [-302, 302, -86_400])
    async def test_a_timestamp_beyond_five_minutes_is_refused(
        self, http: httpx.AsyncClient, database: Database, door: RunningDoor, site: Source, offset: int
    ) -> None:
        """A recorded request that is sent again later is worthless, in both directions of time."""
        at = door.clock.now + timedelta(seconds=offset)
        answer = await send_event(http, site, event(), at=at)
        assert (answer.status_code, answer.json()["code"]) == (401, "timestamp_outside_tolerance")
        assert await receipts_of(database, site) == []

    async def test_a_connection_can_demand_a_timestamp(
        self,
        http: httpx.AsyncClient,
        database: Database,
        door: RunningDoor,
        installation: Installation,
        tenant: Tenant,
    ) -> None:
        """Where replays must be impossible, a signature without time is refused."""
        config: dict[str, object] = {"requiresTimestamp": True}
        strict = await make_source(database, installation, tenant, "wordpress", config=config)
        answer = await send_event(http, strict, event())
        assert (answer.status_code, answer.json()["code"]) == (401, "timestamp_missing")
        assert (await send_event(http, strict, event(), at=door.clock.now)).status_code == 200

    async def test_a_timestamp_can_not_be_taken_off_or_put_on(
        self, http: httpx.AsyncClient, door: RunningDoor, site: Source
    ) -> None:
        """The timestamp is part of what is signed."""
        body, stamp = as_bytes(event()), str(int(door.clock.now.timestamp()))
        stamped = event_headers(site, body, at=door.clock.now)
        without = {name: value for name, value in stamped.items() if name != "X-ConvertOS-Timestamp"}
        added = {**event_headers(site, body), "X-ConvertOS-Timestamp": stamp}
        for headers in (without, added, {**stamped, "X-ConvertOS-Timestamp": stamp + "0"}):
            assert (await http.post(WORDPRESS, content=body, headers=headers)).status_code == 401

    @pytest.mark.parametrize(
        "signature",
        ["", "0", "00" * 31, "00" * 32, "zz" * 32, "ü" * 64, "sha256=" + "00" * 32, "A" * 64],
    )
    async def test_a_signature_that_is_none_is_refused(
        self, http: httpx.AsyncClient, site: Source, signature: str
    ) -> None:
        """Missing, short, not hexadecimal, not even ASCII: the same 401."""
        body = as_bytes(event())
        headers = [
            (name.encode(), (signature if name == "X-ConvertOS-Signature" else value).encode())
            for name, value in event_headers(site, body).items()
        ]
        answer = await http.post(WORDPRESS, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
