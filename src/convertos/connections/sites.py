"""Sites that push objects themselves: who they are by their key, and what runs on them.

Source: api.md, "Entity API"; docs/reference/plugin-protocol.md.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_interface
from typing import Any
from uuid import UUID

import msgspec

from convertos.connections import site_store as store
from convertos.connections.directory import belongs_to
from convertos.connections.model import ConnectionStatus
from convertos.connections.site_store import SiteSoftware
from convertos.core.clock import Clock, system_clock
from convertos.core.crypto import TokenHasher, Vault
from convertos.core.database import EVERY_TENANT, Database, Role, TenantScope, Transaction
from convertos.core.errors import NotFoundError
from convertos.platforms import DoorRules
from convertos.tenancy.tokens import MakeToken, is_well_formed, make_token

__all__ = [
    "Site",
    "SiteSoftware",
    "find_site",
    "issue_key",
    "note_software",
    "read_software",
    "software_of",
]

KEY_PREFIX = "csk"
_PART = re.compile(r"([a-z][a-z0-9-]{0,29})=([A-Za-z0-9._+-]{1,40})")
_MOST_PARTS = 20


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A connection, as the site that holds its key.

    Attributes:
        secrets: those that verify now, newest first.
        requires_signature: whether every request has to be signed beside its key.
    """

    client_id: UUID
    connection_id: UUID
    organization_id: UUID
    public_id: str
    store_id: UUID
    type: str
    name: str
    domain: str | None
    status: str
    allowed_networks: tuple[IPv4Network | IPv6Network, ...]
    requires_signature: bool
    rules: DoorRules
    secrets: tuple[bytes, ...]

    @property
    def scope(self) -> TenantScope:
        """Its own client, and nothing else."""
        return TenantScope(self.organization_id, (self.client_id,))

    @property
    def is_paused(self) -> bool:
        """Whether it may push nothing at the moment."""
        return self.status == ConnectionStatus.PAUSED

    def allows(self, address: IPv4Address | IPv6Address | None) -> bool:
        """Whether it may push from an address."""
        return not self.allowed_networks or any(
            address in network for network in self.allowed_networks if address is not None
        )


async def find_site(database: Database, vault: Vault, hasher: TokenHasher, key: str) -> Site | None:
    """The site that a key belongs to; `None` for a key that is none, or no longer."""
    if not is_well_formed(key, KEY_PREFIX):
        return None
    async with database.transaction(EVERY_TENANT, Role.INGEST) as transaction:
        row = await store.find_by_key(transaction, hasher.hash(key))
    return _site(row, vault) if row is not None else None


def _site(row: dict[str, Any], vault: Vault) -> Site:
    config, ciphertexts = row.pop("config"), row.pop("ciphertexts")
    networks = row.pop("allowed_networks")
    owner = belongs_to(row["client_id"], row["connection_id"], "secret")
    return Site(
        **row,
        allowed_networks=tuple(ip_interface(str(place)).network for place in networks),
        requires_signature=config.get("requiresSignature") is True,
        rules=DoorRules(
            allows_sha512=config.get("allowsSha512") is True,
            requires_timestamp=config.get("requiresTimestamp") is True,
        ),
        secrets=tuple(vault.decrypt(ciphertext, owner) for ciphertext in ciphertexts),
    )


async def issue_key(
    transaction: Transaction,
    hasher: TokenHasher,
    client_id: UUID,
    connection_id: UUID,
    new_token: MakeToken = lambda: make_token(KEY_PREFIX),
) -> str:
    """A new key for a connection, which nobody can read again; the one before it ends at once.

    Raises:
        NotFoundError: there is no such connection.
    """
    key = new_token()
    if not await store.set_key(transaction, client_id, connection_id, hasher.hash(key)):
        raise NotFoundError("There is no such connection.")
    return key


def read_software(header: str) -> dict[str, str]:
    """What the header `X-ConvertOS-Site` tells; parts that are not of its form are left out."""
    parts = (_PART.fullmatch(part.strip()) for part in header.split(";", _MOST_PARTS)[:_MOST_PARTS])
    return {match[1]: match[2] for match in parts if match}


async def note_software(
    transaction: Transaction, site: Site, header: str, clock: Clock = system_clock
) -> None:
    """Note what a site told of itself; nothing, where it told nothing."""
    if software := read_software(header):
        await store.write_software(
            transaction, SiteSoftware(site.client_id, site.connection_id, software, clock())
        )


async def software_of(transaction: Transaction, connection_ids: Sequence[UUID]) -> dict[UUID, SiteSoftware]:
    """What runs on some sites of the scope, as each told last; those that told nothing are missing."""
    found = await store.find_software(transaction, connection_ids)
    return {software.connection_id: software for software in found}
