"""Leads and checkouts as people and programs read them."""

from collections.abc import Sequence
from uuid import UUID

from convertos.core.database import Transaction
from convertos.core.errors import NotFoundError
from convertos.core.pagination import Page
from convertos.ledger.reading.model import Checkout, CheckoutFilters, Lead, LeadFilters
from convertos.ledger.reading.pages import read_page
from convertos.ledger.store import activity_lists as store
from convertos.ledger.store.listing import Condition, find_rows


async def list_leads(
    transaction: Transaction,
    filters: LeadFilters | None = None,
    *,
    limit: int,
    cursor: str | None = None,
    also: Sequence[Condition] = (),
) -> Page[Lead]:
    """A page of the leads of all clients in the transaction's scope, latest first.

    Args:
        also: what another domain knows of leads, such as `attribution.credited.earned_by`.

    Raises:
        InvalidError: the cursor is none of this list.
    """
    conditions = [*store.lead_conditions(filters or LeadFilters()), *also]
    return await read_page(
        transaction, Lead, store.LEADS, conditions, store.LEAD_SORT, limit=limit, cursor=cursor
    )


async def read_lead(transaction: Transaction, lead_id: UUID) -> Lead:
    """One lead.

    Raises:
        NotFoundError: there is none in the scope.
    """
    found = await find_rows(transaction, Lead, store.LEADS, [lead_id])
    if not found:
        raise NotFoundError("There is no such lead.")
    return found[0]


async def list_checkouts(
    transaction: Transaction, filters: CheckoutFilters | None = None, *, limit: int, cursor: str | None = None
) -> Page[Checkout]:
    """A page of the checkouts of all clients in the transaction's scope, those where something happened last first.

    Raises:
        InvalidError: the cursor is none of this list.
    """
    conditions = store.checkout_conditions(filters or CheckoutFilters())
    return await read_page(
        transaction, Checkout, store.CHECKOUTS, conditions, store.CHECKOUT_SORT, limit=limit, cursor=cursor
    )


async def read_checkout(transaction: Transaction, checkout_id: UUID) -> Checkout:
    """One checkout.

    Raises:
        NotFoundError: there is none in the scope.
    """
    found = await find_rows(transaction, Checkout, store.CHECKOUTS, [checkout_id])
    if not found:
        raise NotFoundError("There is no such checkout.")
    return found[0]
