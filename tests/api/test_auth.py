"""`/api/auth/token`, as a program uses it."""

import pytest
from tests.support.callers import key_of
from tests.support.house import House
from tests.support.people import make_person
from tests.support.tenants import Tenant

from convertos.core.database import Database


async def test_a_key_becomes_a_token_that_is_refreshed_and_revoked(
    house: House, database: Database, tenant: Tenant
) -> None:
    """A program exchanges its key once and lives on short tokens from then on."""
    key = await key_of(database, house.installation, tenant, ["clients:read"])
    async with house.http() as http:
        issued = (await http.post("/api/auth/token", json={"apiKey": key})).json()
        assert (issued["success"], issued["tokenType"], issued["expiresIn"]) == (True, "Bearer", 900)

        async def is_let_in(token: str) -> bool:
            answer = await http.get("/api/clients", headers={"authorization": f"Bearer {token}"})
            return answer.status_code == 200

        assert await is_let_in(issued["accessToken"])
        body = {"refreshToken": issued["refreshToken"]}
        renewed = (await http.post("/api/auth/token/refresh", json=body)).json()
        assert await is_let_in(renewed["accessToken"])
        answer = await http.post("/api/auth/token/revoke", json={"refresh_token": renewed["refreshToken"]})
        assert answer.json() == {"success": True}
        assert not await is_let_in(renewed["accessToken"])


async def test_a_password_becomes_a_token(house: House, database: Database, tenant: Tenant) -> None:
    """A person's script signs in as that person."""
    person = await make_person(database, tenant)
    async with house.http() as http:
        answer = await http.post("/api/auth/token", json={"email": person.email, "password": person.password})
        me = await http.get("/api/me", headers={"authorization": f"Bearer {answer.json()['accessToken']}"})
    assert (me.json()["me"]["kind"], me.json()["me"]["id"]) == ("user", str(person.user_id))


@pytest.mark.parametrize(
    "body",
    [{"apiKey": "cos_nothing"}, {"email": "nobody@example.com", "password": "correct horse battery"}],
)
async def test_who_is_unknown_gets_no_token(house: House, body: dict[str, str]) -> None:
    """A wrong key and a wrong password are refused in the one shape."""
    async with house.http() as http:
        answer = await http.post("/api/auth/token", json=body)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [{}, {"apiKey": "a", "email": "b", "password": "c"}, {"email": "b"}])
async def test_one_way_at_a_time(house: House, body: dict[str, str]) -> None:
    """A request that mixes the ways, or takes none, is told which there are."""
    async with house.http() as http:
        answer = await http.post("/api/auth/token", json=body)
    assert answer.status_code == 422
    assert "apiKey" in answer.json()["errors"][0]["message"]


async def test_a_secret_is_not_quoted_back(house: House) -> None:
    """No error repeats a password or key that was sent."""
    async with house.http() as http:
        answers = [
            await http.post("/api/auth/token", json={"apiKey": "canary" * 200}),
            await http.post("/api/auth/token", json={"email": "a@b.example", "password": ["canary"]}),
            await http.post("/api/auth/token/refresh", json={"refreshToken": "canary"}),
        ]
    assert [answer.status_code for answer in answers] == [422, 422, 401]
    assert not any("canary" in answer.text for answer in answers)
