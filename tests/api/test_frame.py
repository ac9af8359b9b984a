"""What every answer has, whatever the route: a number, limits, and errors that give nothing away."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import psycopg
import pytest
import structlog.testing
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from tests.support.callers import key_of, program_of
from tests.support.house import House, run_house
from tests.support.tenants import Tenant, make_tenant

from convertos.api.application import create_api
from convertos.api.contract_route import resource
from convertos.core.database import Database, Role
from convertos.core.errors import ConfigurationError
from convertos.core.installation import Installation
from convertos.core.limits import RateLimiter

CANARY = "canary@example.com"


def settings_with(installation: Installation, **changes: object) -> Installation:
    return replace(installation, settings=installation.settings.model_copy(update=changes))


class TestRequestIds:
    async def test_an_answer_tells_its_number(self, house: House) -> None:
        """Who asks for help can name the request; a caller's own number is kept."""
        async with house.http() as http:
            given = await http.get("/api/clients", headers={"x-request-id": "trace-1.2_3"})
            made = await http.get("/healthz")
        assert given.headers["x-request-id"] == "trace-1.2_3"
        assert given.json()["instance"] == "urn:convertos:request:trace-1.2_3"
        assert len(made.headers["x-request-id"]) == 32

    @pytest.mark.parametrize("number", ["", "a b", "x" * 65, 'a"}', "<script>"])
    async def test_what_is_no_number_is_replaced(self, house: House, number: str) -> None:
        """Nobody writes into our logs or answers by the number of a request."""
        async with house.http() as http:
            answer = await http.get("/healthz", headers={"x-request-id": number})
        assert answer.headers["x-request-id"] != number


class TestLimits:
    @pytest.fixture
    async def strict(self, installation: Installation) -> AsyncIterator[House]:
        async with run_house(settings_with(installation, api_rate_per_minute=5)) as house:
            yield house

    async def test_a_caller_is_told_what_is_left_and_then_to_wait(
        self, strict: House, database: Database, tenant: Tenant
    ) -> None:
        """A program can pace itself, and one that does not is stopped without stopping others."""
        async with await program_of(strict, database, tenant) as http:
            answers = [await http.get("/api/clients") for _ in range(7)]
        async with await program_of(strict, database, tenant) as http:
            other = await http.get("/api/clients")
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        assert [answer.headers["ratelimit-remaining"] for answer in answers] == list("4321000")
        assert {answer.headers["ratelimit-limit"] for answer in answers} == {"5"}
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert answers[-1].json()["code"] == "rate_limited"
        assert other.status_code == 200

    async def test_an_address_that_tries_keys_is_stopped(self, strict: House) -> None:
        """Who sends one wrong key after another is told to wait."""
        async with strict.http(Authorization="Bearer wrong") as http:
            answers = [await http.get("/api/clients") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2


class TestErrors:
    @pytest.fixture
    async def broken(self, installation: Installation) -> AsyncIterator[httpx.AsyncClient]:
        """The API with routes that fail in ways nobody foresaw."""
        router = resource("/broken", "Broken")

        @router.get("/bug")
        async def bug() -> None:
            raise ValueError(CANARY)

        @router.get("/configuration")
        async def configuration() -> None:
            raise ConfigurationError(CANARY)

        api = create_api(None)  # type: ignore[arg-type]  # never started
        api.router.routes.extend(router.routes)
        api.state.installation = installation
        api.state.limiter = RateLimiter()
        api.state.database = None
        transport = httpx.ASGITransport(api)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as http:
            yield http

    @pytest.mark.parametrize("path", ["/api/broken/bug", "/api/broken/configuration"])
    async def test_an_error_of_ours_tells_its_number_only(self, broken: httpx.AsyncClient, path: str) -> None:
        """No detail of an error leaves the house, not even into the log; its kind and place do."""
        with structlog.testing.capture_logs() as lines:
            answer = await broken.get(path)
        content = answer.json()
        assert (answer.status_code, content["code"]) == (500, "internal")
        assert content["requestId"] == answer.headers["x-request-id"]
        assert CANARY not in answer.text
        assert [line["event"] for line in lines] == ["unexpected", "request"]
        assert lines[-1]["status"] == 500

    async def test_the_database_is_away(
        self, empty_installation: Installation, superuser_conninfo: str
    ) -> None:
        """Callers are told to come back, in the one shape; when the database is back, so is everything."""
        async with run_house(empty_installation) as house:
            sizes = {Role.APP: 1, Role.WORKER: 1}
            async with Database(empty_installation.access, sizes, name="tests") as database:
                tenant = await make_tenant(database)
                key = await key_of(database, empty_installation, tenant)
            async with house.http(Authorization=f"Bearer {key}") as http:
                assert (await http.get("/api/clients")).status_code == 200
                await _allow_connections(superuser_conninfo, empty_installation, is_allowed=False)
                away = [await http.get("/api/clients"), await http.get("/readyz")]
                metrics = await http.get("/metrics")
                alive = await http.get("/healthz")
                await _allow_connections(superuser_conninfo, empty_installation, is_allowed=True)
                while (await http.get("/api/clients")).status_code != 200:  # noqa: ASYNC110 - nothing tells
                    await asyncio.sleep(0.05)
        assert [answer.status_code for answer in away] == [503, 503]
        assert [answer.headers["retry-after"] for answer in away] == ["5", "5"]
        assert away[0].headers["content-type"] == "application/problem+json"
        assert away[1].json()["database"] is False
        assert (alive.status_code, metrics.status_code) == (200, 200)


async def _allow_connections(superuser: str, installation: Installation, *, is_allowed: bool) -> None:
    name = str(conninfo_to_dict(installation.access.conninfo[Role.APP])["dbname"])
    async with await psycopg.AsyncConnection.connect(superuser, autocommit=True) as connection:
        statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        await connection.execute(statement.format(sql.Identifier(name), sql.Literal(is_allowed)))
        if not is_allowed:
            await connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,)
            )


