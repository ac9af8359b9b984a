"""Reads and changes when a connection is synced by itself."""

import msgspec

from convertos.connections.model import Connection
from convertos.core.clock import Clock, system_clock
from convertos.core.database import Transaction
from convertos.core.errors import ConflictError, InvalidError
from convertos.sync.model import Schedule
from convertos.sync.schedule import after_reconciliation
from convertos.sync.store import schedules as store
from convertos.tenancy.audit import record
from convertos.tenancy.clients import read_client
from convertos.tenancy.model import Caller


async def read_schedule(transaction: Transaction, connection: Connection) -> Schedule:
    """When a connection is synced.

    Raises:
        ConflictError: its store was not connected.
    """
    found = await store.read_schedule(transaction, connection.client_id, connection.connection_id)
    if found is None:
        raise ConflictError("This connection's store is not connected by its keys.", code="no_store")
    return found


async def change_schedule(
    transaction: Transaction,
    caller: Caller,
    connection: Connection,
    *,
    is_enabled: bool,
    every_minutes: int,
    from_hour: int | None,
    until_hour: int | None,
    clock: Clock = system_clock,
) -> Schedule:
    """Say when a connection is synced; the next sync is due at once, within the hours.

    Raises:
        ConflictError: its store was not connected.
        InvalidError: hours with one end.
    """
    if (from_hour is None) != (until_hour is None):
        raise InvalidError.field(
            "untilHour", "Hours have a beginning and an end; leave both out for any hour."
        )
    found = await read_schedule(transaction, connection)
    client = await read_client(transaction, connection.client_id)
    changed = msgspec.structs.replace(
        found,
        is_enabled=is_enabled,
        every_minutes=every_minutes,
        from_hour=from_hour,
        until_hour=until_hour,
        next_sync_at=clock(),
    )
    changed = after_reconciliation(changed, client.timezone, clock())
    await store.write_schedule(transaction, changed)
    await record(
        transaction,
        caller,
        "store.scheduled",
        "connection",
        connection.connection_id,
        client_id=connection.client_id,
        details={"every_minutes": every_minutes, "hours": [from_hour, until_hour], "enabled": is_enabled},
    )
    return changed
