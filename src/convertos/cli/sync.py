"""`convertos sync`: pulls a store now, and shows how far it is."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from convertos.connections.model import Connection
from convertos.connections.store import connection_by_public_id
from convertos.core.database import Database, Role, TenantScope
from convertos.core.errors import NotFoundError
from convertos.core.installation import Installation
from convertos.core.settings import Settings
from convertos.sync.model import EntityProgress, Sync, SyncKind, SyncReason, SyncStatus
from convertos.sync.overview import Pace, pace_of
from convertos.sync.request import read_sync, request_sync

_LOOK_SECONDS = 0.5
_EXIT_NOT_WHOLE = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sync)


def sync(
    connection: Annotated[str, typer.Argument(help="The public id of the connection, such as wc_…")],
    full: Annotated[bool, typer.Option("--full", help="Everything again, not only what changed.")] = False,
    entity: Annotated[
        list[str] | None, typer.Option(help="customers, products or orders; repeatable. Default: all.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Watch until it has ended.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print what became of it as JSON.")] = False,
) -> None:
    """Pull a store's customers, products and orders; the running workers do it.

    Exits with 1 when the sync failed, was cancelled, or the store gave less than it said it has.
    """
    found, progress = asyncio.run(
        _sync(Settings(), connection, full=full, entities=entity or [], is_waiting=wait)
    )
    if as_json:
        typer.echo(json.dumps(_as_json(found, progress)))
    else:
        _print(found, progress)
    if wait and found.status != SyncStatus.SUCCEEDED:
        raise typer.Exit(_EXIT_NOT_WHOLE)


async def _sync(
    settings: Settings, public_id: str, *, full: bool, entities: list[str], is_waiting: bool
) -> tuple[Sync, list[EntityProgress]]:
    installation = Installation.find(settings)
    async with Database(installation.access, {Role.WORKER: 1}, name="convertos sync") as database:
        async with database.transaction(role=Role.WORKER) as transaction:
            connection = await connection_by_public_id(transaction, public_id)
        if connection is None:
            raise NotFoundError(f"There is no connection {public_id}.")
        kind = SyncKind.FULL if full else SyncKind.INCREMENTAL
        sync_id = await _request(database, connection, kind, entities)
        return await _watch(database, connection, sync_id, is_waiting=is_waiting)


async def _request(database: Database, connection: Connection, kind: SyncKind, entities: list[str]) -> UUID:
    scope = TenantScope(connection.organization_id, (connection.client_id,))
    async with database.transaction(scope, Role.WORKER) as transaction:
        return await request_sync(
            transaction, connection, kind=kind, reason=SyncReason.HAND, entities=entities
        )


async def _watch(
    database: Database, connection: Connection, sync_id: UUID, *, is_waiting: bool
) -> tuple[Sync, list[EntityProgress]]:
    scope = TenantScope(connection.organization_id, (connection.client_id,))
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("waiting for a worker", total=100)
        while True:
            async with database.transaction(scope, Role.WORKER) as transaction:
                sync, progress = await read_sync(transaction, sync_id)
            if not is_waiting or SyncStatus(sync.status).is_over:
                return sync, progress
            pace = pace_of(sync, progress, datetime.now(UTC))
            bar.update(task, completed=pace.percent or 0, description=_words(sync, pace))
            await asyncio.sleep(_LOOK_SECONDS)


def _words(sync: Sync, pace: Pace) -> str:
    if sync.pausing:
        return sync.pausing
    rate = f", {pace.per_second:,.0f}/s" if pace.per_second else ""
    return f"{sync.status}: {pace.pulled:,} pulled{rate}"


def _as_json(sync: Sync, progress: list[EntityProgress]) -> dict[str, Any]:
    return {
        "syncId": str(sync.sync_id),
        "status": sync.status,
        "error": sync.error,
        **{each.entity: {"pulled": each.pulled, "expected": each.expected} for each in progress},
    }


def _print(sync: Sync, progress: list[EntityProgress]) -> None:
    typer.echo(f"{sync.status}{f': {sync.error}' if sync.error else ''}")
    for each in progress:
        of = f" of {each.expected:,}" if each.expected is not None else ""
        typer.echo(f"{each.pulled:9,d}{of}  {each.entity}")
