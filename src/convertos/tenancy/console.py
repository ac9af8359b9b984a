"""Whoever sits at the machine: may everything, in the organization that they name.

The commands of `convertos user`, `convertos key` and `convertos client` call the same verbs as everybody,
with a caller from here.
"""

from typing import NamedTuple

from convertos.core.database import EVERY_TENANT, Database, Role, TenantScope
from convertos.core.errors import ConflictError, NotFoundError
from convertos.core.ids import MakeId, new_id
from convertos.tenancy.audit import record
from convertos.tenancy.model import ActorKind, Caller
from convertos.tenancy.rights import Right
from convertos.tenancy.store.credentials import find_organizations, list_organizations
from convertos.tenancy.store.users import insert_organization


def console_caller(scope: TenantScope) -> Caller:
    """The console as a caller in an organization."""
    return Caller(kind=ActorKind.CONSOLE, actor_id=None, name="console", scope=scope, rights=frozenset(Right))


class KnownOrganization(NamedTuple):
    """An organization of this installation.

    Attributes:
        caller: the console in it.
        has_people: whether anybody has an account in it.
    """

    name: str
    caller: Caller
    has_people: bool


async def organizations(database: Database) -> list[KnownOrganization]:
    """Every organization of this installation, oldest first."""
    async with database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
        found = await list_organizations(transaction)
    return [
        KnownOrganization(name, console_caller(TenantScope(organization_id, tuple(client_ids))), has_people)
        for organization_id, name, client_ids, has_people in found
    ]


async def caller_in(database: Database, organization: str) -> Caller:
    """The console in an organization, by its name or id.

    Raises:
        NotFoundError: there is none.
        ConflictError: there are several of this name.
    """
    async with database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
        found = await find_organizations(transaction, organization)
    if not found:
        raise NotFoundError(f"There is no organization {organization!r}.")
    if len(found) > 1:
        raise ConflictError(f"There are several organizations {organization!r}; give the id of one.")
    organization_id, client_ids = found[0]
    return console_caller(TenantScope(organization_id, tuple(client_ids)))


async def make_organization(database: Database, name: str, *, make_id: MakeId = new_id) -> Caller:
    """A new organization, with the console as a caller in it."""
    caller = console_caller(TenantScope(make_id(), ()))
    async with database.transaction(caller.scope) as transaction:
        await insert_organization(transaction, caller.organization_id, name)
        await record(transaction, caller, "organization.created", "organization", caller.organization_id)
    return caller


async def caller_in_or_new(database: Database, organization: str) -> Caller:
    """The console in an organization, which is made where there is none of this name.

    Raises:
        ConflictError: there are several of this name.
    """
    try:
        return await caller_in(database, organization)
    except NotFoundError:
        return await make_organization(database, organization)
