"""Reads, changes, pauses, resumes and deletes connections, and gives them new secrets."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from convertos.connections import store
from convertos.connections.create import SECRET_BYTES
from convertos.connections.directory import belongs_to
from convertos.connections.model import MOST_LIVING_SECRETS, Connection, ConnectionStatus, IssuedSecret
from convertos.connections.switches import check_config, check_networks, spelled
from convertos.core.clock import Clock, system_clock
from convertos.core.crypto import Vault
from convertos.core.database import Transaction
from convertos.core.errors import InvalidError, NotFoundError
from convertos.core.ids import new_id
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.tenancy.audit import record
from convertos.tenancy.model import Caller

GRACE = timedelta(hours=24)
"""For how long the secret before a rotation still verifies."""


async def list_connections(
    transaction: Transaction, *, limit: int, cursor: str | None = None
) -> Page[Connection]:
    """The living connections of the scope's clients, oldest first."""
    position = decode_cursor(cursor, UUID)
    found = await store.list_connections(transaction, position[0] if position else None, limit + 1)
    return page_of(found, limit, lambda connection: (connection.connection_id,))


async def read_connection(transaction: Transaction, connection: str) -> Connection:
    """One living connection by its id or its public id.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    found = await store.find_connection(transaction, connection)
    if found is None:
        raise NotFoundError("There is no such connection.")
    return found


async def change_connection(
    transaction: Transaction, caller: Caller, connection: str, changes: Mapping[str, Any]
) -> Connection:
    """Set some of a connection's fields.

    Args:
        changes: `name`, `status` (`active` or `paused`), `allowed_networks`, `config` (merged; null removes).

    Raises:
        NotFoundError: it is not yours, or not there.
        InvalidError: a network or a switch makes no sense.
    """
    found = await read_connection(transaction, connection)
    wanted = dict(changes)
    if "allowed_networks" in wanted:
        wanted["allowed_networks"] = check_networks(wanted["allowed_networks"])
    if "config" in wanted:
        merged = {**found.config, **spelled(wanted["config"])}
        wanted["config"] = check_config({name: value for name, value in merged.items() if value is not None})
    if wanted.get("status", ConnectionStatus.ACTIVE) not in {
        ConnectionStatus.ACTIVE,
        ConnectionStatus.PAUSED,
    }:
        raise InvalidError.field("status", "A connection can be set to active or paused.")
    changed = {name: value for name, value in wanted.items() if getattr(found, name) != value}
    if not changed:
        return found
    after = msgspec.structs.replace(found, **changed)
    await store.update_connection(transaction, after)
    details = {"changed": sorted(changed)} | ({"status": after.status} if "status" in changed else {})
    await _record(transaction, caller, "connection.changed", found, details)
    return after


async def delete_connection(transaction: Transaction, caller: Caller, connection: str) -> Connection:
    """Stop a connection for good; what it collected stays.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    found = await read_connection(transaction, connection)
    await store.set_status(transaction, found.client_id, found.connection_id, ConnectionStatus.DELETED)
    await _record(transaction, caller, "connection.deleted", found, {"name": found.name})
    return found


async def rotate_secret(
    transaction: Transaction,
    caller: Caller,
    vault: Vault,
    connection: str,
    *,
    secret: str | None = None,
    clock: Clock = system_clock,
) -> IssuedSecret:
    """A new secret; the present one verifies for 24 hours more.

    Of those before it only the newest lives on: whoever rotates a third time within a day has a reason.

    Args:
        secret: the sender's own new one, where the sender makes it.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    found = await read_connection(transaction, connection)
    issued = secret or secrets.token_hex(SECRET_BYTES)
    expires_at = clock() + GRACE
    await store.expire_secrets(
        transaction, found.client_id, found.connection_id, expires_at, MOST_LIVING_SECRETS - 1
    )
    await store.insert_secret(
        transaction,
        client_id=found.client_id,
        connection_id=found.connection_id,
        secret_id=new_id(),
        ciphertext=vault.encrypt(issued.encode(), belongs_to(found.client_id, found.connection_id, "secret")),
    )
    await _record(transaction, caller, "connection.secret_rotated", found, {})
    return IssuedSecret(secret=issued, previous_expires_at=expires_at)


async def present_secret(transaction: Transaction, vault: Vault, connection: Connection) -> bytes:
    """The secret that is handed out now; for what signs in the sender's place.

    Raises:
        NotFoundError: there is none.
    """
    ciphertext = await store.newest_secret(transaction, connection)
    if ciphertext is None:
        raise NotFoundError("This connection has no secret; rotate it.")
    return vault.decrypt(ciphertext, belongs_to(connection.client_id, connection.connection_id, "secret"))


async def _record(
    transaction: Transaction, caller: Caller, action: str, connection: Connection, details: dict[str, Any]
) -> None:
    await record(
        transaction,
        caller,
        action,
        "connection",
        connection.connection_id,
        client_id=connection.client_id,
        details=details,
    )
