"""Finds the kept receipts that tell of erased people, and deletes them.

Each body is read once more and its people are looked up on the list. What can't be read can't be told to be
about somebody; it goes with its month. The key of a deleted receipt stays, so a repeat is still a repeat.
"""

from collections.abc import Sequence
from uuid import UUID

from convertos.core.database import Database, Role, Transaction
from convertos.core.regions import territory_of
from convertos.ingest.store.forget import KeptBody, bodies_after, delete_receipts
from convertos.ledger.batch import SEEN_VIA, Entry
from convertos.ledger.suppression import Suppression
from convertos.platforms import Ignored, ReceivedEvent, UnreadableError, platform_of
from convertos.records import Demand, Record

BODIES_AT_ONCE = 500


async def forget_all(
    database: Database, suppression: Suppression, client_id: UUID, bodies_at_once: int = BODIES_AT_ONCE
) -> int:
    """Delete every receipt of a client that tells of somebody erased; returns how many. Can be run again."""
    count, after = 0, UUID(int=0)
    while True:
        async with database.transaction(role=Role.WORKER) as transaction:
            bodies = await bodies_after(transaction, client_id, after, bodies_at_once)
            found = await _about_erased(transaction, suppression, client_id, bodies)
            await delete_receipts(transaction, client_id, found)
        if not bodies:
            return count
        count, after = count + len(found), bodies[-1].receipt_id


async def _about_erased(
    transaction: Transaction, suppression: Suppression, client_id: UUID, bodies: Sequence[KeptBody]
) -> list[UUID]:
    receipts, entries = [], []
    for body in bodies:
        for record in _records(body):
            receipts.append(body.receipt_id)
            entries.append(
                Entry(
                    client_id,
                    body.store_id,
                    SEEN_VIA[body.door],
                    body.currency,
                    territory_of(body.timezone),
                    record,
                )
            )
    erased = await suppression.of_erased(transaction, entries)
    return sorted({receipts[place] for place in erased})


def _records(body: KeptBody) -> Sequence[Record]:
    platform = platform_of(body.connection_type)
    if platform is None:
        return ()
    event = ReceivedEvent(
        event_type=body.event_type,
        event_id=body.event_id,
        body=body.body,
        received_at=body.received_at,
        default_currency=body.currency,
    )
    try:
        found = platform.records(event)
    except UnreadableError:
        return ()
    return found.about if isinstance(found, Ignored | Demand) else found
