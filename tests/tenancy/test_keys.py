"""API keys."""

import pytest
from tests.support.callers import console, key_of
from tests.support.tenants import Tenant, make_tenant

from convertos.core.database import Database, Role
from convertos.core.errors import ForbiddenError, InvalidError, NotFoundError, UnauthenticatedError
from convertos.core.installation import Installation
from convertos.tenancy.authenticate import Authenticator
from convertos.tenancy.keys import list_keys, make_key, revoke_key
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right, rights_of_scopes


@pytest.fixture
def authenticator(database: Database, installation: Installation) -> Authenticator:
    return Authenticator(database, installation.master_key)


async def test_a_key_is_its_organization_with_its_scopes(
    authenticator: Authenticator, database: Database, installation: Installation, tenant: Tenant
) -> None:
    """A program reaches the organization's clients, with the rights that its key was given."""
    caller = await authenticator.bearer(await key_of(database, installation, tenant, ["orders:read"]))
    assert (caller.scope, caller.rights) == (tenant.scope, frozenset({Right.ORDERS_READ}))


async def test_a_restricted_key_reaches_no_other_client(
    authenticator: Authenticator, database: Database, installation: Installation, tenant: Tenant
) -> None:
    """A key for one client sees that one, also when there are more, and never the organization's people."""
    key = await key_of(database, installation, tenant, client_ids=[])
    caller = await authenticator.bearer(key)
    assert caller.scope.client_ids == ()
    assert Right.USERS_READ not in caller.rights


async def test_the_database_holds_no_key_that_could_be_used(
    database: Database, installation: Installation, tenant: Tenant
) -> None:
    """Who reads the table learns ten characters of fifty."""
    key = await key_of(database, installation, tenant)
    async with database.transaction(role=Role.WORKER) as transaction:
        rows = await transaction.rows(
            "SELECT k::text FROM api_keys k WHERE organization_id = %s", (tenant.organization_id,)
        )
    assert key not in rows[0]["k"]
    assert key[:10] in rows[0]["k"]


async def test_a_revoked_key_is_refused_at_once(
    authenticator: Authenticator, database: Database, installation: Installation, tenant: Tenant
) -> None:
    """To revoke is to revoke now; to revoke twice changes nothing."""
    key = await key_of(database, installation, tenant)
    async with database.transaction(tenant.scope) as transaction:
        (found,) = (await list_keys(transaction, limit=10)).items
        first = await revoke_key(transaction, console(tenant), found.key_id)
        second = await revoke_key(transaction, console(tenant), found.key_id)
    assert first.revoked_at == second.revoked_at is not None
    with pytest.raises(UnauthenticatedError):
        await authenticator.bearer(key)


async def test_other_tenant(database: Database, installation: Installation, tenant: Tenant) -> None:
    """Another organization's keys can't be seen or revoked."""
    other = await make_tenant(database)
    await key_of(database, installation, other)
    async with database.transaction(other.scope) as transaction:
        (theirs,) = (await list_keys(transaction, limit=10)).items
    async with database.transaction(tenant.scope) as transaction:
        assert (await list_keys(transaction, limit=10)).items == []
    with pytest.raises(NotFoundError):
        async with database.transaction(tenant.scope) as transaction:
            await revoke_key(transaction, console(tenant), theirs.key_id)


class TestGiving:
    """What a key can be given, by whom."""

    async def make(
        self, database: Database, installation: Installation, caller: Caller, **fields: object
    ) -> None:
        given = {"name": "key", "scopes": ["orders:read"]} | fields
        async with database.transaction(caller.scope) as transaction:
            await make_key(transaction, caller, installation.token_hasher, **given)  # type: ignore[arg-type]  # a test's shorthand

    @pytest.mark.parametrize("scopes", [[], ["everything"], ["owners:write"], ["orders:read", ""]])
    async def test_no_such_scope(
        self, database: Database, installation: Installation, tenant: Tenant, scopes: list[str]
    ) -> None:
        """Scopes come from the closed list."""
        with pytest.raises(InvalidError):
            await self.make(database, installation, console(tenant), scopes=scopes)

    async def test_nobody_gives_more_than_they_have(
        self, authenticator: Authenticator, database: Database, installation: Installation, tenant: Tenant
    ) -> None:
        """A key that makes keys can't make a stronger one."""
        weak = await authenticator.bearer(
            await key_of(database, installation, tenant, ["keys:write", "orders:read"])
        )
        await self.make(database, installation, weak, scopes=["orders:read"])
        for scopes in (["all"], ["contacts:read"]):
            with pytest.raises(ForbiddenError):
                await self.make(database, installation, weak, scopes=scopes)

    async def test_other_clients(
        self, database: Database, installation: Installation, tenant: Tenant
    ) -> None:
        """A key can't be let into another organization's client, nor beyond what its maker sees."""
        other = await make_tenant(database)
        with pytest.raises(InvalidError):
            await self.make(database, installation, console(tenant), client_ids=[other.client_id])
        restricted = Caller(
            kind=console(tenant).kind,
            actor_id=None,
            name="",
            scope=tenant.scope,
            rights=rights_of_scopes(["all"]),
            is_restricted=True,
        )
        with pytest.raises(ForbiddenError):
            await self.make(database, installation, restricted, client_ids=None)


@pytest.mark.parametrize("key", ["", "cos_", "cos_" + "0" * 46, "x" * 10_000, "a.b.c", "ÿ.ÿ.ÿ", "\x00"])
async def test_what_is_no_key_is_nobody_s(authenticator: Authenticator, key: str) -> None:
    """Whatever is sent as a key is refused and not an error."""
    with pytest.raises(UnauthenticatedError):
        await authenticator.bearer(key)
