"""Runs one sync: page after page from the store into receipts.

A page's receipts, its progress and the cursor behind it are one transaction. So a run that dies goes on
behind the last page that was kept, a page that is read twice is known by its keys, and a cursor never says
that something is here which is not.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import NamedTuple
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from convertos.core.database import TenantScope
from convertos.core.errors import ConflictError, ConvertOSError, NotFoundError, UnavailableError
from convertos.core.ids import MakeId, new_id
from convertos.core.logging import get_logger
from convertos.ingest.keep import new_receipt
from convertos.ingest.store import NewReceipt, keep_receipts
from convertos.platforms import Delivery
from convertos.platforms.remote import (
    Cursor,
    Entity,
    Page,
    PulledObject,
    RemoteError,
    RemoteUnavailableError,
)
from convertos.sync.model import BEAT_SECONDS, MOST_ATTEMPTS, Sync, SyncKind, SyncStatus
from convertos.sync.store import syncs as store
from convertos.sync.store.access import write_entries
from convertos.sync.store.keys import note_refusal
from convertos.sync.store.syncs import LostSyncError
from convertos.sync.stores import OpenStore, Stores

_logger = get_logger(__name__)
_MOST_WAITING_RECEIPTS = 100_000
"""Past it the pull pauses: a client's live deliveries stand in the same queue, a minute behind so many."""

_CROWD_SECONDS = 0.5
_LOOK_EVERY_PAGES = 50
_DOOR = "sync"
_NO_HEADERS = b"{}"


class Ending(NamedTuple):
    """How a run ended.

    Attributes:
        retry_in_seconds: after which it is to go on; `None` where it is over.
        is_full: whether it walked through everything.
    """

    status: SyncStatus
    connection_id: UUID
    retry_in_seconds: float | None = None
    is_full: bool = False

    @property
    def is_through(self) -> bool:
        """Whether it came to the end of everything."""
        return self.status in {SyncStatus.SUCCEEDED, SyncStatus.INCOMPLETE}


class CancelledByPersonError(Exception):
    """Somebody wants the run to end."""


async def run_sync(
    stores: Stores, client_id: UUID, sync_id: UUID, *, make_id: MakeId = new_id
) -> Ending | None:
    """Run a sync to its end; `None` where it is not ours to run (over, or another of its connection runs)."""
    scope = TenantScope(None, (client_id,))
    claim_id = make_id()
    try:
        async with stores.work(scope) as transaction:
            sync = await store.claim_sync(transaction, client_id, sync_id, claim_id)
    except psycopg.errors.UniqueViolation:
        return None
    if sync is None:
        return None
    return await _Run(stores, scope, sync, claim_id).to_its_end()


