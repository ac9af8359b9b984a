"""What the merchant sees of demands, and that a request for data was answered."""

from uuid import UUID

from convertos.core.clock import Clock, system_clock
from convertos.core.database import Transaction
from convertos.core.errors import NotFoundError
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.privacy import store
from convertos.privacy.model import PrivacyDemand
from convertos.tenancy.audit import record
from convertos.tenancy.model import Caller


async def list_demands(
    transaction: Transaction, *, limit: int, cursor: str | None = None
) -> Page[PrivacyDemand]:
    """The demands on the scope's clients, newest first."""
    position = decode_cursor(cursor, UUID)
    found = await store.list_demands(transaction, position[0] if position else None, limit + 1)
    return page_of(found, limit, lambda demand: (demand.demand_id,))


async def open_demands(transaction: Transaction, client_id: UUID, connection_id: UUID) -> list[PrivacyDemand]:
    """A store's demands that wait for an answer, the most urgent first."""
    return await store.open_demands_of(transaction, client_id, connection_id)


async def read_demand(transaction: Transaction, demand_id: UUID) -> PrivacyDemand:
    """One demand.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    found = await store.find_demand(transaction, demand_id)
    if found is None:
        raise NotFoundError("There is no such demand.")
    return found


async def mark_answered(
    transaction: Transaction, caller: Caller, demand_id: UUID, clock: Clock = system_clock
) -> PrivacyDemand:
    """Note that a request for data was answered; what is done already stays as it is.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    found = await read_demand(transaction, demand_id)
    if found.status == "open":
        await store.end_demand(transaction, found.client_id, demand_id, clock())
        await record(transaction, caller, "demand.answered", "demand", demand_id, client_id=found.client_id)
    return await read_demand(transaction, demand_id)
