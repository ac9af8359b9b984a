"""Any JSON of roughly the right shape goes all the way into the ledger without harming what came with it."""

import json
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convertos.core.database import Database
from convertos.ingest.keep import Keeper, new_receipt
from convertos.platforms import Delivery
from tests.support.any_json import event_bodies, object_bodies, topics
from tests.support.house import House
from tests.support.receipts import receipts_of
from tests.support.senders import event
from tests.support.tenants import Source, make_source, make_tenant
from tests.support.wire import EVENT_TYPES


class Shop(NamedTuple):
    """One shop that sends on both ways, as real ones do."""

    site: Source
    shop: Source
    keeper: Keeper


@pytest.fixture(scope="module")
async def both(database: Database, house: House) -> Shop:
    """The same shop for all examples, so that they meet what earlier ones left."""
    tenant = await make_tenant(database)
    site = await make_source(database, house.installation, tenant, "wordpress", domain="any.example")
    shop = await make_source(database, house.installation, tenant, domain="any.example")
    assert site.store_id == shop.store_id
    return Shop(site, shop, Keeper(database))


async def keep(keeper: Keeper, source: Source, event_type: str, body: bytes) -> None:
    name = str(uuid4())
    made = new_receipt(
        Delivery(key=(name,), event_type=event_type, event_id=name, body=body),
        client_id=source.client_id,
        connection_id=source.connection_id,
        door="plugin" if source.type == "wordpress" else "webhook",
        headers=b"{}",
        received_at=datetime.now(UTC),
    )
    await keeper.keep(made)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    sent=st.lists(st.tuples(st.sampled_from(EVENT_TYPES), event_bodies), max_size=8),
    delivered=st.lists(st.tuples(topics, object_bodies), max_size=8),
)
async def test_a_batch_of_anything_is_applied_but_for_what_can_not_be_read(
    house: House,
    database: Database,
    both: Shop,
    sent: list[tuple[str, bytes]],
    delivered: list[tuple[str, bytes]],
) -> None:
    """Nothing is parked but as unreadable, and the good event among them is processed."""
    good = json.dumps(event("order.paid", order_id=str(uuid4()), total="5", currency="EUR")).encode()
    for event_type, body in sent:
        await keep(both.keeper, both.site, event_type, body)
    await keep(both.keeper, both.site, "order.paid", good)
    for topic, body in delivered:
        await keep(both.keeper, both.shop, topic, body)
    await house.settle()

    kept = [*await receipts_of(database, both.site), *await receipts_of(database, both.shop)]
    assert {row["error_code"] for row in kept} <= {None, "unreadable"}, [
        (row["event_type"], row["body"], row["error"])
        for row in kept
        if row["error_code"] not in {None, "unreadable"}
    ]
    assert [row["outcome"] for row in kept if row["body"] == good] == ["processed"]
