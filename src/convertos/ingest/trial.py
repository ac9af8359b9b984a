"""Sends a signed test event through the door and watches it go the whole way."""

import asyncio
import time
from datetime import datetime
from ipaddress import IPv4Interface, IPv6Interface
from typing import NamedTuple
from uuid import UUID

import httpx

from convertos.connections.model import Connection, ConnectionStatus
from convertos.core.clock import Clock, system_clock
from convertos.core.database import Database, TenantScope
from convertos.core.ids import derived_id, new_id
from convertos.ingest.receive import Door
from convertos.ingest.store.events import find_by_key
from convertos.platforms import Platform, Request, platform_of

PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 0.05
_LOOPBACK = "127.0.0.1"


class Step(NamedTuple):
    """One step of the way: whether it went well, and what happened in words."""

    step: str
    is_ok: bool
    detail: str


class Trial(NamedTuple):
    """What became of a test event."""

    event_id: str
    steps: list[Step]

    @property
    def is_passed(self) -> bool:
        """Whether every step went well."""
        return all(step.is_ok for step in self.steps)


async def try_connection(
    door: Door,
    database: Database,
    connection: Connection,
    secret: bytes,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    clock: Clock = system_clock,
) -> Trial:
    """Sign a test event as the sender would, deliver it at the door, and wait until it was processed.

    Nothing of it is left but its receipt. The network between the sender and the door is not tried: only the
    sender can do that.
    """
    platform = platform_of(connection.type)
    event_id = str(new_id())
    if platform is None:
        return Trial(event_id, [Step("sign", False, f"This release can't read {connection.type}.")])
    at = clock()
    event_type, body = platform.test_event(event_id, at)
    path, names = platform.address(connection.public_id)
    headers = {**platform.sign(body, event_type, secret, at), **names, "Content-Type": "application/json"}
    steps = [Step("sign", True, "Signed with the connection's present secret.")]
    answer = await _deliver(door, connection, path, body, headers)
    is_taken = answer.status_code == httpx.codes.OK
    steps.append(Step("deliver", is_taken, _words(answer)))
    if is_taken:
        scope = TenantScope(connection.organization_id, (connection.client_id,))
        key = _key(platform, connection, path, body=body, headers=headers, at=at)
        steps.extend(await _watch(database, scope, connection, key, patience_seconds))
    return Trial(event_id, steps)


async def _deliver(
    door: Door, connection: Connection, path: str, body: bytes, headers: dict[str, str]
) -> httpx.Response:
    transport = httpx.ASGITransport(door, client=(_sender(connection), 0))
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
        return await http.post(path, content=body, headers=headers)


def _sender(connection: Connection) -> str:
    """An address that the connection takes deliveries from: the list itself is not on trial."""
    allowed: list[IPv4Interface | IPv6Interface] = connection.allowed_networks
    return str(allowed[0].ip) if allowed else _LOOPBACK


def _words(answer: httpx.Response) -> str:
    if answer.status_code == httpx.codes.OK:
        return "The door took it: signature right, kept on disk."
    content = answer.json()
    return f"The door answered {answer.status_code} {content.get('code')}: {content.get('detail')}"


def _key(
    platform: Platform,
    connection: Connection,
    path: str,
    *,
    body: bytes,
    headers: dict[str, str],
    at: datetime,
) -> UUID:
    segment = connection.public_id if path.endswith(connection.public_id) else ""
    lower = {name.lower(): value for name, value in headers.items()}
    deliveries = platform.deliveries(Request(segment, lower, body, at))
    first = deliveries[0]
    if isinstance(first, Exception):
        raise first
    return derived_id(*first.key)


async def _watch(
    database: Database, scope: TenantScope, connection: Connection, key: UUID, patience_seconds: float
) -> list[Step]:
    until = time.monotonic() + patience_seconds
    while True:
        async with database.transaction(scope) as transaction:
            found = await find_by_key(transaction, connection.client_id, connection.connection_id, key)
        if found is None:
            return [Step("keep", False, "The door took it, and the database does not have it.")]
        kept = Step("keep", True, f"Receipt {found.receipt_id}.")
        if found.status in {"processed", "ignored"}:
            return [kept, Step("process", True, "A worker read it. A test changes nothing.")]
        if found.status == "failed":
            return [kept, Step("process", False, found.error or "It could not be processed.")]
        if connection.status == ConnectionStatus.PAUSED:
            return [kept, Step("process", True, "The connection is paused: it waits until it is resumed.")]
        if time.monotonic() > until:
            return [
                kept,
                Step(
                    "process",
                    False,
                    f"No worker read it within {patience_seconds:g} s. Is one running? `convertos doctor` says.",
                ),
            ]
        await asyncio.sleep(_PAUSE_SECONDS)
