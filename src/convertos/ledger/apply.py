"""Applies records to the ledger: the whole of writing, as one list of stages.

    lock → suppression → people → arrivals → presence → orders → leads → checkouts → customers → products
         → touches → journeys → contacts → marks → facts

Each stage handles all records of the batch at once. Applying the same records again, or in another order,
leaves the same tables.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.ids import MakeId, new_id
from convertos.jobs import emit
from convertos.ledger import catalog, checkouts, journeys, leads, marks, membership, orders, people, touches
from convertos.ledger.batch import Batch, Classify, Entry
from convertos.ledger.store.people import lock_clients, look_up_by_index
from convertos.ledger.suppression import Suppression

Stage = Callable[[Transaction, Batch], object]

__all__ = ["Applied", "Entry", "apply"]


class Applied(msgspec.Struct, frozen=True):
    """What an application came to.

    Attributes:
        notes: for entries that changed nothing, why: index to sentence.
        order_ids: for entries that are orders: index to the order's id.
        contact_ids: for entries that name a person: index to the contact's id.
    """

    notes: dict[int, str]
    order_ids: dict[int, UUID]
    contact_ids: dict[int, UUID]


async def apply(
    transaction: Transaction,
    entries: Sequence[Entry],
    classify: Classify,
    suppression: Suppression,
    make_id: MakeId = new_id,
) -> Applied:
    """Write what the entries say, and emit what changed.

    Args:
        classify: concludes a touch's source from its evidence; handed in, because the ledger knows no
            attribution.
        suppression: keeps erased people from coming back.
    """
    await lock_clients(transaction, {entry.client_id for entry in entries})
    await look_up_by_index(transaction)
    batch = Batch(await suppression.strip(transaction, entries), classify, make_id)
    await people.find_contacts(transaction, batch)
    seen_before = await touches.conclude(transaction, batch)
    await catalog.write_presence(transaction, batch)
    await orders.write(transaction, batch)
    await leads.write(transaction, batch)
    await checkouts.write(transaction, batch)
    await catalog.write_customers(transaction, batch)
    await catalog.write_products(transaction, batch)
    await touches.write(transaction, batch, seen_before)
    journeys.tell(batch)
    await membership.write_contacts(transaction, batch)
    await marks.write(transaction, batch)
    await emit(transaction, *batch.facts())
    return Applied(batch.notes, batch.order_ids, batch.entry_contacts())
