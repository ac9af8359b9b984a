"""Stage: checkouts. One for each token; each stage has its time, the newest statement tells the rest."""

from typing import Any

from convertos.core.database import Transaction
from convertos.core.ids import derived_id
from convertos.ledger.batch import Batch, Found
from convertos.ledger.identifiers import Identifier
from convertos.ledger.registers import fold_fields
from convertos.ledger.store.activity import CheckoutKey, CheckoutRow, load_checkouts, write_checkouts
from convertos.records import CheckoutRecord, CheckoutStage

_PERSON_FIELDS = ("customer_external_id", "email", "phone", "visitor_id")
_FIELDS = ("funnel_id", "step_id", "total", "currency", "items", "order_external_id", *_PERSON_FIELDS)


async def write(transaction: Transaction, batch: Batch) -> None:
    """Write the batch's checkouts."""
    found = list(batch.of(CheckoutRecord))
    if not found:
        return
    rows = await load_checkouts(transaction, {_key(each) for each in found})
    contacts = {key: row.contact_id for key, row in rows.items()}
    for each in found:
        key = _key(each)
        row = rows.get(key)
        if row is None:
            row = rows[key] = _new(each)
        identifier = strongest_identifier(row)
        fold_checkout(row, each.record, batch.emails[each.place], batch.phones[each.place])
        row.touch_ids = sorted({*(row.touch_ids or ()), *batch.touch_ids[each.place]}) or None
        if (strongest := strongest_identifier(row)) is not None and strongest != identifier:
            row.contact_id = batch.owners[strongest].contact_id
    for each in found:
        batch.contact_ids[each.place] = rows[_key(each)].contact_id
    for key, row in rows.items():
        if row.contact_id is not None and row.contact_id != contacts.get(key, row.contact_id):
            batch.hand_over(row.client_id, row.contact_id, row.touch_ids or ())
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
        currency=each.entry.default_currency,
    )


def strongest_identifier(row: CheckoutRow) -> Identifier | None:
    """What decides whose checkout it is."""
    if row.customer_external_id is not None:
        return Identifier(row.client_id, "customer", f"{row.store_id}:{row.customer_external_id}")
    if row.email is not None:
        return Identifier(row.client_id, "email", row.email)
    return Identifier(row.client_id, "phone", row.phone) if row.phone is not None else None


def fold_checkout(row: CheckoutRow, record: CheckoutRecord, email: str | None, phone: str | None) -> None:
    """Take one statement in: started at the earliest, abandoned at the latest, completed at the earliest."""
    at, person = record.occurred_at, record.person
    if record.stage is CheckoutStage.STARTED:
        row.started_at = min(row.started_at or at, at)
    elif record.stage is CheckoutStage.ABANDONED:
        row.abandoned_at = max(row.abandoned_at or at, at)
    else:
        row.completed_at = min(row.completed_at or at, at)
    row.occurred_at = max(row.occurred_at, at)
    identifiers = (person.customer_external_id, email, phone, person.visitor_id)
    said: dict[str, Any] = dict(zip(_PERSON_FIELDS, identifiers, strict=True))
    said |= {name: getattr(record, name) for name in _FIELDS if name not in said}
    stated = {name: value for name, value in said.items() if value is not None and value != ()}
    result = fold_fields(_FIELDS, stated, record.version.encode(), row.version, row.field_versions)
    for name in result.taken:
        setattr(row, name, stated[name])
    row.version, row.field_versions = result.version, result.field_versions or None
