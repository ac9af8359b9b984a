"""Shapes of connections and stores."""

from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Interface, IPv6Interface
from typing import Any
from uuid import UUID

import msgspec

MOST_LIVING_SECRETS = 3
"""The one that is handed out, and at most two before it that have not yet expired."""


class ConnectionStatus(StrEnum):
    """Whether a connection takes deliveries. A paused one keeps them until it is resumed."""

    ACTIVE = "active"
    PAUSED = "paused"
    DELETED = "deleted"


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One source of one client's data.

    Attributes:
        public_id: what the sender knows it by; not secret.
        domain: the shop's host, normalised (`normal_domain`).
        allowed_networks: where deliveries may come from; empty for anywhere.
        config: switches of the platform, such as `allowsSha512`.
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
    allowed_networks: list[IPv4Interface | IPv6Interface]
    config: dict[str, Any]
    created_at: datetime
    deleted_at: datetime | None


class IssuedSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret as it is handed out, once.

    Attributes:
        previous_expires_at: until when the one before it still verifies.
    """

    secret: str
    previous_expires_at: datetime | None = None
