"""What is sent to break the house is kept as it came or refused, and its neighbours never notice.

Source: reliability.md §4 D: each is answered 2xx or 4xx, never 5xx; it never poisons a batch; raw bytes are
kept exactly.
"""

import asyncio
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any
from uuid import uuid4

import pytest

from convertos.core.database import Database, TenantScope
from tests.support.hostile import REFUSED_BODIES, VALUES, many_keys
from tests.support.house import House
from tests.support.receipts import receipts_of
from tests.support.senders import deliver, delivery_headers, event, send_event
from tests.support.tenants import Source
from tests.support.wire import EVENT_FIELDS, OBJECT_FIELDS

_NAMING = {
    "lead.created": (),
    "order.created": ("order_id",),
    "order.paid": ("order_id",),
    "order.refunded": ("order_id",),
    "order.updated": ("order_id",),
    "order.cancelled": ("order_id",),
    "checkout.started": ("checkout_token", "order_id"),
    "checkout.abandoned": ("checkout_token",),
    "checkout.completed": ("checkout_token", "order_id"),
    "touch.recorded": (),
    "customer.registered": (),
    "product.updated": ("product_id",),
}
_NESTED_FIELDS = OBJECT_FIELDS[11:]
_MOST_BYTES = 1_000_000
_TOPICS = (
    "order.created",
    "order.updated",
    "order.restored",
    "customer.updated",
    "product.updated",
    "order.deleted",
)
_GIVEN_UP = {None, "unreadable"}


def filled(fields: list[str] | tuple[str, ...], value: str) -> str:
    """An object's members, each holding the same JSON value."""
    return ",".join(f'"{field}":{value}' for field in fields)


def hostile_events(value: str) -> list[bytes]:
    """Events of each type whose every field is hostile, first beside a name that is good, then in it, too."""
    made = []
    for event_type, naming in _NAMING.items():
        for name in ('"1001"', value):
            data = filled([*EVENT_FIELDS[:-3], "x"], value)
            named = "".join(f',"{field}":{name}' for field in naming)
            envelope = f'"event_id":"{uuid4()}","event_type":"{event_type}"'
            made.append(f'{{{envelope},"data":{{{data}{named}}}}}'.encode())
    return made


