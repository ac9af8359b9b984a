"""SQL of erasing a client: every table that names clients, children before their parents (worker)."""

from collections.abc import Iterable
from graphlib import TopologicalSorter
from uuid import UUID

from convertos.core.database import Transaction

_KEPT = frozenset({"audit_log", "clients"})
"""The log says what people did, not what customers did; the client itself goes last."""


async def is_erasing(transaction: Transaction, client_id: UUID) -> bool:
    """Whether somebody ordered that this client be erased."""
    return bool(
        await transaction.scalar(
            "SELECT status = 'erasing' FROM clients WHERE client_id = %s FOR UPDATE", (client_id,)
        )
    )


async def tables_of_clients(transaction: Transaction) -> list[str]:
    """Every table whose rows belong to a client, in the order in which they can be emptied.

    Asked of the catalog, so that a table which a later release adds is not forgotten.
    """
    rows = await transaction.tuples(
        """
        SELECT c.relname, f.relname
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped
        LEFT JOIN pg_constraint r ON r.confrelid = c.oid AND r.contype = 'f' AND r.conrelid <> c.oid
        LEFT JOIN pg_class f ON f.oid = r.conrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        """
    )
    return list(_children_first(rows))


def _children_first(rows: Iterable[tuple[str, str | None]]) -> Iterable[str]:
    children: dict[str, set[str]] = {}
    for table, child in rows:
        children.setdefault(table, set())
        if child is not None:
            children[table].add(child)
    order = TopologicalSorter(children).static_order()
    return (table for table in order if table in children and table not in _KEPT)


async def erase_some(transaction: Transaction, table: str, client_id: UUID, limit: int) -> int:
    """Delete some of a client's rows in a table; returns how many.

    Args:
        table: as `tables_of_clients` named it.
    """
    # In a partitioned table a ctid may name a row in each partition: then a few more of the client's go.
    return await transaction.execute(
        f"""
        DELETE FROM "{table}" WHERE client_id = %(client)s
            AND ctid = ANY (ARRAY(SELECT ctid FROM "{table}" WHERE client_id = %(client)s LIMIT %(limit)s))
        """,
        {"client": client_id, "limit": limit},
    )


async def erase_client_itself(transaction: Transaction, client_id: UUID) -> None:
    """Delete the client, and take it out of what people and keys may see."""
    for table in ("users", "api_keys"):
        await transaction.execute(
            f"UPDATE {table} SET client_ids = array_remove(client_ids, %s) WHERE %s = ANY (client_ids)",
            (client_id, client_id),
        )
    await transaction.execute("DELETE FROM clients WHERE client_id = %s", (client_id,))
