"""Shapes of syncs, schedules, remote webhooks and the access log."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

LEASE_SECONDS = 60.0
BEAT_SECONDS = 15.0
MOST_ATTEMPTS = 6
"""How often a run is begun before it counts as failed; each later one goes on where the last one stopped."""


class SyncKind(StrEnum):
    """Whether everything is walked through, or only what changed."""

    FULL = "full"
    INCREMENTAL = "incremental"


class SyncReason(StrEnum):
    """Why there is a sync."""

    CONNECT = "connect"
    SCHEDULE = "schedule"
    HAND = "hand"
    GAP = "gap"


class SyncStatus(StrEnum):
    """How far a sync is.

    `INCOMPLETE`: it ran to its end, but the store says that there is more than came.
    """

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self not in {SyncStatus.WAITING, SyncStatus.RUNNING}


class Sync(msgspec.Struct, frozen=True, kw_only=True):
    """One run, from its request to its end."""

    client_id: UUID
    sync_id: UUID
    connection_id: UUID
    kind: str
    reason: str
    entities: list[str]
    status: str
    is_cancelling: bool
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    pausing: str | None
    error_code: str | None
    error: str | None


class EntityProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a sync is with one kind of object.

    Attributes:
        expected: as the store says; `None` while it has not.
        fresh: of those pulled, what was not known in this state.
    """

    client_id: UUID
    sync_id: UUID
    entity: str
    expected: int | None
    pulled: int
    fresh: int
    pages: int
    is_done: bool
    error: str | None
    started_at: datetime | None
    finished_at: datetime | None


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When a connection is synced by itself.

    Attributes:
        from_hour, until_hour: hours of low traffic in the client's time zone, the second one excluded; may
            reach over midnight; `None` for any hour.
    """

    client_id: UUID
    connection_id: UUID
    is_enabled: bool
    every_minutes: int
    from_hour: int | None
    until_hour: int | None
    next_sync_at: datetime
    next_check_at: datetime
    next_reconciliation_at: datetime


class WebhookHealth(StrEnum):
    """What a remote webhook is worth: on; was found off and is on again; can't be put on."""

    ACTIVE = "active"
    DEGRADED = "degraded"
    BROKEN = "broken"


class KnownWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook of ours in a store, as we last saw it."""

    client_id: UUID
    connection_id: UUID
    topic: str
    remote_id: str
    delivery_url: str
    remote_status: str
    health: str
    secret_id: UUID | None
    healed_at: datetime | None
    error: str | None
    checked_at: datetime


class AccessEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One call to a store.

    Attributes:
        path: with its query, without secrets.
        status: `None` where nothing came back; then `error` says why.
    """

    call_id: UUID
    called_at: datetime
    method: str
    host: str
    path: str
    purpose: str
    status: int | None
    error: str | None
    attempt: int
    bytes: int
    milliseconds: int


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison of a store with the tables.

    Attributes:
        since: from which day on objects were compared one by one; `None` for everything.
    """

    client_id: UUID
    reconciliation_id: UUID
    connection_id: UUID
    reason: str
    since: date | None
    status: str
    started_at: datetime
    finished_at: datetime | None
    error: str | None
    store_count: int
    matching_before: int
    matching_after: int
    healed: int
    found_deleted: int


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    """A store's connection.

    Attributes:
        address: `None` where the store was never connected by its keys (it only delivers).
        running_id, running_status: the sync that waits or runs.
    """

    client_id: UUID
    connection_id: UUID
    public_id: str
    store_id: UUID
    type: str
    name: str
    domain: str | None
    connection_status: str
    address: str | None
    details: dict[str, str] | None
    cautions: list[dict[str, Any]] | None
    refused: str | None
    last_sync_at: datetime | None
    running_id: UUID | None
    running_status: str | None
    contacts: int
    orders: int
    products: int
    store_count: int | None
    matching_count: int | None
    healed: int | None
    reconciled_at: datetime | None
    reconciliation_status: str | None