class _Run:
    """One attempt at a sync that is ours."""

    def __init__(self, stores: Stores, scope: TenantScope, sync: Sync, claim_id: UUID) -> None:
        self._stores = stores
        self._scope = scope
        self._sync = sync
        self._claim_id = claim_id
        self._pages = 0

    async def to_its_end(self) -> Ending:
        """Pull everything, and note how it ended."""
        try:
            missing = await self._pull_everything()
        except CancelledByPersonError:
            return await self._end(SyncStatus.CANCELLED)
        except RemoteUnavailableError as error:
            return await self._try_again(error.code, _words(error), error.retry_after_seconds)
        except (RemoteError, ConflictError, NotFoundError) as error:
            return await self._end(SyncStatus.FAILED, error.code, _words(error))
        except LostSyncError:
            _logger.warning("sync was lost; another worker has it", sync_id=str(self._sync.sync_id))
            return Ending(SyncStatus.RUNNING, self._sync.connection_id)
        except (UnavailableError, psycopg.OperationalError):
            # The database is away, so nothing can be noted: the lease runs out, and the run goes on.
            raise
        except Exception as error:
            _logger.exception("sync failed", sync_id=str(self._sync.sync_id), exc_info=error)
            return await self._try_again("internal", "This is our fault; it is in the log.", 60.0)
        status = SyncStatus.INCOMPLETE if missing else SyncStatus.SUCCEEDED
        return await self._end(status, "incomplete" if missing else None, missing or None)

    async def _pull_everything(self) -> str:
        sync = self._sync
        async with (
            self._stores.open(self._scope, sync.client_id, sync.connection_id) as opened,
            self._beating(),
        ):
            opened.calls.watch_pauses(self._tell_pause)
            faults = [await self._pull(opened, Entity(entity)) for entity in sync.entities]
        return " ".join(fault for fault in faults if fault)

    async def _pull(self, opened: OpenStore, entity: Entity) -> str | None:
        """Pull one kind of object; returns what is wrong in the end."""
        cursor = await self._begin(opened, entity)
        if cursor is None:
            return None
        expected: int | None = None
        reached = 0
        pages = opened.remote.pages(entity, cursor)
        async with aclosing(pages):
            async for page in pages:
                await self._keep(opened, entity, page)
                expected = page.total if page.total is not None else expected
                reached = page.done or 0
                await self._wait_while_crowded(opened)
        return await self._finish(entity, expected, reached)

    async def _begin(self, opened: OpenStore, entity: Entity) -> Cursor | None:
        """Where to go on with an entity; `None` where this run is through with it."""
        sync = self._sync
        async with self._stores.work(self._scope) as transaction:
            is_first = await store.begin_entity(transaction, sync.client_id, sync.sync_id, entity.value)
            progress = await store.progress_of(transaction, sync.client_id, [sync.sync_id])
            kept = await store.read_cursor(transaction, sync.client_id, sync.connection_id, entity.value)
        if any(each.entity == entity.value and each.is_done for each in progress):
            return None
        starts_over = sync.kind == SyncKind.FULL and is_first
        return opened.remote.beginning(entity) if kept is None or starts_over else kept

    async def _keep(self, opened: OpenStore, entity: Entity, page: Page) -> None:
        sync = self._sync
        receipts = [_receipt(sync, each, page) for each in page.objects]
        async with self._stores.work(self._scope, is_pipelined=True) as transaction:
            is_cancelling = await store.hold_sync(transaction, sync.client_id, sync.sync_id, self._claim_id)
            fresh = await keep_receipts(transaction, receipts) if receipts else set()
            await store.add_progress(
                transaction,
                client_id=sync.client_id,
                sync_id=sync.sync_id,
                entity=entity.value,
                pulled=len(receipts),
                fresh=len(fresh),
                expected=page.total,
            )
            await store.move_cursor(
                transaction,
                client_id=sync.client_id,
                connection_id=sync.connection_id,
                entity=entity.value,
                cursor=Jsonb(page.after),
            )
            await write_entries(transaction, sync.client_id, sync.connection_id, opened.calls.take_entries())
        if is_cancelling:
            raise CancelledByPersonError

    async def _finish(self, entity: Entity, expected: int | None, reached: int) -> str | None:
        """Note that an entity is through; returns what is missing.

        Args:
            reached: how far the walk is as a whole: an earlier run may have pulled its beginning.
        """
        sync = self._sync
        async with self._stores.work(self._scope) as transaction:
            progress = await store.progress_of(transaction, sync.client_id, [sync.sync_id])
            pulled = max(reached, *(each.pulled for each in progress if each.entity == entity.value))
            is_short = expected is not None and pulled < expected
            error = (
                f"The store says it has {expected} {entity.value}, and gave {pulled}." if is_short else None
            )
            await store.end_entity(transaction, sync.client_id, sync.sync_id, entity.value, error)
            await store.complete_cursor(transaction, sync.client_id, sync.connection_id, entity.value)
        return error

    async def _wait_while_crowded(self, opened: OpenStore) -> None:
        self._pages += 1
        if self._pages % _LOOK_EVERY_PAGES:
            return
        while True:
            async with self._stores.work(self._scope) as transaction:
                is_crowded = await store.is_crowded(transaction, self._sync.client_id, _MOST_WAITING_RECEIPTS)
            if not is_crowded:
                return
            await opened.calls.pause(_CROWD_SECONDS, "What was pulled is being processed first.")

    @asynccontextmanager
    async def _beating(self) -> AsyncIterator[None]:
        """Keep the lease while the store takes its time; a run that lost it is stopped."""
        whole = asyncio.current_task()
        fate: list[Exception] = []

        async def beat() -> None:
            while True:
                await asyncio.sleep(BEAT_SECONDS)
                try:
                    with suppress(UnavailableError):
                        async with self._stores.work(self._scope) as transaction:
                            is_cancelling = await store.hold_sync(
                                transaction, self._sync.client_id, self._sync.sync_id, self._claim_id
                            )
                        if is_cancelling:
                            fate.append(CancelledByPersonError())
                except LostSyncError as error:
                    fate.append(error)
                if fate and whole is not None:
                    whole.cancel()
                    return

        beating = asyncio.create_task(beat())
        try:
            yield
        except asyncio.CancelledError:
            if fate and whole is not None:
                whole.uncancel()
                raise fate[0] from None
            raise
        finally:
            beating.cancel()

    async def _tell_pause(self, reason: str | None) -> None:
        async with self._stores.work(self._scope) as transaction:
            await store.note_pause(transaction, self._sync.client_id, self._sync.sync_id, reason)

    async def _try_again(self, code: str, words: str, seconds: float) -> Ending:
        if self._sync.attempts >= MOST_ATTEMPTS:
            return await self._end(SyncStatus.FAILED, code, words)
        return await self._end(SyncStatus.WAITING, code, words, retry_in_seconds=seconds)

    async def _end(
        self,
        status: SyncStatus,
        code: str | None = None,
        words: str | None = None,
        *,
        retry_in_seconds: float | None = None,
    ) -> Ending:
        sync = self._sync
        async with self._stores.work(self._scope) as transaction:
            await store.end_sync(
                transaction,
                client_id=sync.client_id,
                sync_id=sync.sync_id,
                claim_id=self._claim_id,
                status=status.value,
                error_code=code,
                error=words,
            )
            if status in {SyncStatus.SUCCEEDED, SyncStatus.INCOMPLETE}:
                await note_refusal(transaction, sync.client_id, sync.connection_id, None)
        is_full = sync.kind == SyncKind.FULL
        return Ending(status, sync.connection_id, retry_in_seconds, is_full)


def _receipt(sync: Sync, pulled: PulledObject, page: Page) -> NewReceipt:
    return new_receipt(
        Delivery(pulled.key, pulled.event_type, pulled.event_id, pulled.body),
        client_id=sync.client_id,
        connection_id=sync.connection_id,
        door=_DOOR,
        headers=_NO_HEADERS,
        received_at=page.asked_at,
    )


def _words(error: RemoteError | ConvertOSError) -> str:
    advice = error.advice if isinstance(error, RemoteError) else ""
    return f"{error.message} {advice}".strip()[:1000]