class TestAddresses:
    async def test_a_slash_at_the_end_changes_nothing(
        self, house: House, database: Database, tenant: Tenant
    ) -> None:
        """No call is answered by a redirect, which would lose what it sent."""
        async with await program_of(house, database, tenant) as http:
            answer = await http.post("/api/clients/", json={"name": "Noir", "timezone": "UTC"})
        assert answer.status_code == 201

    async def test_a_query_in_either_spelling(self, house: House, database: Database, tenant: Tenant) -> None:
        """Query parameters are taken as fields are, and errors name them as they were written."""
        async with await program_of(house, database, tenant) as http:
            long = "x" * 61
            snake = await http.get("/api/audit", params={"subject_kind": long})
            camel = await http.get("/api/audit", params={"subjectKind": long})
        assert [error["field"] for error in snake.json()["errors"]] == ["subject_kind"]
        assert [error["field"] for error in camel.json()["errors"]] == ["subjectKind"]

    async def test_answers_are_not_kept_by_anybody(
        self, house: House, database: Database, tenant: Tenant
    ) -> None:
        """No proxy or browser stores what a caller was told."""
        async with await program_of(house, database, tenant) as http:
            answer = await http.get("/api/clients")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


class TestLog:
    async def test_a_line_tells_the_route_and_not_what_was_asked(
        self, house: House, database: Database, tenant: Tenant
    ) -> None:
        """Whoever reads the log learns nothing about people: templates and ids of ours only."""
        async with await program_of(house, database, tenant) as http:
            with structlog.testing.capture_logs() as lines:
                await http.get(f"/api/users/{CANARY}", params={"search": CANARY})
                await http.get(f"/api/{CANARY}", headers={"user-agent": CANARY, "referer": CANARY})
        (first, second) = [line for line in lines if line["event"] == "request"]
        assert (first["route"], first["method"], first["status"]) == ("/api/users/{user_id}", "GET", 404)
        assert first["caller"].startswith("key:")
        assert second["route"] == "unknown"
        assert CANARY not in repr(lines)
