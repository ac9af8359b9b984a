"""`/api/syncs`: how far what is pulled from stores is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from convertos.api.contract import Answer, Instant, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import Work, may
from convertos.core.clock import system_clock
from convertos.sync import request
from convertos.sync.model import EntityProgress, Sync
from convertos.sync.overview import pace_of
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/syncs", "Store integrations")

Reader = Annotated[Caller, may(Right.CONNECTIONS_READ)]
Writer = Annotated[Caller, may(Right.CONNECTIONS_WRITE)]


class EntityShape(Shape):
    """How far a sync is with one kind of object."""

    success: Annotated[bool, Field(description="It is through, and nothing is missing.")]
    synced: Annotated[int, Field(description="Pulled from the store.")]
    new: Annotated[int, Field(description="Of those, what was not known in this state.")]
    expected: Annotated[int | None, Field(description="As the store says; null while it has not.")]
    failed: Annotated[int, Field(description="What the store announced and did not give.")]
    errors: list[str]


class SyncShape(Shape):
    """One sync."""

    id: UUID
    integration_id: UUID
    kind: Annotated[str, Field(examples=["full", "incremental"])]
    reason: Annotated[str, Field(examples=["connect", "schedule", "hand", "gap"])]
    status: Annotated[
        str, Field(examples=["waiting", "running", "succeeded", "incomplete", "failed", "cancelled"])
    ]
    customers: EntityShape | None
    orders: EntityShape | None
    products: EntityShape | None
    percent: float | None
    per_second: float | None
    seconds_left: int | None
    pausing: Annotated[str | None, Field(description="What the store makes us wait for.")]
    error_code: str | None
    error: str | None
    requested_at: Instant
    started_at: Instant | None
    finished_at: Instant | None


class SyncAnswer(Answer):
    """One sync."""

    sync: SyncShape


def shape_of_sync(sync: Sync, progress: Sequence[EntityProgress], now: datetime) -> SyncShape:
    """A sync as the contract has it."""
    pace = pace_of(sync, progress, now)
    entities = {each.entity: _entity(each) for each in progress}
    return SyncShape(
        id=sync.sync_id,
        integration_id=sync.connection_id,
        kind=sync.kind,
        reason=sync.reason,
        status=sync.status,
        customers=entities.get("customers"),
        orders=entities.get("orders"),
        products=entities.get("products"),
        percent=pace.percent,
        per_second=round(pace.per_second, 1) if pace.per_second else None,
        seconds_left=pace.seconds_left,
        pausing=sync.pausing,
        error_code=sync.error_code,
        error=sync.error,
        requested_at=sync.requested_at,
        started_at=sync.started_at,
        finished_at=sync.finished_at,
    )


def _entity(progress: EntityProgress) -> EntityShape:
    missing = max(0, (progress.expected or 0) - progress.pulled) if progress.is_done else 0
    return EntityShape(
        success=progress.is_done and progress.error is None,
        synced=progress.pulled,
        new=progress.fresh,
        expected=progress.expected,
        failed=missing,
        errors=[progress.error] if progress.error else [],
    )


@router.get("/{sync_id}")
async def read_sync(sync_id: UUID, _: Reader, work: Work) -> SyncAnswer:
    """How far a sync is, how fast it goes, and how it ended."""
    sync, progress = await request.read_sync(work, sync_id)
    return SyncAnswer(sync=shape_of_sync(sync, progress, system_clock()))


@router.delete("/{sync_id}", status_code=202)
async def cancel_sync(sync_id: UUID, _: Writer, work: Work) -> SyncAnswer:
    """Cancel a sync: at once where it waits, else after the page that is under way."""
    await request.cancel(work, sync_id)
    sync, progress = await request.read_sync(work, sync_id)
    return SyncAnswer(sync=shape_of_sync(sync, progress, system_clock()))
