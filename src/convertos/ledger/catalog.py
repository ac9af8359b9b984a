"""Stages: accounts, products, and what the shop deleted or restored."""

from typing import TypeVar

from convertos.core.database import Transaction
from convertos.ledger.batch import Batch, Found
from convertos.ledger.store import catalog as store
from convertos.ledger.store.orders import deleted_objects
from convertos.records import CustomerRecord, ObjectKind, PresenceRecord, ProductRecord, ProductVariant


async def write_presence(transaction: Transaction, batch: Batch) -> None:
    """Write deletions and restorations, and how each object that they name stands now."""
    changes = {
        store.PresenceRow(
            each.entry.client_id,
            each.entry.store_id,
            each.record.kind.value,
            each.record.external_id,
            each.record.change.value,
            each.record.evidence_id,
        )
        for each in batch.of(PresenceRecord)
    }
    if not changes:
        return
    await store.insert_presence_changes(transaction, sorted(changes, key=str))
    keys = {(change.client_id, change.store_id, change.kind, change.external_id) for change in changes}
    batch.deleted.update(await deleted_objects(transaction, keys))
    await store.mark_deleted(transaction, batch.deleted)


async def write_customers(transaction: Transaction, batch: Batch) -> None:
    """Write the batch's accounts."""
    newest: dict[tuple[object, ...], store.CustomerRow] = {}
    found = [each for each in batch.of(CustomerRecord) if each.record.external_id is not None]
    await _load_deletions(transaction, batch, ObjectKind.CUSTOMER, found)
    for each in found:
        row = _customer(batch, each, each.record.external_id or "")
        key = (row.client_id, row.store_id, row.external_id)
        if key not in newest or newest[key].version < row.version:
            newest[key] = row
    await store.write_customers(transaction, [newest[key] for key in sorted(newest, key=str)])


async def _load_deletions(
    transaction: Transaction,
    batch: Batch,
    kind: ObjectKind,
    found: list[Found[CustomerRecord]] | list[Found[ProductRecord]],
) -> None:
    keys = {
        (each.entry.client_id, each.entry.store_id, kind.value, each.record.external_id or "")
        for each in found
    }
    batch.deleted.update(await deleted_objects(transaction, keys))


def _customer(batch: Batch, each: Found[CustomerRecord], external_id: str) -> store.CustomerRow:
    entry, record = each.entry, each.record
    key = (entry.client_id, entry.store_id, ObjectKind.CUSTOMER.value, external_id)
    return store.CustomerRow(
        client_id=entry.client_id,
        store_id=entry.store_id,
        external_id=external_id,
        contact_id=batch.contact_ids[each.place],
        email=batch.emails[each.place],
        first_name=record.person.first_name,
        last_name=record.person.last_name,
        role=record.role,
        registered_at=record.registered_at,
        modified_at=record.version.at,
        version=record.version.encode(),
        is_deleted=batch.deleted.get(key, False),
    )


async def write_products(transaction: Transaction, batch: Batch) -> None:
    """Write the batch's products and variants."""
    found = list(batch.of(ProductRecord))
    if not found:
        return
    await _load_deletions(transaction, batch, ObjectKind.PRODUCT, found)
    products: dict[tuple[object, ...], store.ProductRow] = {}
    variants: dict[tuple[object, ...], store.VariantRow] = {}
    for each in found:
        if each.record.parent_external_id is None:
            product = _product(batch, each)
            _keep_newest(products, (product.client_id, product.store_id, product.external_id), product)
        for variant in _variants(batch, each):
            key = (variant.client_id, variant.store_id, variant.product_external_id, variant.external_id)
            _keep_newest(variants, key, variant)
    await store.write_products(transaction, [products[key] for key in sorted(products, key=str)])
    await store.write_variants(transaction, [variants[key] for key in sorted(variants, key=str)])


_Row = TypeVar("_Row", store.ProductRow, store.VariantRow)


def _keep_newest(rows: dict[tuple[object, ...], _Row], key: tuple[object, ...], row: _Row) -> None:
    if key not in rows or rows[key].version < row.version:
        rows[key] = row


def _product(batch: Batch, each: Found[ProductRecord]) -> store.ProductRow:
    entry, record = each.entry, each.record
    key = (entry.client_id, entry.store_id, ObjectKind.PRODUCT.value, record.external_id)
    return store.ProductRow(
        client_id=entry.client_id,
        product_id=batch.make_id(),
        store_id=entry.store_id,
        external_id=record.external_id,
        sku=record.sku,
        name=record.name,
        status=record.status,
        price=record.price,
        currency=record.currency,
        categories=record.categories,
        tags=record.tags,
        metadata=record.metadata,
        modified_at=record.version.at,
        version=record.version.encode(),
        is_deleted=batch.deleted.get(key, False),
    )


def _variants(batch: Batch, each: Found[ProductRecord]) -> list[store.VariantRow]:
    record = each.record
    if record.parent_external_id is not None:
        own = ProductVariant(
            external_id=record.external_id, sku=record.sku, name=record.name or None, price=record.price
        )
        return [_variant(batch, each, record.parent_external_id, own)]
    return [_variant(batch, each, record.external_id, variant) for variant in record.variants or ()]


def _variant(
    batch: Batch, each: Found[ProductRecord], product: str, variant: ProductVariant
) -> store.VariantRow:
    entry = each.entry
    key = (entry.client_id, entry.store_id, ObjectKind.PRODUCT.value, variant.external_id)
    return store.VariantRow(
        client_id=entry.client_id,
        store_id=entry.store_id,
        product_external_id=product,
        external_id=variant.external_id,
        sku=variant.sku,
        name=variant.name,
        price=variant.price,
        version=each.record.version.encode(),
        is_deleted=batch.deleted.get(key, False),
    )
