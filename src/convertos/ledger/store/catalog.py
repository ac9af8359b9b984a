"""SQL of what a shop keeps lists of: accounts, products, and what it deleted."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.rows import insert_rows


class CustomerRow(msgspec.Struct, kw_only=True):
    """A row of `customers`."""

    client_id: UUID
    store_id: UUID
    external_id: str
    contact_id: UUID | None
    email: str | None
    first_name: str | None
    last_name: str | None
    role: str | None
    registered_at: datetime | None
    modified_at: datetime
    version: str
    is_deleted: bool


class ProductRow(msgspec.Struct, kw_only=True):
    """A row of `products`."""

    client_id: UUID
    product_id: UUID
    store_id: UUID
    external_id: str
    sku: str | None
    name: str
    status: str
    price: Decimal | None
    currency: str | None
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    metadata: dict[str, object]
    modified_at: datetime
    version: str
    is_deleted: bool


class VariantRow(msgspec.Struct, kw_only=True):
    """A row of `product_variants`."""

    client_id: UUID
    store_id: UUID
    product_external_id: str
    external_id: str
    sku: str | None
    name: str | None
    price: Decimal | None
    version: str
    is_deleted: bool


class PresenceRow(msgspec.Struct, frozen=True):
    """A row of `presence_changes`."""

    client_id: UUID
    store_id: UUID
    kind: str
    external_id: str
    change: str
    evidence_id: str


def _newer_wins(table: str, key: str, shape: type[msgspec.Struct], kept: frozenset[str] = frozenset()) -> str:
    keys = {name.strip() for name in key.split(",")}
    names = [name for name in shape.__struct_fields__ if name not in keys | kept]
    settings = ", ".join(f"{name} = excluded.{name}" for name in names)
    return f"ON CONFLICT ({key}) DO UPDATE SET {settings} WHERE {table}.version < excluded.version"


_CUSTOMER_KEY = "client_id, store_id, external_id"
_VARIANT_KEY = "client_id, store_id, product_external_id, external_id"


async def write_customers(transaction: Transaction, customers: Sequence[CustomerRow]) -> None:
    """Write accounts; a row that holds a newer statement stays."""
    await insert_rows(
        transaction, "customers", customers, _newer_wins("customers", _CUSTOMER_KEY, CustomerRow)
    )


async def write_products(transaction: Transaction, products: Sequence[ProductRow]) -> None:
    """Write products; a row that holds a newer statement stays, and a known one keeps its id."""
    conflict = _newer_wins("products", _CUSTOMER_KEY, ProductRow, frozenset({"product_id"}))
    await insert_rows(transaction, "products", products, conflict)


async def write_variants(transaction: Transaction, variants: Sequence[VariantRow]) -> None:
    """Write variants; a row that holds a newer statement stays."""
    conflict = _newer_wins("product_variants", _VARIANT_KEY, VariantRow)
    await insert_rows(transaction, "product_variants", variants, conflict)


async def insert_presence_changes(transaction: Transaction, changes: Sequence[PresenceRow]) -> None:
    """Write deletions and restorations; one that is known stays as it is."""
    await insert_rows(transaction, "presence_changes", changes, "ON CONFLICT DO NOTHING")


_MARK_DELETED = """
UPDATE {table} t SET is_deleted = d.is_deleted
FROM unnest(%(clients)s::uuid[], %(stores)s::uuid[], %(kinds)s::text[], %(ids)s::text[], %(deleted)s::bool[])
    AS d (client_id, store_id, kind, external_id, is_deleted)
WHERE d.kind = %(kind)s AND t.client_id = d.client_id AND t.store_id = d.store_id
  AND t.external_id = d.external_id AND t.is_deleted <> d.is_deleted
"""
_CATALOG_TABLES = (("customer", "customers"), ("product", "products"), ("product", "product_variants"))


async def mark_deleted(transaction: Transaction, deleted: dict[tuple[UUID, UUID, str, str], bool]) -> None:
    """Bring the deletion marks of accounts and products in line: (client, store, kind, id) to whether."""
    parameters: dict[str, Any] = {
        "clients": [key[0] for key in deleted],
        "stores": [key[1] for key in deleted],
        "kinds": [key[2] for key in deleted],
        "ids": [key[3] for key in deleted],
        "deleted": list(deleted.values()),
    }
    for kind, table in _CATALOG_TABLES:
        await transaction.send(_MARK_DELETED.format(table=table), {**parameters, "kind": kind})
