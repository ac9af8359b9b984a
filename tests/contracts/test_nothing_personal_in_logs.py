"""Canaries go in by every door of real processes, and must not be heard in any log or figure.

Source: reliability.md I7 and §4 E ("log injection"); issue 2, 13.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import pytest
from tests.contracts.strangers import make_stranger
from tests.support.callers import key_of, site_key_of
from tests.support.ground import WORKER, Ground, make_home
from tests.support.hostile import VALUES
from tests.support.people import make_person
from tests.support.raw_http import RawConnection
from tests.support.routes import Operation, operations
from tests.support.senders import deliver, event, send_event
from tests.support.tenants import Source, make_source, make_tenant
from tests.support.wire import EVENT_FIELDS, EVENT_TYPES, TOPICS

from convertos.core.database import Database, DatabaseAccess, Role

pytestmark = pytest.mark.slow

NAME = "Canaryopoulou"
EMAIL = "canary.ana@canary-mail.example"
PHONE = "+306975555123"
SECRET = "canary-secret-0a1b2c3d4e5f"
INJECTED = 'canary\r\n{"event":"forged"}'
PLANTED = [NAME, EMAIL, PHONE, PHONE[3:], SECRET, "canary"]
NOWHERE = "0192f0c1-6b1e-7c3e-9d53-0f7a3c1f6a11"


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """A whole ConvertOS in processes of its own, which log JSON into files."""
    ground = Ground(make_home(tmp_path_factory.mktemp("logs")))
    await ground.build()
    yield ground
    await ground.clear()


def personal(**more: Any) -> dict[str, Any]:
    """Data of an event with a canary in every field."""
    return {
        **dict.fromkeys(EVENT_FIELDS, NAME),
        "email": EMAIL,
        "phone": PHONE,
        "touches": [{"utm_source": NAME, "at": "2026-01-01T00:00:00Z"}],
        "fields": {"message": EMAIL, INJECTED: PHONE},
        **more,
    }


async def tell_events(http: httpx.AsyncClient, site: Source) -> None:
    """Every type, whole and unreadable, hostile, in a batch, under strange types, badly signed, no JSON at all."""
    for event_type in [*EVENT_TYPES, INJECTED, EMAIL]:
        await send_event(http, site, event(event_type, **personal()))
        await send_event(http, site, event(event_type, **personal(order_id="", product_id=None, email="")))
    for value in VALUES.values():
        body = json.dumps(event("order.paid", **personal(order_id=NAME, total="@@"))).replace('"@@"', value)
        await send_event(http, site, body.encode())
    await send_event(http, site, [event("lead.created", **personal()), {"event_type": EMAIL}, EMAIL])
    headers = {
        "X-ConvertOS-Signature": SECRET,
        "X-Forwarded-For": EMAIL,
        "User-Agent": INJECTED.replace("\r\n", " "),
    }
    await send_event(http, site, event("order.paid", **personal()), headers)
    await send_event(http, site, f'{{"email": "{EMAIL}'.encode())
    await send_event(http, site, event("lead.created", **personal()), {"Content-Type": f"text/{NAME}"})
    await send_event(http, site, (EMAIL * 100_000).encode())
    await http.post(f"/api/webhooks/wordpress/{NAME}?email={EMAIL}", content=EMAIL)


async def tell_deliveries(http: httpx.AsyncClient, shop: Source) -> None:
    """Objects of a shop, whole and broken, and its own error bodies."""
    whole = {
        "id": 7,
        "number": NAME,
        "status": "processing",
        "currency": "EUR",
        "total": "5.00",
        "billing": {"email": EMAIL, "phone": PHONE, "first_name": NAME},
        "customer_note": INJECTED,
        "meta_data": [{"key": NAME, "value": EMAIL}],
    }
    for topic in [*TOPICS, f"action.{NAME.lower()}"]:
        await deliver(http, shop, topic, whole)
        await deliver(http, shop, topic, {"code": NAME, "message": EMAIL, "data": {"status": 401}})
        await deliver(http, shop, topic, {"id": EMAIL, "total": EMAIL, "currency": PHONE})
    await deliver(http, shop, "order.created", whole, secret=SECRET)
    await http.post(
        f"/api/webhooks/woocommerce/order-created?x={EMAIL}",
        content=json.dumps(whole),
        headers={"X-WC-Webhook-Source": f"https://{NAME}.example/", "Content-Type": "application/json"},
    )


def filled(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A body in which every text is a canary."""
    values = {"email": EMAIL, "phone": PHONE, "password": SECRET}
    return {name: values.get(name, NAME) for name in schema.get("properties", {})}


async def ask_api(http: httpx.AsyncClient, operation: Operation, **arguments: Any) -> None:
    """A route with canaries in its path, its query, its body, and its headers."""
    for path_value in (NOWHERE, EMAIL):
        address = operation.address(dict.fromkeys(operation.path_names, path_value))
        query = {each["name"]: EMAIL for each in operation.parameters("query")}
        for body in (filled(operation.body_schema or {}), {NAME: EMAIL}, EMAIL):
            await http.request(operation.method, address, params=query, json=body, **arguments)
        await http.request(operation.method, address, content=f'{{"{EMAIL}'.encode(), **arguments)


