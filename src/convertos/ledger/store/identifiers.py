"""SQL of what tells one person from another."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.rows import insert_rows
from convertos.ledger.identifiers import Identifier
from convertos.ledger.identity import Ownership

_OWNER_COLUMNS = ", ".join(Ownership._fields)


async def owners_of(
    transaction: Transaction, identifiers: Collection[Identifier]
) -> dict[Identifier, Ownership]:
    """Whom the identifiers that are known lead to."""
    if not identifiers:
        return {}
    columns = [list(column) for column in zip(*identifiers, strict=True)]
    rows = await transaction.tuples(
        f"""
        SELECT client_id, kind, value, {_OWNER_COLUMNS}
        FROM contact_identifiers
        JOIN unnest(%b::uuid[], %b::text[], %b::text[]) AS k (client_id, kind, value)
            USING (client_id, kind, value)
        """,
        columns,
    )
    return {Identifier(*row[:3]): Ownership(*row[3:]) for row in rows}


class _IdentifierRow(msgspec.Struct):
    """A row of `contact_identifiers`."""

    client_id: UUID
    kind: str
    value: str
    contact_id: UUID
    person_id: UUID | None
    caller_id: UUID | None
    claimed_at: datetime | None
    witness: str | None
    is_tied: bool


async def write_owners(transaction: Transaction, owned: dict[Identifier, Ownership]) -> None:
    """Write identifiers that are new or lead to somebody else."""
    rows = [_row(identifier, owner) for identifier, owner in owned.items()]
    settings = ", ".join(f"{name} = excluded.{name}" for name in Ownership._fields)
    conflict = f"ON CONFLICT (client_id, kind, value) DO UPDATE SET {settings}"
    await insert_rows(transaction, "contact_identifiers", rows, conflict)


def _row(identifier: Identifier, owner: Ownership) -> _IdentifierRow:
    return _IdentifierRow(
        client_id=identifier.client_id,
        kind=identifier.kind,
        value=identifier.value,
        contact_id=owner.contact_id,
        person_id=owner.person_id,
        caller_id=owner.caller_id,
        claimed_at=owner.claimed_at,
        witness=owner.witness,
        is_tied=owner.is_tied,
    )
