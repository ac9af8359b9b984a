"""What people see of a connection's deliveries, and processing them once more."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from convertos.connections.model import Connection
from convertos.core.clock import Clock, system_clock
from convertos.core.database import Transaction
from convertos.core.errors import InvalidError, NotFoundError
from convertos.core.ids import derived_id, first_id_at
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.ingest.model import ReceiptStatus, ReceivedRow, Traffic, WholeReceipt
from convertos.ingest.store import events as store
from convertos.tenancy.audit import record
from convertos.tenancy.model import Caller

_WEEK = timedelta(days=7)
_MOST_LOOKED_THROUGH = 5_000


async def traffic_of(
    transaction: Transaction, connections: list[Connection], *, clock: Clock = system_clock
) -> dict[UUID, Traffic]:
    """The traffic of some connections of the scope, by their ids."""
    today = clock().astimezone(UTC).date()
    keys = [(connection.client_id, connection.connection_id) for connection in connections]
    rows = await store.traffic(transaction, keys, today, today - _WEEK + timedelta(days=1))
    return {row.pop("connection_id"): Traffic(**row) for row in rows}


async def list_events(
    transaction: Transaction,
    connection: Connection,
    *,
    limit: int,
    cursor: str | None = None,
    event_type: str | None = None,
    status: ReceiptStatus | None = None,
) -> Page[ReceivedRow]:
    """A connection's receipts, newest first."""
    position = decode_cursor(cursor, UUID)
    rows = await store.list_received(
        transaction,
        connection.client_id,
        connection.connection_id,
        event_type=event_type,
        status=status.value if status else None,
        before=position[0] if position else None,
        limit=limit + 1,
    )
    return page_of(rows, limit, lambda row: (row.receipt_id,))


async def named_event(transaction: Transaction, connection: Connection, name: str) -> UUID:
    """The receipt that somebody names: by our own id of it, or by its sender's.

    Senders' ids have no index of their own, which would slow the door down: one that does not tell deliveries
    apart, as WooCommerce's, is found among the newest receipts only.

    Raises:
        NotFoundError: it is not there, or past its retention.
    """
    owner = (connection.client_id, connection.connection_id)
    with suppress(ValueError):
        own = await store.find_received(transaction, *owner, UUID(name))
        if own is not None:
            return own.receipt_id
    by_key = await store.find_by_key(transaction, *owner, derived_id(name))
    if by_key is not None:
        return by_key.receipt_id
    lately = await store.find_lately(transaction, *owner, name, most=_MOST_LOOKED_THROUGH)
    if lately is None:
        raise NotFoundError("There is no such event on this connection.")
    return lately


async def read_event(transaction: Transaction, connection: Connection, receipt_id: UUID) -> ReceivedRow:
    """One receipt of a connection.

    Raises:
        NotFoundError: it is not there, or past its retention.
    """
    found = await store.find_received(transaction, connection.client_id, connection.connection_id, receipt_id)
    if found is None:
        raise NotFoundError("There is no such event on this connection.")
    return found


async def read_whole_event(
    transaction: Transaction, connection: Connection, receipt_id: UUID
) -> tuple[ReceivedRow, dict[str, str], str]:
    """One receipt with its headers and its body as text.

    Raises:
        NotFoundError: it is not there, or past its retention.
    """
    row = await read_event(transaction, connection, receipt_id)
    whole: WholeReceipt | None = await store.read_whole(transaction, connection.client_id, receipt_id)
    if whole is None:
        raise NotFoundError("There is no such event on this connection.")
    headers: dict[str, str] = msgspec.json.decode(whole.headers, type=dict[str, str]) if whole.headers else {}
    return row, headers, whole.body.decode(errors="replace")


async def replay_event(
    transaction: Transaction, caller: Caller, connection: Connection, receipt_id: UUID
) -> int:
    """Process one receipt once more; returns 0 where it still waits.

    Raises:
        NotFoundError: it is not there, or past its retention.
    """
    await read_event(transaction, connection, receipt_id)
    count = await store.put_back(
        transaction, connection.client_id, connection.connection_id, receipt_id=receipt_id
    )
    await _record(transaction, caller, connection, {"event": str(receipt_id), "events": count})
    return count


async def replay_events(
    transaction: Transaction,
    caller: Caller,
    connection: Connection,
    *,
    status: ReceiptStatus | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Process receipts once more; returns how many. The ledger makes this safe: what is known changes nothing.

    Args:
        status: only those in this state; every one that does not wait, where it is absent.
        since: received at this instant or later.
        until: received before this instant.

    Raises:
        InvalidError: the time ends before it begins.
    """
    if since and until and until <= since:
        raise InvalidError.field("to", "This is not after `from`.")
    count = await store.put_back(
        transaction,
        connection.client_id,
        connection.connection_id,
        status=status.value if status else None,
        since=first_id_at(since) if since else None,
        until=first_id_at(until) if until else None,
    )
    await _record(
        transaction, caller, connection, {"status": status.value if status else "any", "events": count}
    )
    return count


async def _record(
    transaction: Transaction, caller: Caller, connection: Connection, details: dict[str, Any]
) -> None:
    await record(
        transaction,
        caller,
        "connection.replayed",
        "connection",
        connection.connection_id,
        client_id=connection.client_id,
        details=details,
    )
