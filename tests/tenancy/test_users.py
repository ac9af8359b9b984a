"""People of an organization."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import pytest
from tests.support.callers import console
from tests.support.people import QUICK, make_person
from tests.support.tenants import Tenant, make_tenant

from convertos.core.database import Database, TenantScope
from convertos.core.errors import ConflictError, ConvertOSError, ForbiddenError, InvalidError, NotFoundError
from convertos.tenancy import users
from convertos.tenancy.model import ActorKind, Caller, User
from convertos.tenancy.rights import Right, UserRole, rights_of_role


def caller_with(tenant: Tenant, rights: frozenset[Right]) -> Caller:
    return Caller(kind=ActorKind.KEY, actor_id=None, name="key", scope=tenant.scope, rights=rights)


def admin(tenant: Tenant) -> Caller:
    return caller_with(tenant, rights_of_role(UserRole.ADMIN))


async def add(database: Database, tenant: Tenant, caller: Caller, **fields: object) -> User:
    given = {"email": f"{tenant.client_id}@x.example", "name": "N", "password": "correct horse battery"}
    async with database.transaction(tenant.scope) as transaction:
        return await users.add_user(
            transaction,
            caller,
            QUICK,
            **(given | {"role": UserRole.VIEWER} | fields),  # type: ignore[arg-type]  # a test's shorthand
        )


async def change(
    database: Database, tenant: Tenant, user_id: UUID, caller: Caller | None = None, **changes: object
) -> User:
    async with database.transaction(tenant.scope) as transaction:
        return await users.change_user(transaction, caller or console(tenant), user_id, changes)


async def remove(database: Database, tenant: Tenant, user_id: UUID) -> None:
    async with database.transaction(tenant.scope) as transaction:
        await users.remove_user(transaction, console(tenant), user_id)


class TestAdd:
    async def test_one_spelling_of_an_address(self, database: Database, tenant: Tenant) -> None:
        """An address is one account, however it is written."""
        unique = tenant.client_id.hex
        made = await add(database, tenant, console(tenant), email=f"  Maria.{unique}@Bücher.Example ")
        assert made.email == f"maria.{unique}@xn--bcher-kva.example"
        with pytest.raises(ConflictError) as caught:
            await add(database, tenant, console(tenant), email=f"MARIA.{unique}@xn--bcher-kva.example")
        assert caught.value.code == "email_taken"

    async def test_an_address_elsewhere_is_taken_too(self, database: Database, tenant: Tenant) -> None:
        """An address has one account in the whole house, and the refusal does not say whose."""
        other = await make_tenant(database)
        person = await make_person(database, other)
        with pytest.raises(ConflictError) as caught:
            await add(database, tenant, console(tenant), email=person.email)
        assert str(other.organization_id) not in caught.value.message

    @pytest.mark.parametrize("email", ["", "maria", "a@b", "a b@c@d.example", "a\x00b@c.example"])
    async def test_what_is_no_address(self, database: Database, tenant: Tenant, email: str) -> None:
        """Only e-mail addresses get an account."""
        with pytest.raises(InvalidError):
            await add(database, tenant, console(tenant), email=email)

    async def test_an_admin_makes_no_owner(self, database: Database, tenant: Tenant) -> None:
        """Nobody gives a right that they lack."""
        with pytest.raises(ForbiddenError):
            await add(database, tenant, admin(tenant), role=UserRole.OWNER)
        made = await add(database, tenant, admin(tenant), role=UserRole.ADMIN)
        assert made.role == "admin"

    async def test_a_narrow_key_makes_no_admin(self, database: Database, tenant: Tenant) -> None:
        """A key that may only manage accounts can't make itself an account that may everything."""
        narrow = caller_with(tenant, frozenset({Right.USERS_READ, Right.USERS_WRITE}))
        for role in UserRole:
            with pytest.raises(ForbiddenError):
                await add(database, tenant, narrow, role=role)

    async def test_only_clients_within_reach_are_given(self, database: Database, tenant: Tenant) -> None:
        """A person can't be let into another organization's client; an owner sees all."""
        other = await make_tenant(database)
        with pytest.raises(InvalidError):
            await add(database, tenant, console(tenant), client_ids=[other.client_id])
        with pytest.raises(InvalidError):
            await add(database, tenant, console(tenant), role=UserRole.OWNER, client_ids=[tenant.client_id])


class TestOwners:
    async def test_the_last_owner_stays(self, database: Database, tenant: Tenant) -> None:
        """Nobody locks an organization out of itself."""
        owner = await make_person(database, tenant)
        for attempt in (
            remove(database, tenant, owner.user_id),
            change(database, tenant, owner.user_id, role="admin"),
            change(database, tenant, owner.user_id, is_disabled=True),
        ):
            with pytest.raises(ConflictError) as caught:
                await attempt
            assert caught.value.code == "last_owner"

    async def test_two_owners_who_remove_each_other_leave_one(
        self, database: Database, tenant: Tenant
    ) -> None:
        """Also at the same moment there is an owner left."""
        first, second = await make_person(database, tenant), await make_person(database, tenant)

        async def attempt(user_id: UUID) -> None:
            with suppress(ConvertOSError):
                await remove(database, tenant, user_id)

        await asyncio.gather(attempt(first.user_id), attempt(second.user_id))
        async with database.transaction(tenant.scope) as transaction:
            page = await users.list_users(transaction, limit=10)
        assert [user.role for user in page.items] == ["owner"]

    async def test_a_disabled_owner_does_not_count(self, database: Database, tenant: Tenant) -> None:
        """An owner who can't sign in keeps nobody from being the last."""
        first, second = await make_person(database, tenant), await make_person(database, tenant)
        await change(database, tenant, second.user_id, is_disabled=True)
        with pytest.raises(ConflictError):
            await remove(database, tenant, first.user_id)

    async def test_an_admin_has_no_power_over_an_owner(self, database: Database, tenant: Tenant) -> None:
        """An admin can't disable an owner, take their role, or give them a password."""
        owner = await make_person(database, tenant)
        for changes in ({"is_disabled": True}, {"role": "viewer"}, {"name": "X"}):
            with pytest.raises(ForbiddenError):
                await change(database, tenant, owner.user_id, admin(tenant), **changes)
        with pytest.raises(ForbiddenError):
            async with database.transaction(tenant.scope) as transaction:
                await users.set_password(transaction, admin(tenant), QUICK, owner.user_id, "x" * 20)

    async def test_an_admin_can_t_become_an_owner(self, database: Database, tenant: Tenant) -> None:
        """Nobody raises themselves."""
        person = await make_person(database, tenant, UserRole.ADMIN)
        myself = replace(admin(tenant), kind=ActorKind.USER, actor_id=person.user_id)
        with pytest.raises(ForbiddenError):
            await change(database, tenant, person.user_id, myself, role="owner")


class TestReach:
    async def test_other_tenant(self, database: Database, tenant: Tenant) -> None:
        """Another organization's people do not exist here."""
        other = await make_tenant(database)
        stranger = await make_person(database, other)
        for attempt in (
            remove(database, tenant, stranger.user_id),
            change(database, tenant, stranger.user_id, name="Mine"),
        ):
            with pytest.raises(NotFoundError):
                await attempt

    async def test_an_empty_list_of_clients_shows_nothing(self, database: Database, tenant: Tenant) -> None:
        """No clients named is not the same as every client."""
        person = await make_person(database, tenant, UserRole.VIEWER, client_ids=[])
        async with database.transaction(TenantScope(tenant.organization_id, ())) as transaction:
            user = await users.read_user(transaction, person.user_id)
        assert user.client_ids == []
