"""SQL of what records note about people; each person's row holds its own (contact_lists reads them together)."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.rows import update_rows


class MarksRow(msgspec.Struct):
    """The columns of `contacts` for one person.

    Attributes:
        mark_versions: of the word that holds, for each mark that a record noted.
    """

    client_id: UUID
    contact_id: UUID
    tags: list[str]
    subscription_status: str
    custom_fields: dict[str, Any]
    mark_versions: dict[str, str]


async def marks_of(transaction: Transaction, persons: Collection[tuple[UUID, UUID]]) -> list[MarksRow]:
    """The marks of some (client, person); those who were erased are missing."""
    columns = [list(column) for column in zip(*persons, strict=True)]
    rows = await transaction.tuples(
        f"""
        SELECT {", ".join(MarksRow.__struct_fields__)} FROM contacts
        JOIN unnest(%b::uuid[], %b::uuid[]) AS k (client_id, contact_id) USING (client_id, contact_id)
        WHERE erased_at IS NULL
        """,
        columns,
    )
    return [MarksRow(*row) for row in rows]


async def write_marks(transaction: Transaction, rows: Sequence[MarksRow]) -> None:
    """Write the marks of persons that are there."""
    await update_rows(transaction, "contacts", rows, ("client_id", "contact_id"))
