"""Writing many rows of one table in one statement, from structs whose fields are the columns."""

from collections.abc import Sequence
from functools import cache

import msgspec

from convertos.core.database.transaction import Transaction, rows_as_json


@cache
def _insert(table: str, shape: type[msgspec.Struct]) -> str:
    columns = ", ".join(shape.__struct_fields__)
    return (
        f"INSERT INTO {table} ({columns}) "
        f"SELECT {columns} FROM json_populate_recordset(null::{table}, %s::json)"
    )


@cache
def _update(table: str, shape: type[msgspec.Struct], keys: tuple[str, ...]) -> str:
    settings = ", ".join(f"{name} = n.{name}" for name in shape.__struct_fields__ if name not in keys)
    condition = " AND ".join(f"t.{key} = n.{key}" for key in keys)
    return (
        f"UPDATE {table} t SET {settings} "
        f"FROM json_populate_recordset(null::{table}, %s::json) n WHERE {condition}"
    )


async def insert_rows(
    transaction: Transaction, table: str, rows: Sequence[msgspec.Struct], conflict: str = ""
) -> None:
    """Insert rows.

    Args:
        table: a table's name (ours, never from outside).
        conflict: what to do with rows that are there, such as `ON CONFLICT DO NOTHING`.
    """
    if rows:
        await transaction.send(f"{_insert(table, type(rows[0]))} {conflict}", (rows_as_json(rows),))


async def update_rows(
    transaction: Transaction, table: str, rows: Sequence[msgspec.Struct], keys: tuple[str, ...]
) -> None:
    """Set every column of existing rows."""
    if rows:
        await transaction.send(_update(table, type(rows[0]), keys), (rows_as_json(rows),))
