"""Everything that a client's tables hold, in names that the outside knows: no ids of ours, no times of writing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from convertos.core.database import Transaction

_TABLES = (
    "contacts", "contact_identifiers", "contact_visitors", "customers", "orders", "order_items", "refunds",
    "order_statuses", "presence_changes", "leads", "checkouts", "products", "product_variants", "touches",
    "credits", "day_sums", "contact_merges", "stale_days", "suppressions", "suppression_keys",
)  # fmt: skip
_OURS = {"recorded_at", "client_id"}


async def wipe(transaction: Transaction, client_id: UUID) -> None:
    """Forget everything that the ledger holds of a client."""
    for table in _TABLES:
        await transaction.execute(f"DELETE FROM {table} WHERE client_id = %s", (client_id,))


async def rows(transaction: Transaction, table: str, client_id: UUID) -> list[dict[str, Any]]:
    async with transaction.connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(f"SELECT * FROM {table} WHERE client_id = %s", (client_id,))
        return [
            {key: value for key, value in row.items() if key not in _OURS} for row in await cursor.fetchall()
        ]


class Names:
    """Natural names for the ids of contacts, persons, orders, leads and touches."""

    def __init__(self, tables: dict[str, list[dict[str, Any]]]) -> None:
        self.contacts: dict[UUID, Any] = {}
        self.persons: dict[UUID, Any] = {}
        for row in tables["contact_identifiers"]:
            self.contacts.setdefault(row["contact_id"], set()).add((row["kind"], row["value"]))
            if row["person_id"]:
                self.persons.setdefault(row["person_id"], set()).add((row["kind"], row["value"]))
            if row["caller_id"]:
                self.persons.setdefault(row["caller_id"], set()).add(("caller", row["value"]))
        self.subjects = {row["order_id"]: ("order", row["external_id"]) for row in tables["orders"]}
        self.subjects |= {row["lead_id"]: ("lead", str(row["lead_id"])) for row in tables["leads"]}

    def contact(self, contact_id: UUID | None) -> Any:
        return None if contact_id is None else tuple(sorted(self.contacts[contact_id]))

    def person(self, person_id: UUID | None) -> Any:
        return None if person_id is None else tuple(sorted(self.persons[person_id]))


async def dump(transaction: Transaction, client_id: UUID) -> dict[str, Any]:
    """The tables by name, as sets of rows that two histories of one truth must share."""
    tables = {table: await rows(transaction, table, client_id) for table in _TABLES}
    named = Names(tables)
    tables["contacts"] = [row for row in tables["contacts"] if row["same_as"] is None]
    tables["contacts"] = [row for row in tables["contacts"] if row["contact_id"] in named.persons]
    rename: dict[str, Callable[[Any], Any]] = {
        "contact_id": named.contact,
        "person_id": named.person,
        "caller_id": named.person,
        "merged_into": named.contact,
        "order_id": named.subjects.get,
        "subject_id": named.subjects.get,
        "first_order_id": named.subjects.get,
        "product_id": lambda _: None,
        "mark": lambda _: None,
    }
    for ours in ("contact_merges", "suppressions", "suppression_keys"):
        del tables[ours]
    for row in tables["contacts"]:
        row["person"] = named.person(row["contact_id"])
        if row["merged_into"] is None:
            row["merged_into"] = row["contact_id"]
        del row["contact_id"]
        if row["own"] is None:
            row["own"] = "columns"
    return {
        table: sorted(
            tuple(sorted((key, repr(rename.get(key, _same)(value))) for key, value in row.items()))
            for row in found
        )
        for table, found in tables.items()
    }


def _same(value: Any) -> Any:
    return tuple(sorted(map(str, value))) if isinstance(value, list) else value


def differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The rows that only one of two dumps has, by table."""
    return {
        table: {
            "only in one": [row for row in one[table] if row not in other[table]],
            "only in other": [row for row in other[table] if row not in one[table]],
        }
        for table in one
        if one[table] != other[table]
    }
