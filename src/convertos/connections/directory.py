"""Who may stand at the door: connections by public id or domain, with their living secrets.

Kept in memory for a moment, because every delivery asks. A refusal is never based on memory: where an entry
is missing or no secret fits, it is read afresh first, so that a secret works the instant it is issued.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Interface, IPv6Interface
from typing import Any
from uuid import UUID

import msgspec

from convertos.connections.store import door_connections
from convertos.core.batcher import Batcher
from convertos.core.crypto import Vault
from convertos.core.database import EVERY_TENANT, Database, Role
from convertos.platforms import DoorRules, Locator

_MEMORY_SECONDS = 2.0
_MOST_ENTRIES = 20_000
_LARGEST_LOOKUP = 200
_MOST_WAITING = 5_000


class DoorSecret(msgspec.Struct, frozen=True):
    """A secret that verifies until it expires."""

    value: bytes
    expires_at: datetime | None


class DoorConnection(msgspec.Struct, frozen=True, kw_only=True):
    """What the door needs to know of a connection."""

    client_id: UUID
    connection_id: UUID
    public_id: str
    type: str
    allowed_networks: list[IPv4Interface | IPv6Interface]
    rules: DoorRules
    secrets: tuple[DoorSecret, ...]

    def living_secrets(self, now: datetime) -> list[bytes]:
        """The secrets that verify at an instant."""
        return [
            secret.value for secret in self.secrets if secret.expires_at is None or now < secret.expires_at
        ]


def belongs_to(client_id: UUID, connection_id: UUID, column: str) -> str:
    """What a connection's ciphertext is bound to (core.crypto.Vault)."""
    return f"{client_id}|{connection_id}|{column}"


class Directory:
    """Looks connections up for the door."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._memory: dict[Locator, tuple[float, list[DoorConnection]]] = {}
        self._lookups = Batcher(self._look_up, largest=_LARGEST_LOOKUP, capacity=_MOST_WAITING)

    async def find(self, locator: Locator) -> list[DoorConnection]:
        """The connections at a place, perhaps as they were two seconds ago (one, for a public id)."""
        remembered = self._memory.get(locator)
        if remembered is not None and time.monotonic() - remembered[0] < _MEMORY_SECONDS:
            return remembered[1]
        return await self.find_afresh(locator)

    async def find_afresh(self, locator: Locator) -> list[DoorConnection]:
        """The connections at a place as they are now. Requests at the same time share one query."""
        return await self._lookups.submit(locator)

    def forget(self, public_id: str) -> None:
        """Drop what is remembered of a connection that was changed."""
        for locator, (_, found) in list(self._memory.items()):
            if locator.public_id == public_id or any(entry.public_id == public_id for entry in found):
                del self._memory[locator]

    async def _look_up(self, locators: Sequence[Locator]) -> Sequence[list[DoorConnection]]:
        asked_at = time.monotonic()
        async with self._database.transaction(EVERY_TENANT, Role.INGEST) as transaction:
            rows = await door_connections(transaction, sorted(set(locators), key=str))
        entries = [(row, self._entry(row)) for row in rows]
        found = [
            [
                entry
                for row, entry in entries
                if locator in (Locator(row["public_id"]), Locator(None, row["domain"]))
            ]
            for locator in locators
        ]
        if len(self._memory) > _MOST_ENTRIES:
            self._memory.clear()
        for locator, connections in zip(locators, found, strict=True):
            if connections:  # strangers are not worth remembering
                self._memory[locator] = (asked_at, connections)
            else:
                self._memory.pop(locator, None)
        return found

    def _entry(self, row: dict[str, Any]) -> DoorConnection:
        owner = belongs_to(row["client_id"], row["connection_id"], "secret")
        config = row["config"]
        return DoorConnection(
            client_id=row["client_id"],
            connection_id=row["connection_id"],
            public_id=row["public_id"],
            type=row["type"],
            allowed_networks=row["allowed_networks"],
            rules=DoorRules(
                allows_sha512=config.get("allowsSha512") is True,
                requires_timestamp=config.get("requiresTimestamp") is True,
            ),
            secrets=tuple(
                DoorSecret(self._vault.decrypt(ciphertext, owner), expires_at)
                for ciphertext, expires_at in zip(row["ciphertexts"], row["expirations"], strict=True)
            ),
        )
