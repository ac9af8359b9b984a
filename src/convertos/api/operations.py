"""For whoever runs ConvertOS: is it alive, can it work, what does it do. At the root, without `/api`."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from pydantic import Field
from starlette.responses import JSONResponse, Response

from convertos.api.contract import Shape
from convertos.api.dependencies import database_of
from convertos.core.database import EVERY_TENANT, Database, DatabaseError
from convertos.core.errors import UnavailableError
from convertos.core.heartbeats import Heartbeat, newest_heartbeat
from convertos.core.metrics import OLDEST_WAITING_SECONDS, PARKED, WAITING

router = APIRouter(tags=["Operations"])

_SILENT_SECONDS = 30
_LATE_SECONDS = 300
_AWAY = (UnavailableError, DatabaseError)


class Readiness(Shape):
    """Which parts are ready."""

    ready: bool
    database: bool
    worker: Annotated[bool, Field(description="Whether a worker gave a sign of life in the last 30 s.")]
    queue: Annotated[bool, Field(description="Whether the oldest waiting receipt is younger than 5 minutes.")]
    oldest_waiting_seconds: float | None


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Is the process alive?")
async def health() -> dict[str, str]:
    """Answers as long as the web process runs; asks nobody else."""
    return {"status": "ok"}


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    summary="Can it work?",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "A part is not ready; the answer says which."}},
)
async def readiness(request: Request) -> Response:
    """Whether the database answers, a worker lives and the queue moves."""
    found = await _readiness(database_of(request))
    content = found.model_dump(by_alias=True)
    return JSONResponse(content, 200 if found.ready else 503, {} if found.ready else {"retry-after": "5"})


async def _readiness(database: Database) -> Readiness:
    try:
        heartbeat = await _heartbeat(database)
    except _AWAY:
        return Readiness(ready=False, database=False, worker=False, queue=False, oldest_waiting_seconds=None)
    has_worker = heartbeat is not None and heartbeat.age_seconds <= _SILENT_SECONDS
    oldest = _oldest_seconds(heartbeat)
    is_moving = has_worker and oldest is not None and oldest < _LATE_SECONDS
    return Readiness(
        ready=is_moving, database=True, worker=has_worker, queue=is_moving, oldest_waiting_seconds=oldest
    )


def _oldest_seconds(heartbeat: Heartbeat | None) -> float | None:
    """How long the oldest receipt waits by now, if none of it was done since the worker looked."""
    if heartbeat is None:
        return None
    then = float(heartbeat.state.get("oldest_seconds", 0))
    return round(then + heartbeat.age_seconds, 1) if then else 0.0


async def _heartbeat(database: Database) -> Heartbeat | None:
    async with database.transaction(EVERY_TENANT) as transaction:
        return await newest_heartbeat(transaction)


@router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Counters of this process, and what the newest worker saw waiting."""
    try:
        heartbeat = await _heartbeat(database_of(request))
    except _AWAY:
        heartbeat = None
    if heartbeat is not None:
        WAITING.set(heartbeat.state.get("waiting", 0))
        PARKED.set(heartbeat.state.get("parked", 0))
        OLDEST_WAITING_SECONDS.set(heartbeat.state.get("oldest_seconds", 0))
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
