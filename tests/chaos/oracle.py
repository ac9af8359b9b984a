"""The judge: compares what the database holds with what the senders know. Says each breach in a sentence."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from convertos.core.database import Database, Role
from tests.chaos.commerce import CANARY, CANARY_PHONE, Brand
from tests.chaos.expected import Contact, Order, Revenue, Truth, truth_of
from tests.chaos.journal import Entry, Journal, Standing
from tests.support.ground import Ground

_SHOWN = 3


class Kept(NamedTuple):
    """A receipt as it lies in the database."""

    connection_id: UUID
    event_type: str
    digest: bytes
    client_id: UUID
    outcome: str | None
    is_parked: bool | None
    error_code: str | None


async def judge(database: Database, journal: Journal, brands: Sequence[Brand]) -> list[str]:
    """I1 to I4 and I6, at a moment when nothing is being sent and nothing waits."""
    clients = [brand.home.client_id for brand in brands]
    kept = await _receipts(database, clients)
    known = {entry.key: entry for entry in journal.entries.values()}
    breaches = [*_receipts_kept(kept, known), *_inbox(kept, known)]
    stored = {receipt[:3] for receipt in kept}
    facts = [entry.fact for entry in known.values() if entry.fact is not None and entry.key in stored]
    breaches += _compared(truth_of(facts), await _believed(database, clients))
    return breaches + await _strangers(database)


def _receipts_kept(kept: Sequence[Kept], known: Mapping[Any, Entry]) -> Iterator[str]:
    counts = Counter(receipt[:3] for receipt in kept)
    yield from _each("I1: kept more than once", [key for key, count in counts.items() if count > 1])
    yield from _each("I1: kept, but never sent", counts.keys() - known.keys())
    acknowledged = {key for key, entry in known.items() if entry.standing is Standing.ACKNOWLEDGED}
    yield from _each("I1: acknowledged, but not kept", acknowledged - counts.keys())
    forged = {key for key, entry in known.items() if entry.fate == "refused"}
    yield from _each("I2: kept, though its signature is wrong", forged & counts.keys())


def _inbox(kept: Sequence[Kept], known: Mapping[Any, Entry]) -> Iterator[str]:
    waiting = [receipt[:3] for receipt in kept if receipt.outcome is None and not receipt.is_parked]
    yield from _each("I4: not processed", waiting)
    for receipt in kept:
        became = "parked" if receipt.is_parked else receipt.outcome
        entry = known.get(receipt[:3])
        if entry is not None and became is not None and became != entry.fate:
            yield f"I4: {entry.name} should be {entry.fate} and is {became} ({receipt.error_code})"


def _compared(truth: Truth, found: Truth) -> Iterator[str]:
    for name in ("orders", "contacts", "revenue"):
        expected, actual = getattr(truth, name), getattr(found, name)
        yield from _each(f"I3: {name} missing", expected - actual)
        yield from _each(f"I3: {name} that follow from nothing", actual - expected)


def _each(sentence: str, found: Collection[Any]) -> Iterator[str]:
    if found:
        shown = "; ".join(str(each) for each in list(found)[:_SHOWN])
        yield f"{sentence} ({len(found)}): {shown}"


async def _receipts(database: Database, clients: Sequence[UUID]) -> list[Kept]:
    async with database.transaction(role=Role.WORKER) as transaction:
        rows = await transaction.tuples(
            """
            SELECT r.connection_id, r.event_type, sha256(r.body), r.client_id, k.outcome, i.is_parked, i.error_code
            FROM receipts r
            LEFT JOIN receipt_keys k ON k.client_id = r.client_id AND k.connection_id = r.connection_id
                AND k.key = r.key AND k.receipt_id = r.receipt_id
            LEFT JOIN inbox i ON i.client_id = r.client_id AND i.receipt_id = r.receipt_id
            WHERE r.client_id = ANY (%s)
            """,
            (list(clients),),
        )
    return [Kept(*row) for row in rows]


async def _believed(database: Database, clients: Sequence[UUID]) -> Truth:
    """The same rows, as the tables have them."""
    async with database.transaction(role=Role.WORKER) as transaction:
        orders = await transaction.tuples(
            """
            SELECT o.client_id, store_id, external_id, status, total, refunded_total, currency, is_counted,
                   is_deleted, c.email
            FROM orders o LEFT JOIN contacts c USING (client_id, contact_id) WHERE client_id = ANY (%s)
            """,
            (list(clients),),
        )
        contacts = await transaction.tuples(
            """
            SELECT client_id, email, total_orders, total_spent, lead_count FROM contacts
            WHERE client_id = ANY (%s) AND merged_into IS NULL
            """,
            (list(clients),),
        )
        revenue = await transaction.tuples(
            """
            SELECT client_id, source, sum(orders)::int, sum(revenue), sum(refunds) FROM day_sums
            WHERE client_id = ANY (%s) AND detail = 2 GROUP BY client_id, source HAVING sum(orders) > 0
            """,
            (list(clients),),
        )
    return Truth(
        {Order(*row) for row in orders},
        {Contact(*row) for row in contacts},
        {Revenue(*row) for row in revenue},
    )


_TENANT_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
  AND a.attname IN ('client_id', %s) GROUP BY c.relname HAVING count(*) = 2
"""


async def _strangers(database: Database) -> list[str]:
    """I6: rows whose connection, store, order or contact is another client's."""
    breaches = []
    owners = {
        "connection_id": "connections",
        "store_id": "stores",
        "order_id": "orders",
        "contact_id": "contacts",
    }
    async with database.transaction(role=Role.WORKER) as transaction:
        for column, owner in owners.items():
            for (table,) in await transaction.tuples(_TENANT_TABLES, (column,)):
                # Names come from the catalog.
                count = await transaction.scalar(
                    f"""
                    SELECT count(*) FROM {table} t WHERE {column} IS NOT NULL AND NOT EXISTS (
                        SELECT FROM {owner} o WHERE o.client_id = t.client_id AND o.{column} = t.{column})
                    """
                )
                if count:
                    breaches.append(f"I6: {count} rows of {table} have a {column} that is not their client's")
    return breaches


async def find_leaks(ground: Ground, texts: Iterable[tuple[str, str]], secrets: Iterable[str]) -> list[str]:
    """I7: what must not be seen, in the logs of all processes and in other texts (name, content)."""
    forbidden = [CANARY, CANARY_PHONE, *secrets]
    seen = [(path.name, path.read_text(encoding="utf-8", errors="replace")) for path in ground.logs]
    return [
        f"I7: {name} shows {word[:12]!r}"
        for name, content in [*seen, *texts]
        for word in forbidden
        if word in content
    ]
