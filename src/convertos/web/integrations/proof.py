"""`/dashboard/integrations/store/{id}/proof`: how complete a store is here, when it is asked, and every call to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from convertos.core.errors import ConflictError, FieldError, InvalidError
from convertos.sync import overview, plan, prove, request
from convertos.sync.model import AccessEntry, Reconciliation, Schedule
from convertos.tenancy.rights import Right
from convertos.web.desk import Desk, at
from convertos.web.forms import REFUSALS, Form
from convertos.web.integrations.shown import STORE_PATH, summary_of

router = APIRouter(include_in_schema=False)

_PATH = f"{STORE_PATH}/{{connection_id}}/proof"
_MOST_PROOFS, _MOST_CALLS, _MOST_DIFFERENCES = 10, 25, 50
_STATES = {
    "waiting": ("", "Waiting"),
    "healing": ("", "Healing"),
    "complete": ("good", "Complete"),
    "incomplete": ("caution", "Incomplete"),
    "failed": ("bad", "Failed"),
}
_REASONS = {"import": "after the import", "schedule": "by night", "hand": "by hand"}
_FIELDS = {"untilHour": "until_hour"}
_PACES = ((15, "Every 15 minutes"), (60, "Every hour"), (360, "Every 6 hours"), (1440, "Once a day"))

Reader = Annotated[Desk, at(Right.CONNECTIONS_READ)]
Writer = Annotated[Desk, at(Right.CONNECTIONS_WRITE)]


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One reconciliation."""

    mood: str
    word: str
    reason: str
    figure: str
    note: str
    at: datetime


def _line(desk: Desk, found: Reconciliation) -> ProofLine:
    mood, word = _STATES[found.status]
    is_over = found.status in {"complete", "incomplete"}
    percent = overview.percent_of(found.matching_after, found.store_count) if is_over else None
    parts = [f"{desk.show.count(found.matching_after)} of {desk.show.things(found.store_count, 'order')}"]
    parts += [f"{desk.show.count(found.healed)} healed"] if found.healed else []
    parts += [f"{desk.show.count(found.found_deleted)} gone from the store"] if found.found_deleted else []
    return ProofLine(
        mood,
        word,
        _REASONS.get(found.reason, found.reason),
        f"{percent:g} %" if percent is not None else "–",
        ", ".join(parts) if is_over else found.error or "",
        found.finished_at or found.started_at,
    )


@router.get(_PATH)
async def show(desk: Reader, connection_id: UUID, cursor: str | None = None) -> Response:
    """Proofs, schedule and calls of one store."""
    return await _page(desk, connection_id, Form(), cursor=cursor)


async def _page(
    desk: Desk, connection_id: UUID, form: Form, *, cursor: str | None = None, status: int = 200
) -> Response:
    async with desk.work() as work:
        found = await overview.read_integration(work, str(connection_id))
        connection = await request.find_syncable(work, str(connection_id))
        proofs = (await prove.list_reconciliations(work, connection, limit=_MOST_PROOFS)).items
        newest = next((each for each in proofs if each.finished_at is not None), None)
        differences = (
            (await prove.read_findings(work, connection, newest.reconciliation_id))[1] if newest else ()
        )
        calls = await overview.read_access_log(
            work, found.client_id, connection_id, limit=_MOST_CALLS, cursor=cursor
        )
        schedule = await plan.read_schedule(work, connection) if found.address else None
    return desk.render(
        "integrations/proof.html",
        status=status,
        summary=summary_of(found),
        base=f"{STORE_PATH}/{connection_id}",
        proofs=[_line(desk, each) for each in proofs],
        differences=differences[:_MOST_DIFFERENCES],
        calls=[_call(each) for each in calls.items],
        next_cursor=calls.next_cursor,
        schedule=schedule,
        form=form,
        paces=[(str(minutes), words) for minutes, words in _paces(schedule)],
        hours=[("", "Any hour"), *((str(hour), f"{hour:02d}:00") for hour in range(24))],
        zone=desk.client.timezone if desk.client else "UTC",
    )


def _paces(schedule: Schedule | None) -> Sequence[tuple[int, str]]:
    minutes = schedule.every_minutes if schedule else 15
    known = dict(_PACES)
    return _PACES if minutes in known else ((minutes, f"Every {minutes} minutes"), *_PACES)


def _call(entry: AccessEntry) -> tuple[AccessEntry, str, str]:
    is_good = entry.status is not None and entry.status < 400
    return entry, "good" if is_good else "bad", str(entry.status or entry.error or "no answer")


@router.post(_PATH)
async def prove_now(desk: Writer, connection_id: UUID) -> Response:
    """Compare the whole store with what is here."""
    async with desk.work() as work:
        connection = await request.find_syncable(work, str(connection_id))
        await prove.request_reconciliation(work, connection, reason="hand", since=None)
    return desk.go(f"{STORE_PATH}/{connection_id}/proof", "The comparison begins in a moment.")


@router.post(f"{_PATH}/schedule")
async def change_schedule(desk: Writer, connection_id: UUID) -> Response:
    """Say when the store is asked."""
    try:
        async with desk.work() as work:
            connection = await request.find_syncable(work, str(connection_id))
            await plan.change_schedule(
                work,
                desk.caller,
                connection,
                is_enabled=desk.form.is_on("is_enabled"),
                every_minutes=_number(desk.form, "every_minutes", 5, 1440) or 15,
                from_hour=_number(desk.form, "from_hour", 0, 23),
                until_hour=_number(desk.form, "until_hour", 0, 24),
            )
    except REFUSALS as error:
        if isinstance(error, ConflictError):
            raise
        if isinstance(error, InvalidError):
            spelled = [FieldError(_FIELDS.get(each.field, each.field), each.message) for each in error.fields]
            error = InvalidError(error.message, *spelled, code=error.code)
        return await _page(desk, connection_id, desk.form.refused(error), status=422)
    return desk.go(f"{STORE_PATH}/{connection_id}/proof", "The schedule is saved.")


def _number(form: Form, name: str, least: int, most: int) -> int | None:
    text = form.text(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not least <= int(text[:6]) <= most:
        raise InvalidError.field(name, f"This is a number from {least} to {most}.")
    return int(text)
