"""What is acknowledged is on disk, once, whoever else comes at the same time."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest
from prometheus_client import REGISTRY

from convertos.core.database import Database
from convertos.core.errors import UnavailableError
from convertos.core.ids import new_id
from convertos.core.installation import Installation
from convertos.ingest.keep import Keeper, new_receipt
from convertos.ingest.store import NewReceipt
from convertos.platforms import Delivery, RefusedError
from tests.support.door import run_door
from tests.support.receipts import days_of, receipts_of
from tests.support.senders import deliver, event, send_event
from tests.support.tenants import Source, Tenant, make_source


def receipt(source: Source, name: str, body: bytes = b"{}") -> NewReceipt:
    return new_receipt(
        Delivery(key=(name,), event_type="test", event_id=name, body=body),
        client_id=source.client_id,
        connection_id=source.connection_id,
        door="plugin",
        headers=b"{}",
        received_at=datetime.now(UTC),
    )


class TestConcurrency:
    async def test_one_delivery_fifty_times_at_once_in_four_processes_is_kept_once(
        self, installation: Installation, database: Database, shop: Source
    ) -> None:
        """Every sender gets 200, exactly one of them hears that it was new."""
        content = {"id": 7, "date_modified_gmt": "2025-03-01T10:00:00", "total": "1.00"}
        doors = [run_door(installation) for _ in range(4)]
        async with doors[0] as a, doors[1] as b, doors[2] as c, doors[3] as d:
            clients = [door.http() for door in (a, b, c, d)]
            answers = await asyncio.gather(
                *(deliver(clients[n % 4], shop, "order.updated", content) for n in range(50))
            )
            for client in clients:
                await client.aclose()
        assert {answer.status_code for answer in answers} == {200}
        assert sorted(answer.json()["duplicate"] for answer in answers) == [False] + [True] * 49
        assert len(await receipts_of(database, shop)) == 1
        assert list((await days_of(database, shop)).values()) == [(1, 49)]

    async def test_two_keepers_with_the_same_batches_in_other_orders_agree(
        self, database: Database, site: Source
    ) -> None:
        """Processes that write the same keys in opposite orders neither block each other nor keep one twice."""
        keepers = [Keeper(database) for _ in range(3)]
        names = [f"event-{number}" for number in range(200)]

        async def keep_all(keeper: Keeper, ordered: list[str]) -> list[bool]:
            kept = await asyncio.gather(*(keeper.keep(receipt(site, name)) for name in ordered))
            return [each.is_duplicate for each in kept]

        told = await asyncio.gather(
            keep_all(keepers[0], names),
            keep_all(keepers[1], names[::-1]),
            keep_all(keepers[2], names[100:] + names),
        )
        flat = [is_duplicate for each in told for is_duplicate in each]
        assert (flat.count(False), len(flat)) == (200, 700)
        assert len(await receipts_of(database, site)) == 200

    async def test_a_hundred_senders_are_each_answered_about_their_own(
        self, installation: Installation, database: Database, tenant: Tenant
    ) -> None:
        """Events of many connections share commits and keep their connection."""
        sites = [await make_source(database, installation, tenant, "wordpress") for _ in range(10)]
        async with run_door(installation) as door, door.http() as http:
            answers = await asyncio.gather(*(send_event(http, sites[n % 10], event()) for n in range(100)))
        assert {answer.status_code for answer in answers} == {200}
        for number, site in enumerate(sites):
            kept = {row["event_id"] for row in await receipts_of(database, site)}
            assert kept == {answer.json()["eventId"] for answer in answers[number::10]}


class TestNeighbours:
    async def test_one_that_the_database_refuses_does_not_cost_the_others_their_place(
        self, database: Database, site: Source
    ) -> None:
        """A receipt that can't be written is refused alone; all others of its commit are kept."""
        poison = receipt(site, "poison")._replace(event_type="with NUL \x00")
        keeper = Keeper(database)
        kept = await asyncio.gather(
            *(keeper.keep(receipt(site, f"{n}")) for n in range(50)),
            keeper.keep(poison),
            *(keeper.keep(receipt(site, f"{n}")) for n in range(50, 99)),
            return_exceptions=True,
        )
        refused = [each for each in kept if isinstance(each, BaseException)]
        assert [type(each) for each in refused] == [RefusedError]
        assert len(await receipts_of(database, site)) == 99

    async def test_names_that_no_database_takes_are_made_storable(
        self, database: Database, site: Source
    ) -> None:
        """What a sender calls its event is kept as far as it can be written; the body is kept exactly."""
        strange = Delivery(key=("k",), event_type="t\x00" + "x" * 500, event_id="\ud800", body=b"\x00\xff")
        made = new_receipt(
            strange,
            client_id=site.client_id,
            connection_id=site.connection_id,
            door="plugin",
            headers=b"\x00",
            received_at=datetime.now(UTC),
        )
        await Keeper(database).keep(made)
        (kept,) = await receipts_of(database, site)
        assert (len(kept["event_type"]), kept["event_id"], kept["body"]) == (200, "\ufffd", b"\x00\xff")

    async def test_large_bodies_go_in_several_commits(self, database: Database, site: Source) -> None:
        """Forty bodies of a megabyte at once are kept, without one statement of forty megabytes."""
        keeper = Keeper(database)
        body = b"x" * 1_000_000
        kept = await asyncio.gather(*(keeper.keep(receipt(site, f"{n}", body)) for n in range(40)))
        assert {each.is_duplicate for each in kept} == {False}
        assert {len(row["body"]) for row in await receipts_of(database, site)} == {1_000_000}


