"""People of an organization: added, changed, disabled, removed; and their own passwords.

Two rules guard the organization: nobody gives a right, or has power over whoever holds one, that they lack
themselves; and there is always an owner left.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from convertos.core.addresses import normal_email
from convertos.core.clock import Clock, system_clock
from convertos.core.database import Transaction
from convertos.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from convertos.core.ids import MakeId, new_id
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.tenancy.audit import record
from convertos.tenancy.model import Caller, User
from convertos.tenancy.passwords import Passwords, check_new_password
from convertos.tenancy.rights import UserRole, rights_of_role
from convertos.tenancy.store import sessions as session_store
from convertos.tenancy.store import setup as setup_store
from convertos.tenancy.store import users as store


def account_email(address: str) -> str:
    """The address in its one spelling.

    Raises:
        InvalidError: it is no e-mail address.
    """
    email = normal_email(address)
    if email is None or not email.isprintable():
        raise InvalidError.field("email", "This is no e-mail address.")
    return email


async def add_user(
    transaction: Transaction,
    caller: Caller,
    passwords: Passwords,
    *,
    email: str,
    name: str,
    password: str,
    role: UserRole,
    client_ids: Sequence[UUID] | None = None,
    clock: Clock = system_clock,
    make_id: MakeId = new_id,
) -> User:
    """A new person with an account.

    Args:
        client_ids: the only clients to be seen; `None` for every client of the organization.

    Raises:
        InvalidError: no e-mail address, a weak password, or no such client.
        ConflictError: somebody has an account with this address.
        ForbiddenError: the role has rights that the caller lacks.
    """
    email = account_email(email)
    check_new_password(password, email)
    _check_role(caller, role, client_ids)
    user = User(
        organization_id=caller.organization_id,
        user_id=make_id(),
        email=email,
        name=name,
        role=role.value,
        client_ids=sorted(set(client_ids)) if client_ids is not None else None,
        is_disabled=False,
        created_at=clock(),
        last_seen_at=None,
    )
    if not await store.insert_user(transaction, user, await passwords.hash(password)):
        raise ConflictError("Somebody has an account with this e-mail address already.", code="email_taken")
    # From the first person on, nobody needs the set-up page.
    await setup_store.forget_setup_tokens(transaction)
    details = {"role": role.value, "clients": _reach(user.client_ids)}
    await record(transaction, caller, "user.created", "user", user.user_id, details=details)
    return user


def _reach(client_ids: Sequence[UUID] | None) -> list[str] | str:
    return "all" if client_ids is None else [str(client_id) for client_id in client_ids]


def _check_role(caller: Caller, role: UserRole, client_ids: Sequence[UUID] | None) -> None:
    _demand_power_over(caller, role, client_ids)
    if role is UserRole.OWNER and client_ids is not None:
        raise InvalidError.field("clientIds", "An owner sees every client.")
    if client_ids is not None and not all(client_id in caller.scope for client_id in client_ids):
        raise InvalidError.field("clientIds", "There is no such client.")


async def organization_name(transaction: Transaction) -> str:
    """What the scope's organization is called."""
    return await store.find_organization_name(transaction) or ""


async def list_users(transaction: Transaction, *, limit: int, cursor: str | None = None) -> Page[User]:
    """The organization's people, oldest first."""
    position = decode_cursor(cursor, UUID)
    users = await store.list_users(transaction, position[0] if position else None, limit + 1)
    return page_of(users, limit, lambda user: (user.user_id,))


async def read_user(transaction: Transaction, user_id: UUID) -> User:
    """One person of the organization.

    Raises:
        NotFoundError: there is no such person.
    """
    user = await store.find_user(transaction, user_id)
    if user is None:
        raise NotFoundError("There is no such user.")
    return user


