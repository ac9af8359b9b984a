"""Who may stand at the door: connections by public id or domain, with their living secrets.

Kept in memory for a moment, because every delivery asks. A refusal is never based on memory: where an entry
is missing or no secret fits, it is read afresh first, so that a secret works the instant it is issued.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_interface
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
_NOWHERE = Locator()


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
    domain: str | None
    allowed_networks: tuple[IPv4Network | IPv6Network, ...]
    rules: DoorRules
    secrets: tuple[DoorSecret, ...]

    def living_secrets(self, now: datetime) -> list[bytes]:
        """The secrets that verify at an instant."""
        return [
            secret.value for secret in self.secrets if secret.expires_at is None or now < secret.expires_at
        ]

    def allows(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether deliveries may come from an address."""
        return not self.allowed_networks or any(address in network for network in self.allowed_networks)


def belongs_to(client_id: UUID, connection_id: UUID, column: str) -> str:
    """What a connection's ciphertext is bound to (core.crypto.Vault)."""
    return f"{client_id}|{connection_id}|{column}"


class Directory:
    """Looks connections up for the door."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._memory: dict[Locator, tuple[float, list[DoorConnection]]] = {}
        self._changes = 0
        self._lookups = Batcher(self._look_up, largest=_LARGEST_LOOKUP, capacity=_MOST_WAITING)

    def remembered(self, locator: Locator) -> Sequence[DoorConnection]:
        """The connections at a place as they were at most two seconds ago; empty where that is not known."""
        remembered = self._memory.get(locator)
        if remembered is not None and time.monotonic() - remembered[0] < _MEMORY_SECONDS:
            return remembered[1]
        return ()

    async def find_afresh(self, locator: Locator) -> list[DoorConnection]:
        """The connections at a place as they are now (one, for a public id).

        Requests at the same time share one query.
        """
        return await self._lookups.submit(locator)

    def forget(self, public_id: str) -> None:
        """Drop what is remembered of a connection that was changed, and what is being looked up just now."""
        self._changes += 1
        for locator, (_, found) in list(self._memory.items()):
            if locator.public_id == public_id or any(entry.public_id == public_id for entry in found):
                del self._memory[locator]

    def forget_client(self, client_id: UUID) -> None:
        """Drop what is remembered of all connections of a client that is out of reach from now on."""
        self._changes += 1
        for locator, (_, found) in list(self._memory.items()):
            if any(entry.client_id == client_id for entry in found):
                del self._memory[locator]

    async def _look_up(self, locators: Sequence[Locator]) -> Sequence[list[DoorConnection]]:
        asked_at, changes = time.monotonic(), self._changes
        async with self._database.transaction(EVERY_TENANT, Role.INGEST) as transaction:
            rows = await door_connections(transaction, sorted(set(locators), key=str))
        found: dict[Locator, list[DoorConnection]] = {locator: [] for locator in locators}
        for row in rows:
            entry = self._entry(row)
            for locator in (Locator(row["public_id"]), Locator(domain=row["domain"])):
                if locator != _NOWHERE and locator in found:
                    found[locator].append(entry)
        if changes == self._changes:
            self._remember(found, asked_at)
        return [found[locator] for locator in locators]

    def _remember(self, found: Mapping[Locator, list[DoorConnection]], asked_at: float) -> None:
        if len(self._memory) > _MOST_ENTRIES:
            self._memory.clear()
        for locator, connections in found.items():
            if connections:  # strangers are not worth remembering
                self._memory[locator] = (asked_at, connections)
            else:
                self._memory.pop(locator, None)

    def _entry(self, row: dict[str, Any]) -> DoorConnection:
        owner = belongs_to(row["client_id"], row["connection_id"], "secret")
        config = row["config"]
        return DoorConnection(
            client_id=row["client_id"],
            connection_id=row["connection_id"],
            public_id=row["public_id"],
            type=row["type"],
            domain=row["domain"],
            allowed_networks=tuple(ip_interface(str(place)).network for place in row["allowed_networks"]),
            rules=DoorRules(
                allows_sha512=config.get("allowsSha512") is True,
                requires_timestamp=config.get("requiresTimestamp") is True,
            ),
            secrets=tuple(
                DoorSecret(self._vault.decrypt(ciphertext, owner), expires_at)
                for ciphertext, expires_at in zip(row["ciphertexts"], row["expirations"], strict=True)
            ),
        )
