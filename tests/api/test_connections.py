"""Connections: made, watched, paused, given new secrets, tried, deleted; their events seen and processed again."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.support.callers import program_of
from tests.support.connected_shops import connected_shop
from tests.support.house import House
from tests.support.senders import event, send_event
from tests.support.tenants import Source, Tenant, make_tenant

from convertos.connections.connection_string import ConnectionString
from convertos.core.database import Database, Role


@pytest.fixture
async def program(house: House, database: Database, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with await program_of(house, database, tenant) as http:
        yield http


async def make(
    program: httpx.AsyncClient, tenant: Tenant, kind: str = "wordpress", **more: Any
) -> dict[str, Any]:
    body = {
        "clientId": str(tenant.client_id),
        "type": kind,
        "name": "Site",
        "domain": "Shop.example/x",
        **more,
    }
    answer = await program.post("/api/connections", json=body)
    assert answer.status_code == 201, answer.text
    connection: dict[str, Any] = answer.json()["connection"]
    return connection


async def send(house: House, connection: dict[str, Any], content: Any, secret: str | None = None) -> int:
    """Deliver an event as the connection's site; returns the status of the answer."""
    site = Source(
        UUID(connection["clientId"]),
        UUID(connection["id"]),
        UUID(int=0),
        connection["connectionId"],
        connection["connectionSecret"],
        connection["type"],
    )
    async with house.http() as http:
        return (await send_event(http, site, content, secret=secret)).status_code


