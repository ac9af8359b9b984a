"""Stage: what records note about people. The newest word for each mark wins, in any order of arrival."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from convertos.core.database import Transaction
from convertos.ledger.batch import Batch, Entry
from convertos.ledger.store import marks as store
from convertos.records import (
    CheckoutRecord,
    CustomerRecord,
    LeadRecord,
    Marks,
    OrderRecord,
    PresenceRecord,
    ProductRecord,
    TouchRecord,
    Version,
)

_TAGS, _STATUS, _FIELD = "tags", "subscription_status", "field:"


async def write(transaction: Transaction, batch: Batch) -> None:
    """Write what the batch's entries note. The persons have to be written before."""
    told: dict[tuple[UUID, UUID], list[tuple[str, Marks]]] = {}
    for index, entry in enumerate(batch.entries):
        marks, person_id = _marks_of(entry), batch.person_ids[index]
        if marks is not None and person_id is not None:
            told.setdefault((entry.client_id, person_id), []).append((_version_of(entry), marks))
    if not told:
        return
    rows = await store.marks_of(transaction, told.keys())
    changed = [row for row in rows if _fold(row, told[row.client_id, row.contact_id])]
    await store.write_marks(transaction, changed)


def _marks_of(entry: Entry) -> Marks | None:
    record = entry.record
    return None if isinstance(record, ProductRecord | PresenceRecord) else record.person.marks


def _version_of(entry: Entry) -> str:
    record = entry.record
    if isinstance(record, CustomerRecord | OrderRecord | CheckoutRecord):
        return record.version.encode()
    if isinstance(record, LeadRecord):
        return Version(record.registered_at, 0, record.external_id).encode()
    assert isinstance(record, TouchRecord)  # noqa: S101 - the others name no person
    return Version(record.touch.occurred_at, 0, "").encode()


def _fold(row: store.MarksRow, told: list[tuple[str, Marks]]) -> bool:
    before = dict(row.mark_versions)
    for version, marks in sorted(told, key=lambda each: each[0]):
        for name, value in _stated(marks).items():
            if version > row.mark_versions.get(name, ""):
                row.mark_versions[name] = version
                _set(row, name, value)
    return row.mark_versions != before


def _stated(marks: Marks) -> Mapping[str, Any]:
    stated: dict[str, Any] = {_FIELD + name: value for name, value in marks.custom_fields.items()}
    if marks.tags is not None:
        stated[_TAGS] = list(marks.tags)
    if marks.subscription_status is not None:
        stated[_STATUS] = marks.subscription_status
    return stated


def _set(row: store.MarksRow, name: str, value: Any) -> None:
    if name == _TAGS:
        row.tags = value
    elif name == _STATUS:
        row.subscription_status = value
    elif value is None:
        row.custom_fields.pop(name.removeprefix(_FIELD), None)
    else:
        row.custom_fields[name.removeprefix(_FIELD)] = value
