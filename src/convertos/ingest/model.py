"""Shapes of what people see of a connection's deliveries."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from convertos.connections.model import Connection, ConnectionStatus


class ReceivedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt as it is listed.

    Attributes:
        status: `waiting`, `processed`, `ignored` or `failed`.
        note: why it changed nothing, where it was ignored or came too late.
    """

    receipt_id: UUID
    event_id: str
    event_type: str
    door: str
    received_at: datetime
    processed_at: datetime | None
    attempts: int
    status: str
    error_code: str | None
    error: str | None
    note: str | None


class WholeReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What one receipt holds, as it came."""

    headers: bytes
    body: bytes


class ReceiptStatus(StrEnum):
    """How far a receipt has come."""

    WAITING = "waiting"
    PROCESSED = "processed"
    IGNORED = "ignored"
    FAILED = "failed"


class Health(StrEnum):
    """How a connection is, in one word."""

    NEW = "new"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    PAUSED = "paused"


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """How much came by a connection, and what became of it. Days are UTC days.

    Attributes:
        rejected: what was turned away at the door; `rejections` by reason.
        failed: what waits for a person, because it can't be processed.
    """

    events_today: int = 0
    events_7d: int = 0
    events_total: int = 0
    duplicates: int = 0
    waiting: int = 0
    failed: int = 0
    rejected: int = 0
    rejections: Mapping[str, int] = {}
    last_seen_at: datetime | None = None
    last_rejected_at: datetime | None = None
    last_rejection: str | None = None
    last_error: str | None = None
    last_error_code: str | None = None
    last_error_at: datetime | None = None

    def health(self, connection: Connection) -> Health:
        """Failed deliveries, or refusals since the last good one, need somebody's eye."""
        if connection.status == ConnectionStatus.PAUSED:
            return Health.PAUSED
        is_refused = self.last_rejected_at is not None and (
            self.last_seen_at is None or self.last_rejected_at > self.last_seen_at
        )
        if self.failed or is_refused:
            return Health.DEGRADED
        return Health.HEALTHY if self.last_seen_at else Health.NEW
