"""`/dashboard/connections/{id}`: how one connection does, what came by it, and how to reach it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from convertos.connections.change import present_secret, read_connection
from convertos.connections.sites import software_of
from convertos.ingest.model import ReceiptStatus
from convertos.ingest.received import list_events
from convertos.ingest.trial import Step, Trial, try_connection
from convertos.tenancy.rights import Right
from convertos.web.connections.events import event_row
from convertos.web.connections.health import refusal_in_words
from convertos.web.connections.shown import CONNECTIONS_PATH, find_shown
from convertos.web.connections.site import site_shown
from convertos.web.desk import Desk, at
from convertos.web.notices import Mood

router = APIRouter(include_in_schema=False)

_AT_ONCE = 25
STATUSES = (
    ("", "All events"),
    (ReceiptStatus.FAILED.value, "Failed"),
    (ReceiptStatus.WAITING.value, "Waiting"),
    (ReceiptStatus.IGNORED.value, "Ignored"),
    (ReceiptStatus.PROCESSED.value, "Processed"),
)
_STEPS = {"sign": "Sign", "deliver": "Deliver", "keep": "Keep", "process": "Process"}

Reader = Annotated[Desk, at(Right.CONNECTIONS_READ)]
Writer = Annotated[Desk, at(Right.CONNECTIONS_WRITE)]


@router.get(f"{CONNECTIONS_PATH}/{{connection_id}}")
async def connection(
    desk: Reader, connection_id: UUID, status: str = "", cursor: str | None = None
) -> Response:
    """One connection with its newest events."""
    wanted = ReceiptStatus(status) if status in list(ReceiptStatus) else None
    async with desk.work() as work:
        shown = await find_shown(desk, work, connection_id)
        told = await software_of(work, [connection_id])
        page = await list_events(work, shown.connection, limit=_AT_ONCE, cursor=cursor, status=wanted)
    reasons = sorted(shown.traffic.rejections.items(), key=lambda reason: -reason[1])
    return desk.render(
        "connections/detail.html",
        shown=shown,
        site=site_shown(told.get(connection_id)) if shown.connection.type == "wordpress" else None,
        events=[event_row(each) for each in page.items],
        next_cursor=page.next_cursor,
        chosen=wanted.value if wanted else "",
        statuses=STATUSES,
        rejections=[(refusal_in_words(reason), count) for reason, count in reasons],
    )


@router.post(f"{CONNECTIONS_PATH}/{{connection_id}}/test")
async def test(desk: Writer, connection_id: UUID) -> Response:
    """Send a signed test event the whole way, and tell how far it came."""
    async with desk.work() as work:
        found = await read_connection(work, str(connection_id))
        secret = await present_secret(work, desk.installation.vault, found)
    trial = await try_connection(desk.request.app.state.door, desk.database, found, secret)
    if desk.request.headers.get("hx-request"):
        steps = [_step(each) for each in trial.steps]
        return desk.render("connections/test_result.html", is_through=trial.is_passed, steps=steps)
    words, mood = _in_a_sentence(trial)
    return desk.go(f"{CONNECTIONS_PATH}/{connection_id}", words, mood)


def _step(step: Step) -> tuple[str, str, str]:
    return "good" if step.is_ok else "bad", _STEPS.get(step.step, step.step.capitalize()), step.detail


def _in_a_sentence(trial: Trial) -> tuple[str, Mood]:
    stopped = next((step for step in trial.steps if not step.is_ok), None)
    return (stopped.detail, "bad") if stopped else ("The test event came all the way.", "good")