class TestOverload:
    async def test_more_than_can_wait_is_refused_at_once(self, database: Database, site: Source) -> None:
        """Memory stays bounded: past four thousand waiting events the next hears 503, and nothing else is lost."""
        keeper = Keeper(database)
        kept = await asyncio.gather(
            *(keeper.keep(receipt(site, f"{n}")) for n in range(4500)), return_exceptions=True
        )
        refused = [each for each in kept if isinstance(each, BaseException)]
        assert {type(each) for each in refused} == {UnavailableError}
        assert len(await receipts_of(database, site)) == 4500 - len(refused)
        assert 0 < len(refused) <= 500

    async def test_heavy_bodies_count_by_their_weight(self, database: Database, site: Source) -> None:
        """Eighty megabytes at once are too much, though they are only forty events."""
        keeper = Keeper(database)
        body = b"x" * 2_000_000
        kept = await asyncio.gather(
            *(keeper.keep(receipt(site, f"{n}", body)) for n in range(40)), return_exceptions=True
        )
        refused = [each for each in kept if isinstance(each, UnavailableError)]
        assert refused
        assert len(await receipts_of(database, site)) == 40 - len(refused)

    @pytest.mark.parametrize("kind", ["wordpress", "woocommerce"])
    async def test_while_the_database_is_away_senders_are_asked_to_come_again(
        self, installation: Installation, database: Database, tenant: Tenant, kind: str
    ) -> None:
        """503 with Retry-After, never a 2xx: nothing is acknowledged that is not on disk."""
        source = await make_source(database, installation, tenant, kind)
        async with run_door(installation) as door, door.http() as http:
            assert (await _send(http, source)).status_code == 200
            await door.database.__aexit__()
            answer = await _send(http, source)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["success"] is False
        assert len(await receipts_of(database, source)) == 1


async def _send(http: httpx.AsyncClient, source: Source) -> httpx.Response:
    if source.type == "wordpress":
        return await send_event(http, source, event())
    return await deliver(http, source, "order.updated", {"id": str(new_id())})


async def test_commits_are_measured(database: Database, site: Source) -> None:
    """Whoever runs it sees how many receipts go into a commit, and how long one takes."""

    def measured() -> tuple[float, float]:
        names = ("convertos_receipt_commit_size_sum", "convertos_receipt_commit_seconds_count")
        size, commits = (REGISTRY.get_sample_value(name) or 0.0 for name in names)
        return size, commits

    size, commits = measured()
    keeper = Keeper(database)
    await asyncio.gather(*(keeper.keep(receipt(site, name)) for name in ("a", "b", "c")))
    assert measured()[0] == size + 3
    assert measured()[1] > commits
