"""`/api/integrations/{id}/schedule`: when a store is synced by itself."""

from typing import Annotated

from pydantic import Field

from convertos.api.contract import Answer, Instant, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import Work, may
from convertos.api.problem_answers import problems
from convertos.sync import plan, request
from convertos.sync.model import Schedule
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/integrations", "Store integrations")

Reader = Annotated[Caller, may(Right.CONNECTIONS_READ)]
Writer = Annotated[Caller, may(Right.CONNECTIONS_WRITE)]
IntegrationId = Annotated[str, Field(description="The connection's id, or its public id.")]


class WantedSchedule(Shape):
    """When a store is to be synced."""

    enabled: bool = True
    every_minutes: Annotated[int, Field(ge=5, le=1440)] = 15
    from_hour: Annotated[
        int | None, Field(ge=0, le=23, description="Hours of low traffic begin, in the client's time zone.")
    ] = None
    until_hour: Annotated[int | None, Field(ge=0, le=24, description="They end; may be after midnight.")] = (
        None
    )


class ScheduleShape(WantedSchedule):
    """When a store is synced, and what is next."""

    next_sync_at: Instant
    next_webhook_check_at: Instant
    next_reconciliation_at: Instant


class ScheduleAnswer(Answer):
    """A schedule."""

    schedule: ScheduleShape


def _shape(schedule: Schedule) -> ScheduleShape:
    return ScheduleShape(
        enabled=schedule.is_enabled,
        every_minutes=schedule.every_minutes,
        from_hour=schedule.from_hour,
        until_hour=schedule.until_hour,
        next_sync_at=schedule.next_sync_at,
        next_webhook_check_at=schedule.next_check_at,
        next_reconciliation_at=schedule.next_reconciliation_at,
    )


@router.get("/{integration_id}/schedule", responses=problems(409))
async def read_schedule(integration_id: IntegrationId, _: Reader, work: Work) -> ScheduleAnswer:
    """When a store is synced, checked and reconciled by itself."""
    connection = await request.find_syncable(work, integration_id)
    return ScheduleAnswer(schedule=_shape(await plan.read_schedule(work, connection)))


@router.put("/{integration_id}/schedule", responses=problems(409))
async def change_schedule(
    integration_id: IntegrationId, wanted: WantedSchedule, caller: Writer, work: Work
) -> ScheduleAnswer:
    """Say when a store is synced; the whole schedule is replaced."""
    connection = await request.find_syncable(work, integration_id)
    changed = await plan.change_schedule(
        work,
        caller,
        connection,
        is_enabled=wanted.enabled,
        every_minutes=wanted.every_minutes,
        from_hour=wanted.from_hour,
        until_hour=wanted.until_hour,
    )
    return ScheduleAnswer(schedule=_shape(changed))