async def knock_everywhere(ground: Ground, keys: Mapping[str, str], person: tuple[str, str]) -> None:
    """Every route of the API as nobody, with made-up credentials, and with good ones; the pages, too."""
    referred = {"Referer": f"https://x.example/?email={EMAIL}", "User-Agent": NAME, "X-Request-ID": EMAIL}
    callers = [
        {},
        {"Authorization": f"Bearer cos_{SECRET}"},
        {"X-API-Key": SECRET},
        {"Cookie": f"convertos_session={SECRET}"},
        dict(keys),
    ]
    async with httpx.AsyncClient(base_url=ground.base_url, headers=referred, timeout=30) as http:
        for operation in operations():
            # With good credentials, what ends them would end this test.
            is_farewell = operation.path in {"/api/auth/revoke", "/api/clients/{client_id}"}
            for headers in callers[:-1] if is_farewell else callers:
                await ask_api(http, operation, headers=headers)
        for path in (
            "/login",
            "/setup",
            "/dashboard",
            f"/setup?token={SECRET}",
            f"/dashboard/{EMAIL}",
            f"/{EMAIL}",
        ):
            await http.get(path, headers={"Cookie": f"convertos_session={SECRET}"})
            await http.post(path, data={"email": EMAIL, "password": SECRET, "name": NAME, "token": SECRET})
        origin = {"Origin": ground.base_url}
        for email, password in (person, (person[0], SECRET), (EMAIL, SECRET)):
            await http.post("/login", data={"email": email, "password": password}, headers=origin)
            await http.post("/api/auth/token", json={"email": email, "password": password})


async def break_requests(port: int) -> None:
    """What is no HTTP, and requests that end in the middle."""
    for sent in (
        f"GET /{EMAIL} HTTP/9.9\r\n{NAME}: {EMAIL}\r\n\r\n",
        f"{NAME} / HTTP/1.1\r\n\r\n",
        f"POST /api/webhooks/wordpress HTTP/1.1\r\nHost: {EMAIL}\r\nContent-Length: {PHONE}\r\n\r\n",
        f"POST /api/webhooks/wordpress HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{EMAIL}",
    ):
        connection = await RawConnection.open(port)
        await connection.send(sent.encode())
        await connection.close()


async def until_done(database: Database, ground: Ground) -> None:
    """Wait until every receipt is processed or parked."""
    while True:
        async with database.transaction(role=Role.WORKER) as transaction:
            if not await transaction.scalar("SELECT count(*) FROM inbox WHERE NOT is_parked"):
                return
        assert ground.is_alive(WORKER)
        await asyncio.sleep(0.1)


async def until_taken(http: httpx.AsyncClient, site: Source) -> None:
    """Wait until the door takes events again."""
    while True:
        answer = await send_event(http, site, event("order.paid", **personal(order_id=1)))
        if answer.status_code == 200:
            return
        await asyncio.sleep(0.1)


def passwords(access: DatabaseAccess) -> Iterator[str]:
    yield from (access.password(role) for role in Role)


def commands_say(ground: Ground) -> str:
    """What the operator's looking commands write."""
    environment = {**os.environ, "CONVERTOS_HOME": str(ground.home)}
    program = [sys.executable, "-m", "convertos"]
    said = [
        subprocess.run([*program, *words], env=environment, capture_output=True, text=True, check=False)
        for words in (["doctor"], ["doctor", "--json"], ["settings"])
    ]
    assert all(each.stdout for each in said)
    return "".join(each.stdout + each.stderr for each in said)


async def test_no_log_and_no_figure_tells_who_it_was_about(ground: Ground) -> None:
    """E-mails, names, phones, secrets, keys, cookies, passwords: in by every door, out by none."""
    database, installation = ground.database, ground.installation
    tenant = await make_tenant(database)
    site = await make_source(database, installation, tenant, "wordpress")
    shop = await make_source(database, installation, tenant, domain=f"{NAME.lower()}.example")
    async with Database(installation.access, {Role.APP: 1, Role.WORKER: 1, Role.INGEST: 1}) as people:
        person = await make_person(people, tenant)
        keys = {
            "Authorization": f"Bearer {await key_of(people, installation, tenant)}",
            "X-API-Key": await site_key_of(people, installation, site),
        }
        await make_stranger(people, installation)
    async with httpx.AsyncClient(base_url=ground.base_url, timeout=30) as http:
        await tell_events(http, site)
        await tell_deliveries(http, shop)
        await knock_everywhere(ground, keys, (person.email, person.password))
        await break_requests(ground.port)
        await until_done(database, ground)
        await ground.kill_postgres()
        await send_event(http, site, event("lead.created", **personal()))
        await ask_api(http, operations()[0], headers=keys)
        await ground.start_postgres()
        await until_taken(http, site)
        await until_done(database, ground)
        seen = {"metrics": (await http.get("/metrics")).text, "commands": commands_say(ground)}
    seen |= {path.name: path.read_text(encoding="utf-8", errors="replace") for path in ground.logs}

    assert {"web.log", "worker.log"} <= seen.keys()
    assert any(name.startswith("postgresql-") for name in seen)
    living = [site.secret, shop.secret, person.email, person.password, *passwords(installation.access)]
    living += [value.removeprefix("Bearer ") for value in keys.values()]
    heard = [
        (name, word, content[max(0, at - 200) : at + 200])
        for name, content in seen.items()
        for word in [*PLANTED, *living]
        if (at := content.lower().find(word.lower())) >= 0
    ]
    assert heard == []
    for name in ("web.log", "worker.log"):
        lines = [json.loads(line) for line in seen[name].splitlines()]
        assert all({"event", "level", "at_time", "process"} <= line.keys() for line in lines)
        assert "forged" not in {line["event"] for line in lines}
        assert lines
