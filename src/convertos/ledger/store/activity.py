"""SQL of leads and checkouts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.rows import insert_rows
from convertos.records import OrderItem

CheckoutKey = tuple[UUID, UUID, str]
"""(client, store, checkout token)."""


class LeadRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `leads`."""

    client_id: UUID
    lead_id: UUID
    contact_id: UUID | None
    store_id: UUID
    form_plugin: str | None
    form_id: str | None
    form_name: str | None
    customer_external_id: str | None
    email: str | None
    name: str | None
    phone: str | None
    visitor_id: str | None
    fields: dict[str, object]
    page_url: str | None
    touch_ids: list[UUID] | None
    registered_at: datetime


async def insert_leads(transaction: Transaction, leads: Sequence[LeadRow]) -> None:
    """Write leads; a submission that is known stays as it is."""
    await insert_rows(transaction, "leads", leads, "ON CONFLICT DO NOTHING")


class CheckoutRow(msgspec.Struct, kw_only=True):
    """A row of `checkouts`: each stage's time, and what the newest statement says of the rest."""

    client_id: UUID
    checkout_id: UUID
    store_id: UUID
    checkout_token: str
    occurred_at: datetime
    contact_id: UUID | None = None
    funnel_id: str | None = None
    step_id: str | None = None
    customer_external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    visitor_id: str | None = None
    total: Decimal | None = None
    currency: str | None = None
    items: tuple[OrderItem, ...] | list[dict[str, object]] | None = None
    order_external_id: str | None = None
    started_at: datetime | None = None
    abandoned_at: datetime | None = None
    completed_at: datetime | None = None
    touch_ids: list[UUID] | None = None
    version: str = ""
    field_versions: dict[str, str] | None = None


async def load_checkouts(
    transaction: Transaction, keys: Collection[CheckoutKey]
) -> dict[CheckoutKey, CheckoutRow]:
    """The checkouts that are known already."""
    names = CheckoutRow.__struct_fields__
    rows = await transaction.tuples(
        f"""
        SELECT {", ".join(names)} FROM checkouts
        JOIN unnest(%b::uuid[], %b::uuid[], %b::text[]) AS k (client_id, store_id, checkout_token)
            USING (client_id, store_id, checkout_token)
        """,
        [list(column) for column in zip(*keys, strict=True)],
    )
    checkouts = [CheckoutRow(**dict(zip(names, row, strict=True))) for row in rows]
    return {(row.client_id, row.store_id, row.checkout_token): row for row in checkouts}


_CHECKOUT_SETTINGS = ", ".join(f"{name} = excluded.{name}" for name in CheckoutRow.__struct_fields__[4:])


async def write_checkouts(transaction: Transaction, checkouts: Sequence[CheckoutRow]) -> None:
    """Write checkouts, new or known."""
    conflict = f"ON CONFLICT (client_id, checkout_id) DO UPDATE SET {_CHECKOUT_SETTINGS}"
    await insert_rows(transaction, "checkouts", checkouts, conflict)
