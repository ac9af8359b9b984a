"""Pages of any of the ledger's lists."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from convertos.core.database import Transaction
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.ledger.store.listing import Condition, Listing, Sort, list_rows

Shape = TypeVar("Shape")


async def read_page(
    transaction: Transaction,
    shape: type[Shape],
    listing: Listing,
    conditions: Sequence[Condition],
    sort: Sort,
    *,
    limit: int,
    cursor: str | None,
) -> Page[Shape]:
    """One page of a list.

    Raises:
        InvalidError: the cursor is none of this list.
    """
    after = decode_cursor(cursor, sort.type, UUID)
    rows = await list_rows(transaction, shape, listing, conditions, sort, after=after, limit=limit + 1)
    return page_of(rows, limit, lambda row: (getattr(row, sort.column), getattr(row, listing.id_column)))
