"""Stage: orders. Loads what is known, folds what is said into it, writes what changed."""

from datetime import datetime
from hashlib import blake2b
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.ledger.batch import Batch, Found
from convertos.ledger.identifiers import Identifier
from convertos.ledger.membership import load_contacts
from convertos.ledger.order_state import OrderRow, OrderState, Statement, fold, new_order
from convertos.ledger.store.orders import (
    OrderKey,
    deleted_objects,
    load_orders,
    write_orders,
    write_statuses,
)
from convertos.records import ObjectKind, OrderItem, OrderRecord, PresenceRecord

_encoder = msgspec.json.Encoder()


async def write(transaction: Transaction, batch: Batch) -> None:
    """Write the batch's orders, and those that it deletes or restores."""
    found: dict[OrderKey, list[Found[OrderRecord]]] = {}
    for each in batch.of(OrderRecord):
        key = (each.entry.client_id, each.entry.store_id, each.record.external_id)
        found.setdefault(key, []).append(each)
    deletable = {
        (each.entry.client_id, each.entry.store_id, each.record.external_id)
        for each in batch.of(PresenceRecord)
        if each.record.kind is ObjectKind.ORDER
    }
    if not found and not deletable:
        return
    known = await load_orders(transaction, found.keys() | deletable)
    await _load_deletions(transaction, batch, found.keys() - known.keys())
    orders: list[OrderState] = []
    for key in found.keys() | (deletable & known.keys()):
        order = known.get(key) or _new(batch, found[key][0])
        _bring_up_to_date(batch, order, key, found.get(key, []))
        orders.append(order)
    await load_contacts(transaction, batch, batch.touched_contacts)
    await write_orders(transaction, [order for order in orders if order.is_changed])
    await write_statuses(transaction, orders)


def _new(batch: Batch, first: Found[OrderRecord]) -> OrderState:
    entry = first.entry
    return new_order(entry.client_id, batch.make_id(), entry.store_id, first.record, entry.default_currency)


async def _load_deletions(transaction: Transaction, batch: Batch, new: set[OrderKey]) -> None:
    # An order may be new to us and deleted already: its deletion can have come first.
    keys = [(client, store, ObjectKind.ORDER.value, external_id) for client, store, external_id in new]
    batch.deleted.update(await deleted_objects(transaction, keys))


def _bring_up_to_date(
    batch: Batch, order: OrderState, key: OrderKey, found: list[Found[OrderRecord]]
) -> None:
    """Fold all that is said of one order, and note what follows from it."""
    row = order.row
    before, moments = _credited_by(row), _moments(order)
    identifier, contact_id = order.strongest_identifier, row.contact_id
    for each in found:
        fold(order, _statement(batch, each))
        batch.order_ids[each.place] = row.order_id
    is_deleted = batch.deleted.get((key[0], key[1], ObjectKind.ORDER.value, key[2]), row.is_deleted)
    if is_deleted != row.is_deleted:
        row.is_deleted, order.is_changed = is_deleted, True
    if (strongest := order.strongest_identifier) is not None and strongest != identifier:
        # Somebody in this batch named it, so it was looked up.
        row.contact_id = batch.owners[Identifier(row.client_id, *strongest)].contact_id
    for each in found:
        batch.contact_ids[each.place] = row.contact_id
    if not order.is_changed:
        return
    order.settle()
    _drop_unchanged_items(order)
    if order.is_new:
        batch.new_orders.append(row)
    elif _credited_by(row) != before:
        batch.orders_to_credit.add((row.client_id, row.order_id))
        _note_touches(batch, row, contact_id)
    batch.moments.update(moments | _moments(order))
    _note_contacts(batch, row, contact_id)


def _credited_by(row: OrderRow) -> tuple[object, ...]:
    """What decides who earned the order."""
    return row.contact_id, row.visitor_id, row.touch_ids, row.placed_at


def _note_touches(batch: Batch, row: OrderRow, contact_before: UUID | None) -> None:
    if row.contact_id is not None and row.contact_id != contact_before:
        batch.hand_over(row.client_id, row.contact_id, row.touch_ids or ())


def _statement(batch: Batch, each: Found[OrderRecord]) -> Statement:
    return Statement(
        each.record,
        batch.emails[each.place],
        batch.phones[each.place],
        batch.touch_ids[each.place],
        each.entry.seen_via,
    )


def _moments(order: OrderState) -> set[tuple[UUID, datetime]]:
    row = order.row
    if not row.is_counted:
        return set()
    refunds = {(row.client_id, entry.refunded_at) for entry in order.refunds.values()}
    return {(row.client_id, row.counted_at), *refunds}


def _drop_unchanged_items(order: OrderState) -> None:
    if order.items is None:
        return
    digest = _digest(order.items)
    if digest == order.row.items_digest:
        order.items = None
    order.row.items_digest = digest


def _digest(items: tuple[OrderItem, ...]) -> str:
    return blake2b(_encoder.encode(items), digest_size=8).hexdigest()


def _note_contacts(batch: Batch, row: OrderRow, contact_before: UUID | None) -> None:
    """What these contacts derive from their orders is to be made again."""
    if row.contact_id is not None:
        key = (row.client_id, row.contact_id)
        if key in batch.new_contacts:
            batch.orders_of.setdefault(row.contact_id, []).append(row)
        else:
            batch.touched_contacts.add(key)
    if contact_before is not None and contact_before != row.contact_id:
        batch.touched_contacts.add((row.client_id, contact_before))
