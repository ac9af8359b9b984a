"""Ways to be a person in a test: with an account, signed in."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import httpx
from argon2 import PasswordHasher

from convertos.core.database import Database
from convertos.core.limits import RateLimiter
from convertos.tenancy.log_in import LogIn
from convertos.tenancy.passwords import Passwords
from convertos.tenancy.rights import UserRole
from convertos.tenancy.sessions import SESSION_COOKIE
from convertos.tenancy.users import add_user
from tests.support.callers import console
from tests.support.house import House
from tests.support.tenants import Tenant

QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""As safe as a test needs."""


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    user_id: UUID
    email: str
    password: str


async def make_person(
    database: Database,
    tenant: Tenant,
    role: UserRole = UserRole.OWNER,
    client_ids: Sequence[UUID] | None = None,
) -> Person:
    """Somebody of the tenant's organization."""
    email, password = f"{secrets.token_hex(6)}@example.com", secrets.token_urlsafe(16)
    async with database.transaction(tenant.scope) as transaction:
        user = await add_user(
            transaction,
            console(tenant),
            QUICK,
            email=email,
            name="Maria",
            password=password,
            role=role,
            client_ids=client_ids,
        )
    return Person(user.user_id, email, password)


async def browser_of(house: House, database: Database, person: Person) -> httpx.AsyncClient:
    """An HTTP client that is signed in as a browser is; sends its CSRF token with everything."""
    log_in = LogIn(database, house.installation.master_key, QUICK, RateLimiter())
    signed_in = await log_in.sign_in(person.email, person.password, "test", "Tests/1.0")
    browser = house.http(**{"X-CSRF-Token": signed_in.session.csrf_token})
    browser.cookies.set(SESSION_COOKIE, signed_in.session.token)
    return browser
