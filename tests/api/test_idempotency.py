"""`Idempotency-Key`: a program may send the same request again."""

import asyncio

import httpx
import pytest
from tests.support.callers import program_of
from tests.support.house import House
from tests.support.tenants import Tenant, make_tenant

from convertos.core.database import Database, Role

NEW = {"name": "Noir", "timezone": "Europe/Athens"}
KEY = {"Idempotency-Key": "order-of-monday"}


@pytest.fixture
async def program(house: House, database: Database, tenant: Tenant) -> httpx.AsyncClient:
    return await program_of(house, database, tenant)


async def count_clients(http: httpx.AsyncClient) -> int:
    return len((await http.get("/api/clients")).json()["clients"])


async def test_the_same_request_has_one_effect_and_one_answer(program: httpx.AsyncClient) -> None:
    """A program that did not hear the answer asks again and gets it, status and all."""
    async with program as http:
        first = await http.post("/api/clients", json=NEW, headers=KEY)
        second = await http.post("/api/clients", json=NEW, headers=KEY)
        assert (second.status_code, second.json()) == (201, first.json())
        assert second.headers["idempotent-replayed"] == "true"
        assert second.headers["content-type"] == first.headers["content-type"]
        assert "idempotent-replayed" not in first.headers
        assert await count_clients(http) == 2


async def test_another_request_under_the_same_key_is_refused(program: httpx.AsyncClient) -> None:
    """A key that is used for something else by mistake is told, and nothing happens."""
    async with program as http:
        await http.post("/api/clients", json=NEW, headers=KEY)
        answers = [
            await http.post("/api/clients", json={**NEW, "name": "Blanc"}, headers=KEY),
            await http.post("/api/keys", json={"name": "k", "scopes": ["all"]}, headers=KEY),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
            (409, "idempotency_key_reused")
        ] * 2
        assert await count_clients(http) == 2


async def test_many_at_once_have_one_effect(program: httpx.AsyncClient) -> None:
    """A program that sends the same request on eight connections makes one client, and all hear of it."""
    async with program as http:
        answers = await asyncio.gather(*(http.post("/api/clients", json=NEW, headers=KEY) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["client"]["id"] for answer in answers}) == 1
        assert await count_clients(http) == 2


async def test_a_refused_request_does_not_use_the_key_up(program: httpx.AsyncClient) -> None:
    """After a mistake is corrected the same key may be used."""
    async with program as http:
        wrong = await http.post("/api/clients", json={**NEW, "timezone": "Mars"}, headers=KEY)
        right = await http.post("/api/clients", json=NEW, headers=KEY)
    assert (wrong.status_code, right.status_code) == (422, 201)


async def test_keys_are_each_caller_s_own(house: House, database: Database, tenant: Tenant) -> None:
    """The same key of two programs, or of two organizations, is two keys."""
    programs = [
        await program_of(house, database, tenant),
        await program_of(house, database, tenant),
        await program_of(house, database, await make_tenant(database)),
    ]
    answers = []
    for program in programs:
        async with program as http:
            answers.append(await http.post("/api/clients", json=NEW, headers=KEY))
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["client"]["id"] for answer in answers}) == 3


async def test_an_answer_is_kept_for_a_day(
    program: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    """After twenty-four hours the key is new again."""
    async with program as http:
        await http.post("/api/clients", json=NEW, headers=KEY)
        async with database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute(
                "UPDATE idempotency_keys SET created_at = created_at - interval '24 hours' WHERE organization_id = %s",
                (tenant.organization_id,),
            )
        again = await http.post("/api/clients", json=NEW, headers=KEY)
        assert (again.status_code, again.json()["client"]["slug"]) == (201, "noir-2")


async def test_a_secret_in_an_answer_is_not_kept_in_the_clear(
    program: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    """A key that is shown once can be shown to its program again, but not be read in the database."""
    async with program as http:
        body = {"name": "k", "scopes": ["orders:read"]}
        first = await http.post("/api/keys", json=body, headers=KEY)
        second = await http.post("/api/keys", json=body, headers=KEY)
    secret = first.json()["apiKey"]
    assert second.json()["apiKey"] == secret
    async with database.transaction(role=Role.WORKER) as transaction:
        stored = await transaction.scalar(
            "SELECT body FROM idempotency_keys WHERE organization_id = %s", (tenant.organization_id,)
        )
    assert secret.encode() not in bytes(stored)


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "ÿ"])
async def test_what_is_no_key(program: httpx.AsyncClient, key: str) -> None:
    """A malformed key is refused in words instead of being ignored."""
    async with program as http:
        answer = await http.post(
            "/api/clients", json=NEW, headers={b"Idempotency-Key": key.encode("latin-1")}
        )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
