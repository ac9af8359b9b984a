"""Keeps deliveries durably, many in one commit, and says of each whether it was new.

Everything that enters the house enters here: webhooks, pulled pages, pushed items.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from convertos.core.batcher import Batcher
from convertos.core.database import EVERY_TENANT, Database, Role
from convertos.core.ids import MakeId, derived_id, new_id
from convertos.ingest.store import NewReceipt, keep_receipts
from convertos.platforms import Delivery
from convertos.platforms.values import text

LARGEST_COMMIT = 500
_MOST_WAITING = 4_000
"""At 1.5 kB each some 6 MB; beyond it the door answers 503, which every sender repeats."""

_LONGEST_NAME = 200


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
        self._batcher: Batcher[NewReceipt, Kept] = Batcher(
            self._commit, largest=LARGEST_COMMIT, capacity=_MOST_WAITING
        )

    async def keep(self, receipt: NewReceipt) -> Kept:
        """Keep one delivery; returns when it is on disk.

        Raises:
            UnavailableError: the database is away or too much is waiting; nothing was kept.
        """
        return await self._batcher.submit(receipt)

    async def drain(self) -> None:
        """Wait until everything that was admitted is kept."""
        await self._batcher.drain()

    async def _commit(self, receipts: Sequence[NewReceipt]) -> list[Kept]:
        async with self._database.transaction(EVERY_TENANT, Role.INGEST) as transaction:
            fresh = await keep_receipts(transaction, receipts)
        return [Kept(receipt.receipt_id, receipt.receipt_id not in fresh) for receipt in receipts]
