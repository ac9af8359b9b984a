"""`/dashboard/integrations/store/{id}`: how a connected store does, and what can be done about it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from convertos.core.errors import NotFoundError
from convertos.platforms.remote import RemoteError
from convertos.privacy import answering
from convertos.sync import overview, request
from convertos.sync.disconnect import disconnect
from convertos.sync.look_after import look_after
from convertos.sync.model import SyncKind, SyncReason, WebhookHealth
from convertos.sync.webhooks import overall
from convertos.tenancy.rights import Right
from convertos.web.connections.kinds import kind_of
from convertos.web.desk import Desk, at
from convertos.web.integrations.shown import (
    STORE_PATH,
    hook_lines,
    past_sync,
    running_of,
    summary_of,
)

router = APIRouter(include_in_schema=False)

_HISTORY = 10
SAVING = "Configuration saved! Setting up purchase tracking…"
SAVED = "Configuration saved and purchase tracking enabled!"

Reader = Annotated[Desk, at(Right.CONNECTIONS_READ)]
Writer = Annotated[Desk, at(Right.CONNECTIONS_WRITE)]
Answerer = Annotated[Desk, at(Right.CONTACTS_WRITE)]
_PATH = f"{STORE_PATH}/{{connection_id}}"


@router.get(_PATH)
async def show(desk: Reader, connection_id: UUID, saved: str = "") -> Response:
    """One store: state, progress, webhooks, history."""
    async with desk.work() as work:
        found = await overview.read_integration(work, str(connection_id))
        webhooks = await overview.read_webhooks(work, found.client_id, found.connection_id)
        connection = await request.find_syncable(work, str(connection_id))
        page, progress = await request.list_syncs(work, connection, limit=_HISTORY)
        demands = await answering.open_demands(work, found.client_id, found.connection_id)
    running = next((sync for sync in page.items if sync.sync_id == found.running_id), None)
    health = overall([each.known for each in webhooks]) if webhooks else None
    return desk.render(
        "integrations/store.html",
        store=found,
        summary=summary_of(found),
        base=f"{STORE_PATH}/{connection_id}",
        kind=kind_of(found.type),
        cautions=found.cautions or [],
        demands=demands,
        running=running_of(desk, running, progress[running.sync_id]) if running else None,
        hooks=hook_lines(webhooks),
        is_tracking=health is WebhookHealth.ACTIVE or health is WebhookHealth.DEGRADED,
        history=[past_sync(desk, sync, progress[sync.sync_id]) for sync in page.items if sync is not running],
        saved=(SAVED if health is WebhookHealth.ACTIVE else SAVING) if saved else "",
    )


@router.post(f"{_PATH}/demands/{{demand_id}}/done")
async def answer(desk: Answerer, connection_id: UUID, demand_id: UUID) -> Response:
    """Note that a request for data was answered."""
    async with desk.work() as work:
        await answering.mark_answered(work, desk.caller, demand_id)
    return desk.go(f"{STORE_PATH}/{connection_id}", "Noted: the request is answered.")


@router.post(f"{_PATH}/sync")
async def sync(desk: Writer, connection_id: UUID) -> Response:
    """Pull what changed, or everything."""
    kind = SyncKind.FULL if desk.form.is_on("full") else SyncKind.INCREMENTAL
    async with desk.work() as work:
        connection = await request.find_syncable(work, str(connection_id))
        await request.request_sync(work, connection, kind=kind, reason=SyncReason.HAND)
    return desk.go(f"{STORE_PATH}/{connection_id}", "The sync begins in a moment.")


@router.post(f"{_PATH}/cancel")
async def cancel(desk: Writer, connection_id: UUID) -> Response:
    """End the sync that waits or runs."""
    async with desk.work() as work:
        found = await overview.read_integration(work, str(connection_id))
        if found.running_id is not None:
            await request.cancel(work, found.running_id)
    return desk.go(f"{STORE_PATH}/{connection_id}", "The sync ends after the page that is under way.")


@router.post(f"{_PATH}/webhooks")
async def mend_webhooks(desk: Writer, connection_id: UUID) -> Response:
    """Look after the store's webhooks now."""
    async with desk.work() as work:
        found = await overview.read_integration(work, str(connection_id))
    base_url = desk.installation.settings.base_url
    try:
        webhooks = await look_after(
            desk.request.app.state.stores, desk.caller.scope, found.client_id, connection_id, base_url
        )
    except RemoteError as error:
        words = f"{error.message} {error.advice}".strip()
        return desk.go(f"{STORE_PATH}/{connection_id}", words, "bad")
    broken = sum(each.health == WebhookHealth.BROKEN for each in webhooks)
    if broken:
        words = f"{desk.show.things(broken, 'webhook')} can't be set up; the list says why."
        return desk.go(f"{STORE_PATH}/{connection_id}", words, "bad")
    return desk.go(f"{STORE_PATH}/{connection_id}", "All webhooks are on.")


@router.post(f"{_PATH}/disconnect")
async def part(desk: Writer, connection_id: UUID) -> Response:
    """Disconnect the store; what was collected stays."""
    async with desk.work() as work:
        found = await overview.read_integration(work, str(connection_id))
        if found.client_id not in desk.caller.scope:
            raise NotFoundError("There is no such integration.")
        await disconnect(work, desk.caller, found.public_id)
    desk.request.app.state.directory.forget(found.public_id)
    return desk.go("/dashboard/connections", f"{found.name} is disconnected. What was collected stays.")
