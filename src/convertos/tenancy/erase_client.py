"""Erases everything of a client that was taken out of reach, a few thousand rows at a time.

Twice: whoever was in the middle of something when the client went may still have written a row. The second
time, minutes later, nobody is, and the client itself goes too. Stopped anywhere, it goes on where it was.
"""

from uuid import UUID

from convertos.core.database import Database, Role
from convertos.tenancy.store import erasure as store

ROWS_AT_ONCE = 5000


async def erase_everything(
    database: Database, client_id: UUID, *, is_last: bool, rows_at_once: int = ROWS_AT_ONCE
) -> bool:
    """Erase a client's rows in every table; returns whether there was anything to do.

    Does nothing for a client that nobody ordered to be erased.

    Args:
        is_last: whether the client itself goes as well.
    """
    async with database.transaction(role=Role.WORKER) as transaction:
        if not await store.is_erasing(transaction, client_id):
            return False
        tables = await store.tables_of_clients(transaction)
    for table in tables:
        while await _erase_some(database, table, client_id, rows_at_once):
            pass
    if is_last:
        async with database.transaction(role=Role.WORKER) as transaction:
            await store.erase_client_itself(transaction, client_id)
    return True


async def _erase_some(database: Database, table: str, client_id: UUID, rows_at_once: int) -> int:
    async with database.transaction(role=Role.WORKER, is_durable=False) as transaction:
        return await store.erase_some(transaction, table, client_id, rows_at_once)