async def change_user(
    transaction: Transaction, caller: Caller, user_id: UUID, changes: Mapping[str, Any]
) -> User:
    """Set some of a person's fields; who is disabled is signed out everywhere at once.

    Args:
        changes: `name`, `role`, `client_ids`, `is_disabled`.

    Raises:
        NotFoundError: there is no such person.
        ForbiddenError: the person has rights that the caller lacks.
        ConflictError: no owner would be left.
    """
    await store.lock_organization(transaction)
    user = await read_user(transaction, user_id)
    _demand_power_over(caller, UserRole(user.role), user.client_ids)
    changed = {name: value for name, value in changes.items() if getattr(user, name) != value}
    if not changed:
        return user
    after = msgspec.structs.replace(user, **changed)
    _check_role(caller, UserRole(after.role), after.client_ids)
    if user.role == UserRole.OWNER and (after.role != UserRole.OWNER or after.is_disabled):
        await _keep_an_owner(transaction, user_id)
    await store.update_user(transaction, user_id, changed)
    if after.is_disabled:
        await session_store.delete_credentials_of(transaction, user_id)
    details = {"changed": sorted(changed), "role": after.role, "clients": _reach(after.client_ids)}
    await record(transaction, caller, "user.changed", "user", user_id, details=details)
    return after


async def remove_user(transaction: Transaction, caller: Caller, user_id: UUID) -> None:
    """Remove a person; what they did stays in the audit log.

    Raises:
        NotFoundError: there is no such person.
        ForbiddenError: the person has rights that the caller lacks.
        ConflictError: no owner would be left.
    """
    await store.lock_organization(transaction)
    user = await read_user(transaction, user_id)
    _demand_power_over(caller, UserRole(user.role), user.client_ids)
    if user.role == UserRole.OWNER:
        await _keep_an_owner(transaction, user_id)
    await store.delete_user(transaction, user_id)
    await record(transaction, caller, "user.removed", "user", user_id, details={"role": user.role})


def _demand_power_over(caller: Caller, role: UserRole, client_ids: Sequence[UUID] | None) -> None:
    if not rights_of_role(role, is_restricted=client_ids is not None) <= caller.rights:
        raise ForbiddenError(
            f"To make or change an account with the role {role}, you need all of its rights."
        )


async def _keep_an_owner(transaction: Transaction, user_id: UUID) -> None:
    if await store.count_other_owners(transaction, user_id) == 0:
        raise ConflictError("This is the last owner. Make somebody else an owner first.", code="last_owner")


async def set_password(
    transaction: Transaction, caller: Caller, passwords: Passwords, user_id: UUID, password: str
) -> None:
    """Give somebody else a new password; they are signed out everywhere.

    Raises:
        NotFoundError: there is no such person.
        ForbiddenError: the person has rights that the caller lacks.
        InvalidError: it is easily guessed.
    """
    user = await read_user(transaction, user_id)
    _demand_power_over(caller, UserRole(user.role), user.client_ids)
    await _write_password(transaction, passwords, user, password)
    await record(transaction, caller, "user.password_set", "user", user_id)


async def change_own_password(
    transaction: Transaction,
    caller: Caller,
    passwords: Passwords,
    password: str,
    *,
    session: bytes | None = None,
) -> None:
    """Change one's own password; every other browser and program of this person is signed out.

    Whoever calls this has had the present password confirmed (`LogIn.confirm`).

    Args:
        session: the browser (token hash) that stays signed in.

    Raises:
        InvalidError: it is easily guessed.
    """
    user = await read_user(transaction, caller.person_id)
    await _write_password(transaction, passwords, user, password, keep_session=session)
    await record(transaction, caller, "user.password_changed", "user", user.user_id)


async def _write_password(
    transaction: Transaction,
    passwords: Passwords,
    user: User,
    password: str,
    *,
    keep_session: bytes | None = None,
) -> None:
    check_new_password(password, user.email)
    await store.update_user(transaction, user.user_id, {"password_hash": await passwords.hash(password)})
    await session_store.delete_credentials_of(transaction, user.user_id, keep_session)
