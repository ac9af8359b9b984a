"""The first visit: a one-time token from the console makes the organization and its owner."""

import secrets

from convertos.core.clock import Clock, system_clock
from convertos.core.crypto import TokenHasher
from convertos.core.database import EVERY_TENANT, Database, Role, TenantScope
from convertos.core.errors import UnauthenticatedError
from convertos.core.ids import MakeId, new_id
from convertos.core.installation import Installation
from convertos.tenancy.authenticate import caller_of_user
from convertos.tenancy.console import console_caller, organizations
from convertos.tenancy.model import Caller
from convertos.tenancy.passwords import Passwords, check_new_password
from convertos.tenancy.rights import UserRole
from convertos.tenancy.store import setup as store
from convertos.tenancy.store.credentials import find_user
from convertos.tenancy.store.users import insert_organization, rename_organization
from convertos.tenancy.users import account_email, add_user

SETUP_PATH = "/setup"
_TOKEN_BYTES = 32
_REFUSED = "This set-up link was used, or a newer one was made. Restart ConvertOS for a new one, or sign in."


async def make_setup_token(database: Database, hasher: TokenHasher) -> str | None:
    """A new one-time token, in place of any before; `None` where somebody has an account already."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    async with database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
        if await store.has_users(transaction):
            return None
        await store.replace_setup_token(transaction, hasher.hash(token))
    return token


async def is_set_up(database: Database) -> bool:
    """Whether anybody has an account."""
    async with database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
        return await store.has_users(transaction)


async def is_setup_token(database: Database, hasher: TokenHasher, token: str) -> bool:
    """Whether the set-up page would take this token."""
    async with database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
        return await store.is_setup_token(transaction, hasher.hash(token))


async def set_up(
    database: Database,
    hasher: TokenHasher,
    passwords: Passwords,
    *,
    token: str,
    organization: str,
    name: str,
    email: str,
    password: str,
    clock: Clock = system_clock,
    make_id: MakeId = new_id,
) -> Caller:
    """Make the organization and its first owner; returns the owner. Two at once make one.

    Where the console has made an organization already, and only one, its clients are what the owner expects
    to see: then it is that one, under the name that the owner gives it.

    Raises:
        UnauthenticatedError: the token is not, or no longer, the one.
        InvalidError: no e-mail address, or a weak password; the token is still good.
    """
    check_new_password(password, account_email(email))
    waiting = await organizations(database)
    is_waiting = len(waiting) == 1 and not waiting[0].has_people
    caller = waiting[0].caller if is_waiting else console_caller(TenantScope(make_id(), ()))
    async with database.transaction(caller.scope) as transaction:
        if hasher.hash(token) not in await store.take_setup_tokens(transaction):
            raise UnauthenticatedError(_REFUSED, code="setup_token_invalid")
        if is_waiting:
            await rename_organization(transaction, organization)
        else:
            await insert_organization(transaction, caller.organization_id, organization)
        owner = await add_user(
            transaction,
            caller,
            passwords,
            email=email,
            name=name,
            password=password,
            role=UserRole.OWNER,
            clock=clock,
            make_id=make_id,
        )
    async with database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
        found = await find_user(transaction, owner.organization_id, owner.user_id)
    if found is None:
        raise UnauthenticatedError(_REFUSED)
    return caller_of_user(found)


async def offer_setup(installation: Installation) -> list[str]:
    """The link to the set-up page, to be printed on the console; nothing where somebody has an account."""
    async with Database(installation.access, {Role.AUTH: 1}, name="convertos setup") as database:
        token = await make_setup_token(database, installation.token_hasher)
    return [f"{installation.settings.base_url}{SETUP_PATH}?token={token}"] if token else []
