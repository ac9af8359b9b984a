"""Signing in with a password."""

import pytest
from argon2 import PasswordHasher
from tests.support.callers import console
from tests.support.people import QUICK, Person, make_person
from tests.support.tenants import Tenant

from convertos.core.database import Database, Role
from convertos.core.errors import InvalidError, TooManyRequestsError, UnauthenticatedError
from convertos.core.installation import Installation
from convertos.core.limits import RateLimiter
from convertos.tenancy import users
from convertos.tenancy.log_in import PER_ACCOUNT, PER_ADDRESS, LogIn
from convertos.tenancy.passwords import Passwords


@pytest.fixture
def log_in(database: Database, installation: Installation) -> LogIn:
    return LogIn(database, installation.master_key, QUICK, RateLimiter())


@pytest.fixture
async def person(database: Database, tenant: Tenant) -> Person:
    return await make_person(database, tenant)


async def refusal(log_in: LogIn, email: str, password: str, address: str = "192.0.2.1") -> str:
    with pytest.raises(UnauthenticatedError) as caught:
        await log_in.check(email, password, address)
    return f"{caught.value.code}: {caught.value.message}"


async def test_the_right_password_in_any_spelling_of_the_address(log_in: LogIn, person: Person) -> None:
    """People type their address as they like."""
    caller = await log_in.check(f" {person.email.upper()} ", person.password, "192.0.2.1")
    assert caller.actor_id == person.user_id


async def test_refusals_are_all_alike(
    log_in: LogIn, person: Person, database: Database, tenant: Tenant
) -> None:
    """A wrong password, an unknown address and a disabled account can't be told from each other."""
    await make_person(database, tenant)
    disabled = await make_person(database, tenant)
    async with database.transaction(tenant.scope) as transaction:
        await users.change_user(transaction, console(tenant), disabled.user_id, {"is_disabled": True})
    refusals = {
        await refusal(log_in, person.email, "wrong"),
        await refusal(log_in, person.email, ""),
        await refusal(log_in, disabled.email, disabled.password),
        await refusal(log_in, "nobody@example.com", person.password),
        await refusal(log_in, "\x00", person.password),
        await refusal(log_in, "", ""),
    }
    assert len(refusals) == 1


async def test_guessing_one_account_is_stopped_wherever_it_comes_from(log_in: LogIn, person: Person) -> None:
    """A botnet has ten guesses a quarter of an hour for an account, spelled in whichever way."""
    for number in range(PER_ACCOUNT.amount):
        email = person.email if number % 2 else person.email.upper()
        await refusal(log_in, email, "wrong", f"192.0.2.{number}")
    with pytest.raises(TooManyRequestsError) as caught:
        await log_in.check(person.email, person.password, "198.51.100.1")
    assert caught.value.retry_after_seconds == PER_ACCOUNT.seconds


async def test_guessing_from_one_place_is_stopped_whichever_account_it_tries(log_in: LogIn) -> None:
    """One password tried on many accounts ends as well."""
    for number in range(PER_ADDRESS.amount):
        await refusal(log_in, f"nobody{number}@example.com", "Winter2025!!")
    with pytest.raises(TooManyRequestsError):
        await log_in.check("anybody@example.com", "Winter2025!!", "192.0.2.1")


async def test_who_signs_in_well_is_never_stopped(log_in: LogIn, person: Person) -> None:
    """Somebody who mistypes now and then, and gets in, does not use their attempts up."""
    for _ in range(3):
        for _ in range(PER_ACCOUNT.amount - 1):
            await refusal(log_in, person.email, "wrong", "192.0.2.7")
        await log_in.check(person.email, person.password, "192.0.2.8")


async def test_a_weak_hash_is_renewed(person: Person, database: Database, installation: Installation) -> None:
    """Hashes get stronger with the release, without anybody noticing."""
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    log_in = LogIn(database, installation.master_key, stronger, RateLimiter())
    await log_in.check(person.email, person.password, "192.0.2.1")
    async with database.transaction(role=Role.WORKER) as transaction:
        stored = await transaction.scalar(
            "SELECT password_hash FROM users WHERE user_id = %s", (person.user_id,)
        )
    assert "m=16,t=2" in stored
    await log_in.check(person.email, person.password, "192.0.2.1")


async def test_to_prove_it_again(log_in: LogIn, person: Person) -> None:
    """Who changes a password knows the present one, and can't guess at it for long."""
    caller = await log_in.check(person.email, person.password, "192.0.2.1")
    await log_in.confirm(caller, person.password)
    for _ in range(PER_ACCOUNT.amount):
        with pytest.raises(InvalidError):
            await log_in.confirm(caller, "wrong")
    with pytest.raises(TooManyRequestsError):
        await log_in.confirm(caller, person.password)
