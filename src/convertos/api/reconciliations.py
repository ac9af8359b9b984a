"""`/api/integrations/{id}/reconciliations`: the proof that nothing of a store is missing."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from convertos.api.contract import Answer, Instant, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import Paging, Work, may
from convertos.api.problem_answers import problems
from convertos.core.clock import system_clock
from convertos.records import format_amount
from convertos.sync import prove, request
from convertos.sync.model import Reconciliation
from convertos.sync.overview import percent_of
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/integrations", "Store integrations")

Reader = Annotated[Caller, may(Right.CONNECTIONS_READ)]
Writer = Annotated[Caller, may(Right.CONNECTIONS_WRITE)]
IntegrationId = Annotated[str, Field(description="The connection's id, or its public id.")]
_LATELY = timedelta(days=62)


class ReconciliationOrder(Shape):
    """How much to compare."""

    full: Annotated[
        bool, Field(description="Every order one by one; else those of two months, and the past by count.")
    ] = True


class ReconciliationShape(Shape):
    """One comparison of a store with what is here."""

    id: UUID
    reason: Annotated[str, Field(examples=["import", "schedule", "hand"])]
    status: Annotated[str, Field(examples=["waiting", "healing", "complete", "incomplete", "failed"])]
    since: Annotated[date | None, Field(description="Everything was compared one by one from this day on.")]
    store_orders: int
    matching_before: Annotated[int, Field(description="Orders that were here as they are in the store.")]
    matching_after: int
    completeness: float | None
    healed: int
    found_deleted: int
    error: str | None
    started_at: Instant
    finished_at: Instant | None


class DifferenceShape(Shape):
    """One object that was not here as it is in the store."""

    entity: str
    external_id: str
    kind: Annotated[str, Field(examples=["missing", "differs", "deleted", "undeleted"])]
    detail: str
    healed: bool


class DayShape(Shape):
    """A day, in the client's time zone, on which counts or sums differed before healing."""

    day: date
    currency: str
    store_count: int
    our_count: int
    store_sum: str
    our_sum: str


class FindingsShape(ReconciliationShape):
    """One comparison with everything that differed."""

    differences: list[DifferenceShape]
    days: list[DayShape]


class ReconciliationStartedAnswer(Answer):
    """A reconciliation that will run soon."""

    reconciliation_id: UUID


class ReconciliationsAnswer(PageAnswer):
    """Some reconciliations."""

    reconciliations: list[ReconciliationShape]


class FindingsAnswer(Answer):
    """One reconciliation."""

    reconciliation: FindingsShape


def _fields(found: Reconciliation) -> dict[str, Any]:
    is_over = found.finished_at is not None and found.status != "failed"
    return {
        "id": found.reconciliation_id,
        "store_orders": found.store_count,
        "completeness": percent_of(found.matching_after, found.store_count) if is_over else None,
    } | {
        name: getattr(found, name)
        for name in ReconciliationShape.model_fields
        if name in found.__struct_fields__
    }


def _day(row: Mapping[str, Any]) -> DayShape:
    currency = row["currency"]
    sums = {name: format_amount(row[name], currency) for name in ("store_sum", "our_sum")}
    return DayShape(
        day=row["day"],
        currency=currency,
        store_count=row["store_count"],
        our_count=row["our_count"],
        **sums,
    )


@router.post("/{integration_id}/reconcile", status_code=202, responses=problems(409))
async def start_reconciliation(
    integration_id: IntegrationId, order: ReconciliationOrder, _: Writer, work: Work
) -> ReconciliationStartedAnswer:
    """Compare a store with what is here, and fetch what differs; one under way is the one that is meant."""
    connection = await request.find_syncable(work, integration_id)
    since = None if order.full else (system_clock() - _LATELY).date()
    found = await prove.request_reconciliation(work, connection, reason="hand", since=since)
    return ReconciliationStartedAnswer(reconciliation_id=found)


@router.get("/{integration_id}/reconciliations")
async def list_reconciliations(
    integration_id: IntegrationId, _: Reader, work: Work, paging: Paging
) -> ReconciliationsAnswer:
    """A store's reconciliations, newest first."""
    connection = await request.find_syncable(work, integration_id)
    page = await prove.list_reconciliations(work, connection, limit=paging.limit, cursor=paging.cursor)
    shapes = [ReconciliationShape(**_fields(each)) for each in page.items]
    return ReconciliationsAnswer(reconciliations=shapes, next_cursor=page.next_cursor)


@router.get("/{integration_id}/reconciliations/{reconciliation_id}")
async def read_reconciliation(
    integration_id: IntegrationId, reconciliation_id: UUID, _: Reader, work: Work
) -> FindingsAnswer:
    """One reconciliation, with what differed by id and by day (a thousand ids at most)."""
    connection = await request.find_syncable(work, integration_id)
    found, differences, days = await prove.read_findings(work, connection, reconciliation_id)
    return FindingsAnswer(
        reconciliation=FindingsShape(
            **_fields(found),
            differences=[
                DifferenceShape(
                    entity=each.entity,
                    external_id=each.external_id,
                    kind=each.kind,
                    detail=each.detail,
                    healed=each.is_healed,
                )
                for each in differences
            ],
            days=[_day(row) for row in days],
        )
    )
