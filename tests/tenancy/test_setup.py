"""The first visit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from tests.support.people import QUICK

from convertos.core.database import Database, Role
from convertos.core.errors import ConvertOSError, InvalidError, UnauthenticatedError
from convertos.core.installation import Installation
from convertos.tenancy import console, setup
from convertos.tenancy.clients import add_client
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import UserRole
from convertos.tenancy.users import add_user


class FreshHouse:
    """An installation that nobody has set up."""

    def __init__(self, installation: Installation, database: Database) -> None:
        self.installation = installation
        self.database = database
        self.hasher = installation.token_hasher

    async def token(self) -> str:
        token = await setup.make_setup_token(self.database, self.hasher)
        assert token is not None
        return token

    async def set_up(self, token: str, email: str = "maria@shop.example", **fields: str) -> Caller:
        given = {"organization": "Agency", "name": "Maria", "password": "correct horse battery"} | fields
        return await setup.set_up(self.database, self.hasher, QUICK, token=token, email=email, **given)  # type: ignore[arg-type]  # a test's shorthand

    async def users(self) -> int:
        async with self.database.transaction(role=Role.AUTH) as transaction:
            return int(await transaction.scalar("SELECT count(*) FROM users"))


@pytest.fixture
async def fresh(empty_installation: Installation) -> AsyncIterator[FreshHouse]:
    sizes = {Role.APP: 6, Role.AUTH: 2}
    async with Database(empty_installation.access, sizes, name="tests") as database:
        yield FreshHouse(empty_installation, database)


async def test_the_link_makes_an_owner_once(fresh: FreshHouse) -> None:
    """Who follows the printed link owns the house, and the link is worth nothing afterwards."""
    token = await fresh.token()
    assert await setup.is_setup_token(fresh.database, fresh.hasher, token)
    assert not await setup.is_set_up(fresh.database)
    owner = await fresh.set_up(token)
    assert (owner.role, owner.email) == (UserRole.OWNER, "maria@shop.example")
    assert await setup.is_set_up(fresh.database)
    with pytest.raises(UnauthenticatedError):
        await fresh.set_up(token, "second@shop.example")
    assert await setup.make_setup_token(fresh.database, fresh.hasher) is None
    assert await setup.offer_setup(fresh.installation) == []
    assert await fresh.users() == 1


async def test_the_owner_gets_what_the_console_has_made(fresh: FreshHouse) -> None:
    """Clients that were made before anybody had an account are the first owner's; there is no second house."""
    made = await console.make_organization(fresh.database, "ConvertOS demo")
    async with fresh.database.transaction(made.scope) as transaction:
        client = await add_client(transaction, made, name="Shop", timezone="Europe/Athens")
    owner = await fresh.set_up(await fresh.token(), organization="Agency")
    assert (owner.organization_id, owner.scope.client_ids) == (made.organization_id, (client.client_id,))
    assert [known.name for known in await console.organizations(fresh.database)] == ["Agency"]


async def test_two_at_once_make_one_owner(fresh: FreshHouse) -> None:
    """A link that leaked does not make a second owner at the same moment."""
    token = await fresh.token()

    async def attempt(number: int) -> None:
        with suppress(ConvertOSError):
            await fresh.set_up(token, f"owner{number}@shop.example")

    await asyncio.gather(*(attempt(number) for number in range(5)))
    assert await fresh.users() == 1


async def test_a_newer_link_replaces_the_older(fresh: FreshHouse) -> None:
    """Only the link that was printed last works."""
    older, newer = await fresh.token(), await fresh.token()
    with pytest.raises(UnauthenticatedError):
        await fresh.set_up(older)
    await fresh.set_up(newer)


async def test_a_mistake_does_not_use_the_link_up(fresh: FreshHouse) -> None:
    """Who mistypes something may try again."""
    token = await fresh.token()
    with pytest.raises(InvalidError):
        await fresh.set_up(token, "no address")
    with pytest.raises(InvalidError):
        await fresh.set_up(token, password="short")
    with pytest.raises(UnauthenticatedError):
        await fresh.set_up("made up")
    await fresh.set_up(token)


async def test_an_account_from_the_console_ends_the_link(fresh: FreshHouse) -> None:
    """Nobody becomes a second owner through a link that still lies around."""
    token = await fresh.token()
    caller = await console.caller_in_or_new(fresh.database, "Agency")
    async with fresh.database.transaction(caller.scope) as transaction:
        await add_user(
            transaction,
            caller,
            QUICK,
            email="maria@shop.example",
            name="Maria",
            password="correct horse battery",
            role=UserRole.OWNER,
        )
    assert not await setup.is_setup_token(fresh.database, fresh.hasher, token)
    with pytest.raises(UnauthenticatedError):
        await fresh.set_up(token, "second@shop.example")


async def test_the_link_is_printed_whole(fresh: FreshHouse) -> None:
    """The operator can click what `convertos up` prints."""
    (link,) = await setup.offer_setup(fresh.installation)
    address, _, token = link.partition("?token=")
    assert address == f"{fresh.installation.settings.base_url}/setup"
    assert await setup.is_setup_token(fresh.database, fresh.hasher, token)
