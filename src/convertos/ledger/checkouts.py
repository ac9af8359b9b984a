"""Stage: checkouts. One for each token; each stage has its time, the newest statement tells the rest."""

from typing import Any
from uuid import UUID

from convertos.core.database import Transaction
from convertos.core.ids import derived_id
from convertos.ledger.batch import Batch, Found
from convertos.ledger.identifiers import Identifier
from convertos.ledger.registers import fold_fields
from convertos.ledger.store.activity import CheckoutKey, CheckoutRow, load_checkouts, write_checkouts
from convertos.records import CheckoutRecord, CheckoutStage

_FIELDS = (
    "funnel_id",
    "step_id",
    "total",
    "currency",
    "items",
    "order_external_id",
    "email",
    "phone",
    "visitor_id",
)


async def write(transaction: Transaction, batch: Batch) -> None:
    """Write the batch's checkouts."""
    found = list(batch.of(CheckoutRecord))
    if not found:
        return
    rows = await load_checkouts(transaction, {_key(each) for each in found})
    for each in found:
        key = _key(each)
        row = rows.get(key)
        if row is None:
            row = rows[key] = _new(each)
        fold_checkout(row, each.record, batch.emails[each.place], batch.phones[each.place])
        row.contact_id = _contact_of(batch, row) or batch.contact_ids[each.place] or row.contact_id
    await write_checkouts(transaction, [rows[key] for key in sorted(rows, key=str)])


def _key(each: Found[CheckoutRecord]) -> CheckoutKey:
    return each.entry.client_id, each.entry.store_id, each.record.checkout_token


def _new(each: Found[CheckoutRecord]) -> CheckoutRow:
    client_id, store_id, token = _key(each)
    return CheckoutRow(
        client_id=client_id,
        checkout_id=derived_id("checkout", str(client_id), str(store_id), token),
        store_id=store_id,
        checkout_token=token,
        occurred_at=each.record.occurred_at,
    )


def _contact_of(batch: Batch, row: CheckoutRow) -> UUID | None:
    kind, value = ("email", row.email) if row.email else ("phone", row.phone)
    owner = batch.owners.get(Identifier(row.client_id, kind, value)) if value else None
    return owner.contact_id if owner is not None else None


def fold_checkout(row: CheckoutRow, record: CheckoutRecord, email: str | None, phone: str | None) -> None:
    """Take one statement in: started at the earliest, abandoned at the latest, completed at the earliest."""
    at = record.occurred_at
    if record.stage is CheckoutStage.STARTED:
        row.started_at = min(row.started_at or at, at)
    elif record.stage is CheckoutStage.ABANDONED:
        row.abandoned_at = max(row.abandoned_at or at, at)
    else:
        row.completed_at = min(row.completed_at or at, at)
    row.occurred_at = max(row.occurred_at, at)
    said: dict[str, Any] = {"email": email, "phone": phone, "visitor_id": record.person.visitor_id}
    said |= {name: getattr(record, name) for name in _FIELDS if name not in said}
    stated = {name: value for name, value in said.items() if value}
    result = fold_fields(_FIELDS, stated, record.version.encode(), row.version, row.field_versions)
    for name in result.taken:
        setattr(row, name, stated[name])
    row.version, row.field_versions = result.version, result.field_versions or None
