"""SQL of organizations and the people in them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from convertos.core.database import Transaction
from convertos.tenancy.model import User

_COLUMNS = "organization_id, user_id, email, name, role, client_ids, is_disabled, created_at, last_seen_at"


async def insert_organization(transaction: Transaction, organization_id: UUID, name: str) -> None:
    """Write a new organization, whose id the scope must have."""
    await transaction.execute(
        "INSERT INTO organizations (organization_id, name) VALUES (%s, %s)", (organization_id, name)
    )


async def rename_organization(transaction: Transaction, name: str) -> None:
    """Call the scope's organization something else."""
    await transaction.execute(
        "UPDATE organizations SET name = %s WHERE organization_id = %s",
        (name, transaction.scope.organization_id),
    )


async def find_organization_name(transaction: Transaction) -> str | None:
    """What the scope's organization is called."""
    name: str | None = await transaction.scalar(
        "SELECT name FROM organizations WHERE organization_id = %s", (transaction.scope.organization_id,)
    )
    return name


async def lock_organization(transaction: Transaction) -> None:
    """Be the only one who changes who is in the scope's organization, until the transaction ends."""
    await transaction.execute(
        "SELECT FROM organizations WHERE organization_id = %s FOR UPDATE",
        (transaction.scope.organization_id,),
    )


async def insert_user(transaction: Transaction, user: User, password_hash: str) -> bool:
    """Write a new person; returns `False` where somebody has the address already."""
    inserted = await transaction.execute(
        """
        INSERT INTO users (organization_id, user_id, email, name, password_hash, role, client_ids, created_at)
        VALUES (%(organization_id)s, %(user_id)s, %(email)s, %(name)s, %(password_hash)s, %(role)s,
                %(client_ids)s, %(created_at)s)
        ON CONFLICT (email) DO NOTHING
        """,
        {name: getattr(user, name) for name in user.__struct_fields__} | {"password_hash": password_hash},
    )
    return inserted == 1


async def list_users(transaction: Transaction, after: UUID | None, limit: int) -> list[User]:
    """The organization's people, oldest first."""
    return await transaction.fetch(
        User,
        f"""
        SELECT {_COLUMNS} FROM users
        WHERE organization_id = %(organization)s AND (%(after)s::uuid IS NULL OR user_id > %(after)s)
        ORDER BY user_id LIMIT %(limit)s
        """,
        {"organization": transaction.scope.organization_id, "after": after, "limit": limit},
    )


async def find_user(transaction: Transaction, user_id: UUID) -> User | None:
    """One person of the organization."""
    return await transaction.fetch_one(
        User,
        f"SELECT {_COLUMNS} FROM users WHERE organization_id = %s AND user_id = %s",
        (transaction.scope.organization_id, user_id),
    )


async def count_other_owners(transaction: Transaction, user_id: UUID) -> int:
    """How many can still manage the organization if this person can't."""
    return int(
        await transaction.scalar(
            """
            SELECT count(*) FROM users
            WHERE organization_id = %s AND user_id <> %s AND role = 'owner' AND NOT is_disabled
            """,
            (transaction.scope.organization_id, user_id),
        )
    )


async def update_user(transaction: Transaction, user_id: UUID, changes: Mapping[str, Any]) -> None:
    """Set some columns of a person."""
    names = [
        name for name in ("name", "role", "client_ids", "is_disabled", "password_hash") if name in changes
    ]
    settings = ", ".join(f"{name} = %({name})s" for name in names)
    await transaction.execute(
        f"UPDATE users SET {settings} WHERE organization_id = %(organization)s AND user_id = %(user)s",
        {name: changes[name] for name in names}
        | {"organization": transaction.scope.organization_id, "user": user_id},
    )


async def delete_user(transaction: Transaction, user_id: UUID) -> None:
    """Remove a person; their sessions and grants go along."""
    await transaction.execute(
        "DELETE FROM users WHERE organization_id = %s AND user_id = %s",
        (transaction.scope.organization_id, user_id),
    )
