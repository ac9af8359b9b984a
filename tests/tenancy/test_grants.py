"""Access tokens and the refresh tokens behind them."""

import asyncio
import base64
import json
from contextlib import suppress

import jwt
import pytest
from tests.support.callers import console, key_of
from tests.support.clocks import Hand
from tests.support.people import make_person
from tests.support.tenants import Tenant

from convertos.core.crypto import MasterKey
from convertos.core.database import Database
from convertos.core.errors import UnauthenticatedError
from convertos.core.installation import Installation
from convertos.tenancy import users
from convertos.tenancy.authenticate import Authenticator
from convertos.tenancy.grants import Grants, IssuedTokens
from convertos.tenancy.keys import list_keys, revoke_key
from convertos.tenancy.model import ActorKind, Caller
from convertos.tenancy.rights import Right


class Desk:
    """Issuing tokens and asking who sends them, with a clock."""

    def __init__(self, database: Database, installation: Installation) -> None:
        self.clock = Hand()
        self.grants = Grants(database, installation.master_key, self.clock)
        self.authenticator = Authenticator(database, installation.master_key, self.clock)

    async def who(self, token: str) -> Caller | None:
        with suppress(UnauthenticatedError):
            return await self.authenticator.bearer(token)
        return None

    async def refreshed(self, token: str) -> IssuedTokens | None:
        with suppress(UnauthenticatedError):
            return await self.grants.refresh(token)
        return None


@pytest.fixture
def desk(database: Database, installation: Installation) -> Desk:
    return Desk(database, installation)


@pytest.fixture
async def program(desk: Desk, database: Database, installation: Installation, tenant: Tenant) -> Caller:
    key = await key_of(database, installation, tenant, ["orders:read"])
    return await desk.authenticator.bearer(key)


async def test_a_token_stands_for_its_key(desk: Desk, program: Caller) -> None:
    """A program with a token may exactly what its key may, for fifteen minutes."""
    issued = await desk.grants.issue(program)
    assert await desk.who(issued.access_token) == program
    assert issued.expires_in_seconds == 900
    desk.clock.forward(seconds=899)
    assert await desk.who(issued.access_token) == program
    desk.clock.forward(seconds=1)
    assert await desk.who(issued.access_token) is None


async def test_a_refresh_token_works_once(desk: Desk, program: Caller) -> None:
    """Each use gives new tokens, and the old one is spent."""
    first = await desk.grants.issue(program)
    desk.clock.forward(days=29)
    second = await desk.grants.refresh(first.refresh_token)
    assert await desk.who(second.access_token) == program
    desk.clock.forward(days=29)
    third = await desk.grants.refresh(second.refresh_token)
    assert await desk.who(third.access_token) == program


async def test_a_spent_refresh_token_ends_everything(desk: Desk, program: Caller) -> None:
    """A copied token is found out when the second of two uses it: both are out."""
    first = await desk.grants.issue(program)
    second = await desk.grants.refresh(first.refresh_token)
    with pytest.raises(UnauthenticatedError) as caught:
        await desk.grants.refresh(first.refresh_token)
    assert caught.value.code == "refresh_token_reused"
    assert await desk.refreshed(second.refresh_token) is None
    assert await desk.who(second.access_token) is None


async def test_two_uses_at_once_are_one(desk: Desk, program: Caller) -> None:
    """A refresh token that is used twice at the same moment gives tokens to one at most."""
    issued = await desk.grants.issue(program)
    results = await asyncio.gather(*(desk.refreshed(issued.refresh_token) for _ in range(5)))
    assert len([each for each in results if each is not None]) <= 1


async def test_a_refresh_token_at_rest_ends(desk: Desk, program: Caller) -> None:
    """What was not used for thirty days is over."""
    issued = await desk.grants.issue(program)
    desk.clock.forward(days=30)
    assert await desk.refreshed(issued.refresh_token) is None


async def test_revoking(desk: Desk, program: Caller) -> None:
    """A revoked grant's access tokens are refused from that moment; revoking twice is fine."""
    issued = await desk.grants.issue(program)
    await desk.grants.revoke(issued.refresh_token)
    await desk.grants.revoke(issued.refresh_token)
    await desk.grants.revoke("nonsense")
    assert await desk.who(issued.access_token) is None
    assert await desk.refreshed(issued.refresh_token) is None


async def test_an_access_token_can_t_revoke_nor_refresh(desk: Desk, program: Caller) -> None:
    """What is good for fifteen minutes can't be made to last."""
    issued = await desk.grants.issue(program)
    await desk.grants.revoke(issued.access_token)
    assert await desk.who(issued.access_token) == program
    assert await desk.refreshed(issued.access_token) is None
    assert await desk.who(issued.refresh_token) is None


async def test_a_revoked_key_takes_its_tokens_along(
    desk: Desk, program: Caller, database: Database, tenant: Tenant
) -> None:
    """To revoke a key is enough."""
    issued = await desk.grants.issue(program)
    async with database.transaction(tenant.scope) as transaction:
        (key,) = (await list_keys(transaction, limit=10)).items
        await revoke_key(transaction, console(tenant), key.key_id)
    assert await desk.who(issued.access_token) is None
    assert await desk.refreshed(issued.refresh_token) is None


async def test_a_disabled_person_s_tokens_are_refused(desk: Desk, database: Database, tenant: Tenant) -> None:
    """Whoever is disabled is out with every program of theirs."""
    await make_person(database, tenant)
    person = await make_person(database, tenant)
    caller = Caller(
        kind=ActorKind.USER,
        actor_id=person.user_id,
        name="",
        scope=tenant.scope,
        rights=frozenset({Right.ORDERS_READ}),
    )
    issued = await desk.grants.issue(caller)
    assert await desk.who(issued.access_token) is not None
    async with database.transaction(tenant.scope) as transaction:
        await users.change_user(transaction, console(tenant), person.user_id, {"is_disabled": True})
    assert await desk.who(issued.access_token) is None
    assert await desk.refreshed(issued.refresh_token) is None


async def test_forged_tokens(desk: Desk, program: Caller, installation: Installation) -> None:
    """A token that was changed, signed with another key, or not signed at all is nobody's."""
    issued = await desk.grants.issue(program)
    claims = jwt.decode(issued.access_token, options={"verify_signature": False})
    key = installation.master_key.derive("access tokens")
    header, payload, signature = issued.access_token.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    other = MasterKey(b"another key of thirty-two bytes and more").derive("access tokens")
    forged = [
        f"{none}.{payload}.",
        f"{header}.{payload}.",
        f"{header}.{payload}.{signature[:-2]}",
        jwt.encode(claims, other, algorithm="HS256"),
        jwt.encode(claims, key + key, algorithm="HS512"),
        *(
            jwt.encode({k: v for k, v in claims.items() if k != name}, key, algorithm="HS256")
            for name in claims
        ),
        jwt.encode(claims | {"aud": "elsewhere"}, key, algorithm="HS256"),
        jwt.encode(claims | {"sub": "nonsense"}, key, algorithm="HS256"),
        jwt.encode(claims | {"exp": "soon"}, key, algorithm="HS256"),
    ]
    assert await desk.who(issued.access_token) == program
    for token in forged:
        assert await desk.who(token) is None
