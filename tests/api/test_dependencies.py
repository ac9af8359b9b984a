"""What routes can ask for, tried with routes that are only there for that."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import Depends
from tests.support.callers import console, key_of
from tests.support.tenants import Tenant, make_tenant

from convertos.api.application import create_api
from convertos.api.contract import Answer, SnakeShape
from convertos.api.contract_route import BULK, resource
from convertos.api.dependencies import NarrowedWork, Work, may
from convertos.core.database import Database, Transaction
from convertos.core.installation import Installation
from convertos.core.limits import RateLimiter
from convertos.tenancy.authenticate import Authenticator
from convertos.tenancy.clients import add_client, change_client
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/tried", "Tried")
Reader = Annotated[Caller, may(Right.ORDERS_READ)]


class SeenClients(Answer):
    clients: list[UUID]


class Log(SnakeShape):
    workspace_id: str
    conversion_value: float | None = None


@router.get("/clients")
async def seen_clients(_: Reader, work: NarrowedWork) -> SeenClients:
    return SeenClients(clients=list(work.scope.client_ids))


@router.post("/log")
async def log(_: Reader, body: Log) -> Log:
    return body


@router.post("/bulk", openapi_extra=BULK)
async def bulk(_: Reader, body: list[int]) -> int:
    return len(body)


@router.post("/fail/{client_id}")
async def fail(client_id: UUID, caller: Reader, work: Work) -> None:
    await change_client(work, caller, client_id, {"name": "Changed"})
    raise RuntimeError


async def _another(work: Work) -> Transaction:
    return work


@router.get("/twice")
async def twice(_: Reader, work: Work, another: Annotated[Transaction, Depends(_another)]) -> bool:
    return work is another


@pytest.fixture
async def http(
    database: Database, installation: Installation, tenant: Tenant
) -> AsyncIterator[httpx.AsyncClient]:
    api = create_api(None)  # type: ignore[arg-type]  # never started
    api.router.routes.extend(router.routes)
    api.state.installation = installation
    api.state.database = database
    api.state.limiter = RateLimiter()
    api.state.authenticator = Authenticator(database, installation.master_key)
    key = await key_of(database, installation, tenant)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(api),
        base_url="http://api.example",
        headers={"authorization": f"Bearer {key}"},
    ) as client:
        yield client


async def test_clients_can_be_named_and_only_one_s_own(
    http: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    """`clientId` may be repeated and spelled either way; one that is not yours is not found."""
    async with database.transaction(tenant.scope) as transaction:
        second = await add_client(transaction, console(tenant), name="Second", timezone="UTC")
    stranger = await make_tenant(database)
    mine = [str(tenant.client_id), str(second.client_id)]

    async def seen(query: str) -> object:
        answer = await http.get(f"/api/tried/clients?{query}")
        return answer.json()["clients"] if answer.status_code == 200 else answer.status_code

    assert await seen("") == mine
    assert await seen(f"clientId={mine[1]}") == [mine[1]]
    assert await seen(f"client_id={mine[1]}&client_id={mine[0]}") == mine
    assert await seen(f"clientId={stranger.client_id}") == 404
    assert await seen(f"clientId={mine[0]}&client_id={stranger.client_id}") == 404
    assert await seen(f"clientId={uuid4()}") == 404
    assert await seen("clientId=nonsense") == 422


async def test_the_section_that_speaks_snake_case(http: httpx.AsyncClient) -> None:
    """There snake_case is shown, and camelCase is taken as well; errors name what was sent."""
    plain = await http.post("/api/tried/log", json={"workspace_id": "w", "conversion_value": 1.5})
    humped = await http.post("/api/tried/log", json={"workspaceId": "w", "conversionValue": 1.5})
    wrong = await http.post("/api/tried/log", json={"workspaceId": "w", "conversionValue": "much"})
    assert plain.json() == humped.json() == {"workspace_id": "w", "conversion_value": 1.5}
    assert [error["field"] for error in wrong.json()["errors"]] == ["conversionValue"]


async def test_routes_for_much_take_more(http: httpx.AsyncClient) -> None:
    """Only a route that says so takes more than two megabytes, and at most ten."""
    much = [12345678] * 300_000
    beyond = [12345678] * 1_200_000
    assert (await http.post("/api/tried/bulk", json=much)).json() == len(much)
    assert (await http.post("/api/tried/bulk", json=beyond)).status_code == 413
    assert (await http.post("/api/tried/log", json=much)).status_code == 413


async def test_what_fails_leaves_nothing(http: httpx.AsyncClient, database: Database, tenant: Tenant) -> None:
    """A request that ends in an error has changed nothing."""
    answer = await http.post(f"/api/tried/fail/{tenant.client_id}")
    async with database.transaction(tenant.scope) as transaction:
        name = await transaction.scalar("SELECT name FROM clients")
    assert (answer.status_code, name) == (500, "Shop")


async def test_a_request_has_one_transaction(http: httpx.AsyncClient) -> None:
    """Whatever parts of a route ask for a transaction get the same one."""
    assert (await http.get("/api/tried/twice")).json() is True


async def test_the_conversion_and_workspace_calls_are_answered_without_the_prefix(
    http: httpx.AsyncClient,
) -> None:
    """Programs that were written before the prefix find the same routes."""
    for path in ("/workspaces/register", "/conversions/log", "/conversions", "/contacts/1/conversion"):
        bare, full = await http.get(path), await http.get(f"/api{path}")
        assert bare.status_code == full.status_code
        assert bare.headers.keys() == full.headers.keys()
