"""Keeps deliveries durably, many in one commit, and says of each whether it was new.

Everything that enters the house enters here: webhooks, pulled pages, pushed items.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import psycopg

from convertos.core.batcher import Batcher
from convertos.core.database import EVERY_TENANT, Database, Role
from convertos.core.errors import UnavailableError
from convertos.core.failpoints import Step, reach
from convertos.core.ids import MakeId, derived_id, new_id
from convertos.core.logging import get_logger
from convertos.core.metrics import COMMIT_SECONDS, COMMIT_SIZE
from convertos.ingest.store import NewReceipt, keep_receipts
from convertos.platforms import Delivery, Refusal, RefusedError
from convertos.platforms.values import text

LARGEST_COMMIT = 500
_HEAVIEST_COMMIT = 8 * 1024 * 1024
_MOST_WAITING = 4_000
"""At 1.5 kB each some 6 MB; beyond it the door answers 503, which every sender repeats."""

_HEAVIEST_WAITING = 64 * 1024 * 1024
_LONGEST_NAME = 200
_logger = get_logger(__name__)


class Kept(NamedTuple):
    """What became of one delivery."""

    receipt_id: UUID
    is_duplicate: bool


def new_receipt(
    delivery: Delivery,
    *,
    client_id: UUID,
    connection_id: UUID,
    door: str,
    headers: bytes,
    received_at: datetime,
    make_id: MakeId = new_id,
) -> NewReceipt:
    """The row of a delivery; its key is hashed, because what senders call an id may be any text."""
    return NewReceipt(
        client_id=client_id,
        connection_id=connection_id,
        key=derived_id(*delivery.key),
        receipt_id=make_id(),
        door=door,
        # One text that PostgreSQL refuses would fail its neighbours in the same commit.
        event_type=text(delivery.event_type, _LONGEST_NAME) or "",
        event_id=text(delivery.event_id, _LONGEST_NAME) or "",
        received_at=received_at,
        headers=headers,
        body=delivery.body,
    )


class Keeper:
    """Group commit: what arrives while one commit is under way goes into the next."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batcher: Batcher[NewReceipt, Kept | Exception] = Batcher(
            self._commit,
            largest=LARGEST_COMMIT,
            capacity=_MOST_WAITING,
            weigh=lambda receipt: len(receipt.body),
            heaviest=_HEAVIEST_COMMIT,
            load=_HEAVIEST_WAITING,
        )

    async def keep(self, receipt: NewReceipt) -> Kept:
        """Keep one delivery; returns when it is on disk.

        Raises:
            RefusedError: the database takes everything but this one.
            UnavailableError: the database is away or too much is waiting; nothing was kept.
        """
        result = await self._batcher.submit(receipt)
        if isinstance(result, Exception):
            raise result
        return result

    async def drain(self) -> None:
        """Wait until everything that was admitted is kept."""
        await self._batcher.drain()

    async def _commit(self, receipts: Sequence[NewReceipt]) -> list[Kept | Exception]:
        try:
            with COMMIT_SECONDS.time():
                async with self._database.transaction(EVERY_TENANT, Role.INGEST) as transaction:
                    fresh = await keep_receipts(transaction, receipts)
                    reach(Step.RECEIPTS_WRITTEN)
        except psycopg.DataError as error:
            return await self._isolate(receipts, error)
        except psycopg.Error as error:
            _logger.exception("receipts could not be kept", receipts=len(receipts), exc_info=error)
            # The next commit may go better, so whoever waits for it is not refused with these.
            return [
                UnavailableError("The database can't keep this at the moment. Try again soon.")
                for _ in receipts
            ]
        reach(Step.RECEIPTS_COMMITTED)
        COMMIT_SIZE.observe(len(receipts))
        return [Kept(receipt.receipt_id, receipt.receipt_id not in fresh) for receipt in receipts]

    async def _isolate(self, receipts: Sequence[NewReceipt], error: Exception) -> list[Kept | Exception]:
        # One that the database can't take must not cost its neighbours in the same commit their place.
        if len(receipts) == 1:
            _logger.error("receipt can't be kept", connection=str(receipts[0].connection_id), exc_info=error)
            return [RefusedError(Refusal.EVENT_INVALID, "The event holds what the database can't keep.")]
        middle = len(receipts) // 2
        return [*await self._commit(receipts[:middle]), *await self._commit(receipts[middle:])]
