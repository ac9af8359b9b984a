"""Browsers that are signed in."""

import pytest
from tests.support.callers import console
from tests.support.clocks import Hand
from tests.support.people import QUICK, Person, make_person
from tests.support.tenants import Tenant

from convertos.core.database import Database, Role
from convertos.core.errors import UnauthenticatedError
from convertos.core.installation import Installation
from convertos.core.limits import RateLimiter
from convertos.tenancy import sessions, users
from convertos.tenancy.authenticate import Authenticator
from convertos.tenancy.clients import erase
from convertos.tenancy.log_in import LogIn
from convertos.tenancy.rights import Right, UserRole


class Entrance:
    """Signing in and asking who is there, with a clock."""

    def __init__(self, database: Database, installation: Installation) -> None:
        self.clock = Hand()
        self.log_in = LogIn(database, installation.master_key, QUICK, RateLimiter(), self.clock)
        self.authenticator = Authenticator(database, installation.master_key, self.clock)

    async def sign_in(self, person: Person) -> str:
        signed_in = await self.log_in.sign_in(person.email, person.password, "test", "Browser/1")
        return signed_in.session.token

    async def is_open(self, token: str) -> bool:
        try:
            await self.authenticator.session(token)
        except UnauthenticatedError:
            return False
        return True


@pytest.fixture
def entrance(database: Database, installation: Installation) -> Entrance:
    return Entrance(database, installation)


@pytest.fixture
async def person(database: Database, tenant: Tenant) -> Person:
    return await make_person(database, tenant)


async def test_a_session_says_who_it_is(entrance: Entrance, person: Person, tenant: Tenant) -> None:
    """A browser that signed in is its person, in their organization, with their rights and clients."""
    session = await entrance.authenticator.session(await entrance.sign_in(person))
    assert session.caller.actor_id == person.user_id
    assert session.caller.scope == tenant.scope
    assert session.caller.rights == set(Right)
    assert session.caller.role is UserRole.OWNER


async def test_the_database_holds_no_session_that_could_be_used(
    entrance: Entrance, person: Person, database: Database
) -> None:
    """Who reads the table can't become anybody in it."""
    token = await entrance.sign_in(person)
    async with database.transaction(role=Role.WORKER) as transaction:
        row = await transaction.rows("SELECT s::text FROM sessions s WHERE user_id = %s", (person.user_id,))
    assert token not in row[0]["s"]


async def test_a_session_in_use_lives_on_and_one_at_rest_ends(entrance: Entrance, person: Person) -> None:
    """Fourteen days without a visit end a session, visits in between keep it."""
    token = await entrance.sign_in(person)
    for _ in range(3):
        entrance.clock.forward(days=13, hours=23)
        assert await entrance.is_open(token)
    entrance.clock.forward(days=14)
    assert not await entrance.is_open(token)


async def test_no_session_lives_for_ever(entrance: Entrance, person: Person) -> None:
    """After ninety days everybody signs in again, however often they come."""
    token = await entrance.sign_in(person)
    for _ in range(89):
        entrance.clock.forward(days=1)
        assert await entrance.is_open(token)
    entrance.clock.forward(days=1)
    assert not await entrance.is_open(token)


async def test_signing_out_ends_one_browser(entrance: Entrance, person: Person, database: Database) -> None:
    """The browser at the office stays signed in when the one at home signs out."""
    home, office = await entrance.sign_in(person), await entrance.sign_in(person)
    session = await entrance.authenticator.session(home)
    async with database.transaction(session.caller.scope) as transaction:
        await sessions.sign_out(transaction, session.caller, session.token_hash)
    assert not await entrance.is_open(home)
    assert await entrance.is_open(office)


async def test_signing_out_everywhere(entrance: Entrance, person: Person, database: Database) -> None:
    """A lost laptop is signed out from here."""
    here, lost = await entrance.sign_in(person), await entrance.sign_in(person)
    session = await entrance.authenticator.session(here)
    async with database.transaction(session.caller.scope) as transaction:
        found = await sessions.list_sessions(transaction, session.caller, session.token_hash)
        await sessions.sign_out_everywhere(transaction, session.caller, session.token_hash)
    assert sorted(each.is_this for each in found) == [False, True]
    assert {each.user_agent for each in found} == {"Browser/1"}
    assert await entrance.is_open(here)
    assert not await entrance.is_open(lost)


async def test_a_new_password_signs_out_everywhere_else(
    entrance: Entrance, person: Person, database: Database
) -> None:
    """Whoever had learnt the old password is out."""
    here, elsewhere = await entrance.sign_in(person), await entrance.sign_in(person)
    session = await entrance.authenticator.session(here)
    async with database.transaction(session.caller.scope) as transaction:
        await users.change_own_password(
            transaction, session.caller, QUICK, "quite another password", session=session.token_hash
        )
    assert await entrance.is_open(here)
    assert not await entrance.is_open(elsewhere)
    with pytest.raises(UnauthenticatedError):
        await entrance.sign_in(person)


async def test_who_is_disabled_or_removed_is_out_at_once(
    entrance: Entrance, person: Person, database: Database, tenant: Tenant
) -> None:
    """A colleague who leaves sees nothing from that moment on."""
    await make_person(database, tenant)
    token = await entrance.sign_in(person)
    async with database.transaction(tenant.scope) as transaction:
        await users.change_user(transaction, console(tenant), person.user_id, {"is_disabled": True})
    assert not await entrance.is_open(token)
    async with database.transaction(tenant.scope) as transaction:
        await users.change_user(transaction, console(tenant), person.user_id, {"is_disabled": False})
    assert not await entrance.is_open(token)
    again = await entrance.sign_in(person)
    async with database.transaction(tenant.scope) as transaction:
        await users.remove_user(transaction, console(tenant), person.user_id)
    assert not await entrance.is_open(again)


async def test_a_smaller_role_holds_at_once(
    entrance: Entrance, person: Person, database: Database, tenant: Tenant
) -> None:
    """A session never keeps rights that its person has lost."""
    await make_person(database, tenant)
    token = await entrance.sign_in(person)
    async with database.transaction(tenant.scope) as transaction:
        await users.change_user(
            transaction, console(tenant), person.user_id, {"role": "viewer", "client_ids": []}
        )
    session = await entrance.authenticator.session(token)
    assert Right.CLIENTS_WRITE not in session.caller.rights
    assert session.caller.scope.client_ids == ()


async def test_an_erased_client_is_out_of_reach_at_once(
    entrance: Entrance, person: Person, database: Database, tenant: Tenant
) -> None:
    """Nobody sees a client's data from the moment that it is to be erased."""
    token = await entrance.sign_in(person)
    async with database.transaction(tenant.scope) as transaction:
        slug = await transaction.scalar("SELECT slug FROM clients")
        await erase(transaction, console(tenant), tenant.client_id, slug)
    session = await entrance.authenticator.session(token)
    assert session.caller.scope.client_ids == ()


@pytest.mark.parametrize("token", ["", "x", "\x00", "ÿ" * 5000, "'; DROP TABLE sessions; --"])
async def test_a_made_up_session_is_nobody_s(entrance: Entrance, token: str) -> None:
    """Whatever a cookie holds, it is refused and not an error."""
    assert not await entrance.is_open(token)