class TestCreate:
    """What a site needs is told once."""

    async def test_wordpress(self, house: House, program: httpx.AsyncClient, tenant: Tenant) -> None:
        """Id, secret, key, and the line that holds all of them."""
        made = await make(program, tenant)
        assert re.fullmatch(r"wp_[0-9a-f]{24}", made["connectionId"])
        assert re.fullmatch(r"[0-9a-f]{64}", made["connectionSecret"])
        assert made["domain"] == "shop.example"
        assert (made["status"], made["health"]) == ("active", "new")
        assert made["webhookUrl"].endswith("/api/webhooks/wordpress")
        line = ConnectionString.decode(made["connectionString"])
        assert (line.connection_id, line.secret, line.api_key) == (
            made["connectionId"],
            made["connectionSecret"],
            made["apiKey"],
        )
        async with house.http(**{"X-API-Key": made["apiKey"]}) as http:
            assert (await http.get("/api/integrations/wordpress/status")).status_code == 200

    @pytest.mark.parametrize(("kind", "prefix"), [("woocommerce", "wc"), ("shopify", "sh")])
    async def test_shops(self, program: httpx.AsyncClient, tenant: Tenant, kind: str, prefix: str) -> None:
        """A shop's address holds the connection's id; there is no key and no line."""
        made = await make(program, tenant, kind)
        assert made["webhookUrl"].endswith(f"/api/webhooks/{kind}/{made['connectionId']}")
        assert made["connectionId"].startswith(f"{prefix}_")
        assert (made["apiKey"], made["connectionString"]) == (None, None)

    async def test_secrets_are_shown_once(self, program: httpx.AsyncClient, tenant: Tenant) -> None:
        """No later answer holds them."""
        made = await make(program, tenant)
        texts = [
            (await program.get(path)).text
            for path in ("/api/connections", f"/api/connections/{made['id']}", "/api/audit-log")
        ]
        for secret in (made["connectionSecret"], made["apiKey"], made["connectionString"]):
            assert not any(secret in text for text in texts)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"type": "fax"}, "type"),
            ({"domain": "no domain"}, "domain"),
            ({"allowedNetworks": ["here"]}, "allowedNetworks"),
            ({"config": {"allowsSha512": "yes"}}, "config.allowsSha512"),
            ({"secret": "short"}, "secret"),
        ],
    )
    async def test_nonsense(
        self, program: httpx.AsyncClient, tenant: Tenant, wrong: dict[str, Any], field: str
    ) -> None:
        """The field that is wrong is named."""
        body = {"clientId": str(tenant.client_id), "type": "wordpress", "name": "Site", **wrong}
        answer = await program.post("/api/connections", json=body)
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == [field]

    async def test_switches_in_either_spelling(
        self, house: House, program: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        """A demand for safety is not forgotten because of its spelling."""
        made = await make(program, tenant, config={"requires_timestamp": True, "note": "ours"})
        assert made["config"] == {"requiresTimestamp": True, "note": "ours"}
        assert await send(house, made, event()) == 401
        changes = {"config": {"requires_timestamp": None, "allows_sha512": False}}
        changed = await program.patch(f"/api/connections/{made['id']}", json=changes)
        assert changed.json()["connection"]["config"] == {"note": "ours", "allowsSha512": False}

    async def test_a_client_of_somebody_else(self, database: Database, program: httpx.AsyncClient) -> None:
        """It is not there, as far as the caller can tell."""
        other = await make_tenant(database)
        body = {"clientId": str(other.client_id), "type": "wordpress", "name": "Site"}
        assert (await program.post("/api/connections", json=body)).status_code == 404

    async def test_two_ways_into_one_store(
        self, house: House, database: Database, program: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        """The plugin and the REST keys of one shop speak of the same orders."""
        await make(program, tenant)
        await make(program, tenant, "woocommerce")
        async with database.transaction(role=Role.WORKER) as transaction:
            stores = await transaction.scalar(
                "SELECT count(DISTINCT store_id) FROM connections WHERE client_id = %s", (tenant.client_id,)
            )
        assert stores == 1


async def test_statistics(house: House, program: httpx.AsyncClient, tenant: Tenant) -> None:
    """What came, came twice, was turned away or failed is told, and what to think of it."""
    made = await make(program, tenant)
    first = event()
    for each in (first, first, event(), {"event_id": "no data", "event_type": "order.created"}):
        assert await send(house, made, each) == 200
    assert await send(house, made, event(), secret="another") == 401
    await house.settle()
    connection: dict[str, Any] = {"statistics": {"rejected": 0}}
    while not connection["statistics"]["rejected"]:  # counted together, at most a second later
        answer = await program.get(f"/api/connections/{made['connectionId']}")
        connection = answer.json()["connection"]
    statistics = connection["statistics"]
    assert (statistics["eventsToday"], statistics["events7d"], statistics["eventsTotal"]) == (3, 3, 3)
    assert (statistics["duplicates"], statistics["waiting"], statistics["failed"]) == (1, 0, 1)
    assert statistics["rejections"] == {"signature_invalid": 1}
    assert statistics["lastError"]["code"] == "unreadable"
    assert connection["health"] == "degraded"
    assert connection["lastSeenAt"] is not None
    listed = (await program.get("/api/connections", params={"clientId": str(tenant.client_id)})).json()
    assert listed["connections"] == [connection]


async def test_pause(house: House, program: httpx.AsyncClient, tenant: Tenant) -> None:
    """A paused connection keeps what comes, and processes it when it is resumed."""
    made = await make(program, tenant)
    path = f"/api/connections/{made['id']}"
    paused = await program.patch(path, json={"status": "paused"})
    assert paused.json()["connection"]["health"] == "paused"
    assert await send(house, made, event()) == 200
    await house.settle()
    assert (await program.get(path)).json()["connection"]["statistics"]["waiting"] == 1
    await program.patch(path, json={"status": "active"})
    await house.settle()
    events = (await program.get(f"{path}/events")).json()["events"]
    assert [(each["eventType"], each["status"]) for each in events] == [("lead.created", "processed")]


async def test_delete_a_store_with_keys(
    house: House, database: Database, program: httpx.AsyncClient, tenant: Tenant
) -> None:
    """Where we hold keys of a store, a worker takes our webhooks away there."""
    async with connected_shop(house, database, tenant) as connected:
        answer = await program.delete(f"/api/connections/{connected.source.public_id}")
    assert answer.status_code == 200
    async with database.transaction(role=Role.WORKER) as transaction:
        jobs = await transaction.scalar(
            "SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'connection_id' = %s",
            (str(connected.source.connection_id),),
        )
    assert jobs == 1


async def test_delete(house: House, program: httpx.AsyncClient, tenant: Tenant) -> None:
    """A deleted connection is a stranger from that moment on, for its sender and for people."""
    made = await make(program, tenant)
    assert await send(house, made, event()) == 200
    assert (await program.delete(f"/api/connections/{made['id']}")).status_code == 200
    assert await send(house, made, event()) == 401
    assert (await program.get(f"/api/connections/{made['id']}")).status_code == 404
    assert (await program.get("/api/connections")).json()["connections"] == []


class TestRotation:
    """A new secret without losing an event."""

    async def test_both_verify_until_the_old_one_ends(
        self, house: House, database: Database, program: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        """For 24 hours the old one is taken as well, and not a moment longer."""
        made = await make(program, tenant)
        answer = (await program.post(f"/api/connections/{made['id']}/rotate-secret")).json()
        old, new = made["connectionSecret"], answer["newSecret"]
        assert old != new
        ends = datetime.fromisoformat(answer["previousSecretExpiresAt"])
        assert timedelta(hours=23, minutes=59) < ends - datetime.now(UTC) <= timedelta(hours=24)
        assert [await send(house, made, event(), secret) for secret in (old, new)] == [200, 200]
        async with database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute(
                "UPDATE connection_secrets SET expires_at = now() WHERE client_id = %s AND expires_at IS NOT NULL",
                (tenant.client_id,),
            )
        await program.patch(f"/api/connections/{made['id']}", json={"name": "Asked afresh"})
        assert [await send(house, made, event(), secret) for secret in (old, new)] == [401, 200]

    async def test_the_third_within_a_day(
        self, house: House, program: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        """Two before the present one live on at most."""
        made = await make(program, tenant)
        secrets = [made["connectionSecret"]]
        for _ in range(3):
            answer = await program.post(f"/api/connections/{made['id']}/rotate-secret")
            secrets.append(answer.json()["newSecret"])
        codes = [await send(house, made, event(), secret) for secret in secrets]
        assert codes == [401, 200, 200, 200]


class TestTrial:
    """A test event goes the whole way."""

    @pytest.mark.parametrize("kind", ["wordpress", "woocommerce", "shopify"])
    async def test_passes(self, house: House, program: httpx.AsyncClient, tenant: Tenant, kind: str) -> None:
        """Signed, delivered, kept, processed; even where only one network may deliver."""
        made = await make(program, tenant, kind, allowedNetworks=["203.0.113.0/24"])
        trial = asyncio.create_task(program.post(f"/api/connections/{made['id']}/test"))
        while not trial.done():
            await house.settle()
            await asyncio.sleep(0.01)
        answer = trial.result().json()
        assert [(step["step"], step["ok"]) for step in answer["steps"]] == [
            ("sign", True),
            ("deliver", True),
            ("keep", True),
            ("process", True),
        ]
        assert answer["passed"] is True
        events = (await program.get(f"/api/connections/{made['id']}/events")).json()["events"]
        assert [(each["status"], each["note"]) for each in events] == [("ignored", "test")]

    async def test_while_paused(self, house: House, program: httpx.AsyncClient, tenant: Tenant) -> None:
        """It says that the event waits."""
        made = await make(program, tenant)
        await program.patch(f"/api/connections/{made['id']}", json={"status": "paused"})
        answer = (await program.post(f"/api/connections/{made['id']}/test")).json()
        assert "paused" in answer["steps"][-1]["detail"]


class TestEvents:
    """What was received, as it came."""

    async def test_list_and_filters(self, house: House, program: httpx.AsyncClient, tenant: Tenant) -> None:
        """Newest first, by type and by state, page by page."""
        made = await make(program, tenant)
        path = f"/api/connections/{made['id']}/events"
        sent = [
            event(email="anna@example.com"),
            {"event_id": "x", "event_type": "order.created", "data": {}},
            event(email="anna@example.com"),
        ]
        for each in sent:
            await send(house, made, each)
        await house.settle()
        listed = (await program.get(path)).json()["events"]
        assert [each["eventId"] for each in listed] == [each["event_id"] for each in reversed(sent)]
        assert {each["signatureValid"] for each in listed} == {True}
        failed = (await program.get(path, params={"status": "failed"})).json()["events"]
        assert [(each["eventId"], each["processed"]) for each in failed] == [("x", False)]
        assert failed[0]["error"]
        leads = (await program.get(path, params={"type": "lead.created", "limit": 1})).json()
        rest = await program.get(path, params={"type": "lead.created", "cursor": leads["nextCursor"]})
        found = [*leads["events"], *rest.json()["events"]]
        assert [each["eventId"] for each in found] == [sent[2]["event_id"], sent[0]["event_id"]]

    @pytest.mark.parametrize("kind", ["wordpress", "woocommerce"])
    async def test_an_event_by_its_sender_s_id(
        self, house: House, program: httpx.AsyncClient, tenant: Tenant, kind: str
    ) -> None:
        """Who sent an event knows its `eventId` alone: it is read and replayed by that as well."""
        made = await make(program, tenant, kind)
        path = f"/api/connections/{made['id']}"
        trial = asyncio.create_task(program.post(f"{path}/test"))
        while not trial.done():
            await house.settle()
            await asyncio.sleep(0.01)
        tried = trial.result().json()
        (listed,) = (await program.get(f"{path}/events")).json()["events"]
        sent_id = listed["eventId"]
        assert sent_id != listed["id"]
        assert kind == "woocommerce" or sent_id == tried["eventId"]
        whole = await program.get(f"{path}/events/{sent_id}")
        assert (whole.status_code, whole.json()["event"]["id"]) == (200, listed["id"])
        again = await program.post(f"{path}/events/{sent_id}/replay")
        assert (again.status_code, again.json()["replayed"]) == (202, 1)
        other = await make(program, tenant)
        for unknown in (f"{path}/events/no-such", f"/api/connections/{other['id']}/events/{sent_id}"):
            assert (await program.get(unknown)).status_code == 404

    async def test_payload_needs_a_right_of_its_own(
        self, house: House, database: Database, program: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        """Headers and body hold personal data: who may see connections need not see those."""
        made = await make(program, tenant)
        sent = event(name="Ännä")
        await send(house, made, sent)
        listed = (await program.get(f"/api/connections/{made['id']}/events")).json()["events"]
        path = f"/api/connections/{made['id']}/events/{listed[0]['id']}"
        whole = (await program.get(path)).json()["event"]
        assert json.loads(whole["payload"]) == sent
        assert whole["headers"]["content-type"] == "application/json"
        async with await program_of(house, database, tenant, ["connections:read"]) as onlooker:
            assert (await onlooker.get(path)).status_code == 403

    async def test_replay(
        self, house: House, database: Database, program: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        """Processing again brings back what is missing, and doubles nothing."""
        made = await make(program, tenant)
        await send(house, made, event(email="anna@example.com"))
        await send(house, made, event(email="anna@example.com"))
        await house.settle()

        async def leads() -> int:
            async with database.transaction(role=Role.WORKER) as transaction:
                count = await transaction.scalar(
                    "SELECT count(*) FROM leads WHERE client_id = %s", (tenant.client_id,)
                )
            return int(count)

        assert await leads() == 2
        async with database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute("DELETE FROM leads WHERE client_id = %s", (tenant.client_id,))
        listed = (await program.get(f"/api/connections/{made['id']}/events")).json()["events"]
        one = await program.post(f"/api/connections/{made['id']}/events/{listed[0]['id']}/replay")
        assert (one.status_code, one.json()["replayed"]) == (202, 1)
        await house.settle()
        assert await leads() == 1
        today = datetime.now(UTC).date()
        order = {"status": "processed", "from": f"{today - timedelta(days=1)}", "to": f"{today}"}
        every = await program.post(f"/api/connections/{made['id']}/replay", json=order)
        assert every.json()["replayed"] == 2
        await house.settle()
        assert await leads() == 2
        nothing = await program.post(f"/api/connections/{made['id']}/replay", json={"to": "2020-01-01"})
        assert nothing.json()["replayed"] == 0

    @pytest.mark.parametrize("order", [{"from": "yesterday"}, {"from": "2026-02-02", "to": "2026-02-01"}])
    async def test_replay_of_no_time(
        self, program: httpx.AsyncClient, tenant: Tenant, order: dict[str, str]
    ) -> None:
        """What is no time is named."""
        made = await make(program, tenant)
        assert (await program.post(f"/api/connections/{made['id']}/replay", json=order)).status_code == 422