def hostile_objects(value: str) -> list[bytes]:
    """Objects of a shop whose every field is hostile, on the first level and within."""
    fields = OBJECT_FIELDS if len(value) < 500 else ["total", "name", "email", "code"]
    inside = f'{{"id":{value},{filled(fields, value)},"key":{value},"value":{value}}}'
    good = '"total":"1","currency":"EUR"'
    made = [
        f'{{"id":7,{filled(OBJECT_FIELDS, value)}}}',
        f'{{"id":8,{good},{filled(OBJECT_FIELDS[4:], value)}}}',
        f'{{"id":{value},{good}}}',
    ]
    at_once = max(1, _MOST_BYTES // len(inside.encode()))
    for start in range(0, len(_NESTED_FIELDS), at_once):
        outer = _NESTED_FIELDS[start : start + at_once]
        made.append(f'{{"id":9,{good},{filled(outer, inside)}}}')
        made.append(f'{{"id":10,{good},{filled(outer, f"[{inside}]")}}}')
    return [body.encode() for body in made]


def hostile_objects_of(topic: str, value: str) -> list[bytes]:
    """Those that could be what the topic says: nobody is fooled by a whole order under another topic."""
    if topic.endswith(".deleted"):
        return [f'{{"id":{value}}}'.encode()]
    bodies = hostile_objects(value)
    if topic.startswith("order."):
        return bodies
    return [body.replace(b'"line_items"', b'"other_items"') for body in bodies]


def batches(events: list[bytes]) -> Iterator[list[bytes]]:
    """The events in batches that the door takes."""
    batch: list[bytes] = []
    for each in events:
        if sum(map(len, batch)) + len(each) > _MOST_BYTES or len(batch) == 98:
            yield batch
            batch = []
        batch.append(each)
    yield batch


class TestValues:
    @pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
    async def test_any_value_in_any_field_of_an_event(
        self, house: House, database: Database, site: Source, value: str
    ) -> None:
        """Every field of every type holds it at once: kept exactly; applied or parked as unreadable, alone."""
        neighbours = 1
        async with house.http() as http:
            for batch in batches(hostile_events(value)):
                good = json.dumps(
                    event("order.paid", order_id=neighbours, total="5", currency="EUR")
                ).encode()
                answer = await send_event(http, site, b"[" + b",".join([*batch, good]) + b"]")
                assert (answer.status_code, answer.json()["success"]) == (200, True)
                neighbours += 1
                await house.settle()
                kept = {row["body"]: row for row in await receipts_of(database, site)}
                assert kept.keys() >= {*batch, good}
                assert kept[good]["outcome"] == "processed"
                assert {row["error_code"] for row in kept.values()} <= _GIVEN_UP, kept

    @pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
    async def test_any_value_in_any_field_of_a_shops_object(
        self, house: House, database: Database, shop: Source, value: str
    ) -> None:
        """The same for a shop's deliveries, for the object and for everything inside it."""
        good = {"id": 1, "total": "5.00", "currency": "EUR", "status": "completed"}
        told = {
            topic: hostile_objects_of(topic, value)
            for topic in (_TOPICS if len(value) < 500 else ("order.updated",))
        }
        async with house.http() as http:
            answers = [await deliver(http, shop, "order.updated", good)]
            for topic, bodies in told.items():
                answers += await asyncio.gather(*(deliver(http, shop, topic, body) for body in bodies))
        await house.settle()

        assert {answer.status_code for answer in answers} == {200}
        kept = await receipts_of(database, shop)
        assert {row["body"] for row in kept} == {*chain(*told.values()), json.dumps(good).encode()}
        assert {row["error_code"] for row in kept} <= _GIVEN_UP, [row["error"] for row in kept]
        assert {row["outcome"] for row in kept if row["body"] == json.dumps(good).encode()} == {"processed"}

    @pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
    async def test_any_value_in_the_envelope(
        self, house: House, database: Database, site: Source, value: str
    ) -> None:
        """As an event's id, type, time or data: kept, or refused for itself alone."""
        envelope = {"event_id": '"e"', "event_type": '"lead.created"', "timestamp": "null", "data": "{}"}
        batch = [
            "{" + ",".join(f'"{n}":{value if n == name else v}' for n, v in envelope.items()) + "}"
            for name in envelope
        ]
        batch = [
            body.replace('"event_id":"e"', f'"event_id":"{number}"') for number, body in enumerate(batch)
        ]
        good = event("lead.created", email="neighbour@shop.example")
        async with house.http() as http:
            answer = await send_event(http, site, f"[{','.join(batch)},{json.dumps(good)}]".encode())
        await house.settle()
        assert answer.status_code == 200
        results = answer.json()["results"]
        assert {result.get("code") for result in results[:-1]} <= {None, "event_invalid"}
        assert results[-1]["success"] is True
        kept = {row["event_id"]: row for row in await receipts_of(database, site)}
        assert kept[good["event_id"]]["outcome"] == "processed"
        assert {row["error_code"] for row in kept.values()} <= _GIVEN_UP


class TestBodies:
    @pytest.mark.parametrize("body", REFUSED_BODIES.values(), ids=REFUSED_BODIES.keys())
    async def test_what_is_no_json_is_refused_at_the_door(
        self, house: House, database: Database, site: Source, shop: Source, body: bytes
    ) -> None:
        """400, and nothing is kept: neither by the plugin's door nor by the shop's."""
        async with house.http() as http:
            answers = [
                await send_event(http, site, body),
                await send_event(http, site, b"[" + body + b"]"),
                await deliver(http, shop, "order.updated", body),
            ]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} <= {(400, "not_json")}
        assert await receipts_of(database, site) == await receipts_of(database, shop) == []

    async def test_a_byte_order_mark_is_tolerated(
        self, house: House, database: Database, site: Source, shop: Source
    ) -> None:
        """Some senders put one before their JSON; it is kept with it and does not disturb."""
        order = b'\xef\xbb\xbf{"id":1,"total":"5.00","currency":"EUR","status":"completed"}'
        lead = b'\xef\xbb\xbf{"event_id":"bom","event_type":"lead.created","data":{"email":"a@shop.example"}}'
        batch = (
            b'\xef\xbb\xbf[{"event_id":"bom2","event_type":"lead.created","data":{"email":"a@shop.example"}}]'
        )
        async with house.http() as http:
            answers = [
                await deliver(http, shop, "order.updated", order),
                await send_event(http, site, lead),
                await send_event(http, site, batch),
            ]
        await house.settle()
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        kept = [*await receipts_of(database, shop), *await receipts_of(database, site)]
        assert [row["outcome"] for row in kept] == ["processed"] * 3
        assert kept[0]["body"] == order

    async def test_an_object_of_as_many_keys_as_fit(
        self, house: House, database: Database, site: Source, shop: Source
    ) -> None:
        """Hundreds of thousands of keys in 2 MiB are read like any other body."""
        keys = many_keys(190_000)
        bodies = [
            b'{"event_id":"many","event_type":"lead.created","data":{"fields":{' + keys + b'"z":0}}}',
            b'{"event_id":"many2","event_type":"lead.created",' + keys + b'"data":{}}',
            b'{"id":1,"total":"5.00","currency":"EUR",' + keys + b'"status":"completed"}',
        ]
        assert all(len(body) < 2 * 1024 * 1024 for body in bodies)
        async with house.http() as http:
            answers = [
                await send_event(http, site, bodies[0]),
                await send_event(http, site, bodies[1]),
                await deliver(http, shop, "order.updated", bodies[2]),
            ]
        await house.settle()
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        kept = [*await receipts_of(database, site), *await receipts_of(database, shop)]
        assert [(row["body"], row["outcome"]) for row in kept] == [(body, "processed") for body in bodies]

    @pytest.mark.parametrize("number", ["1e999999", "1e-999999", "9" * 4000, "0." + "1" * 4000])
    async def test_numbers_do_not_grow(
        self, house: House, database: Database, site: Source, number: str
    ) -> None:
        """A few bytes of number, many times over, cost no more than their bytes (amplification)."""
        several = ",".join([number] * (1_500_000 // len(number) // 4))
        nested = f'{{"a":[{several}],"b":[{several}],"c":{{"d":[{several}]}}}}'
        body = f'{{"event_id":"n","event_type":"lead.created","data":{{"fields":{nested}}}}}'.encode()
        async with house.http() as http:
            assert (await send_event(http, site, body)).status_code == 200
        await house.settle()
        (kept,) = await receipts_of(database, site)
        assert kept["outcome"] == "processed"
        async with database.transaction(house_scope(site)) as transaction:
            size = await transaction.scalar(
                "SELECT length(fields::text) FROM leads WHERE client_id = %s", (site.client_id,)
            )
        assert size < len(body)

    async def test_the_last_of_duplicate_keys_counts_for_the_door_and_for_the_tables(
        self, house: House, database: Database, shop: Source
    ) -> None:
        """Two parsers that disagreed could be played against each other; ours read the same."""
        body = b'{"id":1,"id":2,"total":"1.00","total":"2.00","currency":"USD","currency":"EUR","status":"completed"}'
        async with house.http() as http:
            await deliver(http, shop, "order.updated", body)
        await house.settle()
        async with database.transaction(house_scope(shop)) as transaction:
            rows: list[tuple[Any, ...]] = await transaction.tuples(
                "SELECT external_id, total::text, currency FROM orders WHERE client_id = %s",
                (shop.client_id,),
            )
        assert rows == [("2", "2.00", "EUR")]

    async def test_headers_that_are_no_text(self, house: House, database: Database, shop: Source) -> None:
        """Bytes beyond ASCII in headers are kept as they are, as far as they can be."""
        body = b'{"id":1,"total":"5.00","currency":"EUR"}'
        headers = [
            (name.encode(), value.encode())
            for name, value in delivery_headers(shop, body, "order.updated").items()
        ]
        headers += [(b"X-Strange", b"\xff\xfe\x80"), (b"X-WC-Webhook-Delivery-ID", b"\xe2\x82\xac" * 100)]
        async with house.http() as http:
            path = f"/api/webhooks/woocommerce/{shop.public_id}"
            answer = await http.post(path, content=body, headers=headers)
        assert answer.status_code == 200
        (kept,) = await receipts_of(database, shop)
        assert json.loads(kept["headers"])["x-strange"] == "\xff\xfe\x80"


def house_scope(source: Source) -> TenantScope:
    return TenantScope(None, (source.client_id,))
