"""All SQL of receipts: keeping them, counting them, claiming and finishing them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from convertos.core.database import Transaction


class NewReceipt(NamedTuple):
    """One delivery on its way into the database."""

    client_id: UUID
    connection_id: UUID
    key: UUID
    receipt_id: UUID
    door: str
    event_type: str
    event_id: str
    received_at: datetime
    headers: bytes
    body: bytes


INBOX_CHANNEL = "convertos_inbox"
LEASE_SECONDS = 30.0

_KEEP = f"""
WITH incoming AS (
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::text[],
                         %b::timestamptz[], %b::bytea[], %b::bytea[])
        AS t (client_id, connection_id, key, receipt_id, door, event_type, event_id, received_at, headers,
              body)
), fresh AS (
    INSERT INTO receipt_keys (client_id, connection_id, key, receipt_id)
    SELECT client_id, connection_id, key, receipt_id FROM incoming ORDER BY client_id, connection_id, key
    ON CONFLICT DO NOTHING
    RETURNING receipt_id
), kept AS (
    INSERT INTO receipts (client_id, receipt_id, connection_id, key, door, event_type, event_id, received_at,
                          headers, body)
    SELECT client_id, receipt_id, connection_id, key, door, event_type, event_id, received_at, headers, body
    FROM incoming JOIN fresh USING (receipt_id)
), queued AS (
    INSERT INTO inbox (client_id, receipt_id, connection_id, key)
    SELECT client_id, receipt_id, connection_id, key FROM incoming JOIN fresh USING (receipt_id)
), counted AS (
    INSERT INTO connection_days AS d (client_id, connection_id, day, received, duplicates, last_received_at)
    SELECT client_id, connection_id, (received_at AT TIME ZONE 'UTC')::date, count(fresh.receipt_id),
           count(*) - count(fresh.receipt_id), max(received_at)
    FROM incoming LEFT JOIN fresh USING (receipt_id)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (client_id, connection_id, day) DO UPDATE SET
        received = d.received + excluded.received,
        duplicates = d.duplicates + excluded.duplicates,
        last_received_at = greatest(d.last_received_at, excluded.last_received_at)
)
SELECT receipt_id, pg_notify('{INBOX_CHANNEL}', '') FROM fresh
"""


async def keep_receipts(transaction: Transaction, receipts: Sequence[NewReceipt]) -> set[UUID]:
    """Write what is new, with its key and its place in the inbox; returns the ids that were new.

    A delivery that is known already, or stands twice in the batch, is counted and otherwise left alone.
    Serves the ingest role: the tenant of each row is its connection's.
    """
    columns = [list(column) for column in zip(*receipts, strict=True)]
    return {row[0] for row in await transaction.tuples(_KEEP, columns)}


async def known_keys(transaction: Transaction, receipts: Sequence[NewReceipt]) -> set[UUID]:
    """The keys of those receipts that were kept before. Serves the ingest role, as `keep_receipts` does."""
    rows = await transaction.tuples(
        """
        SELECT key FROM receipt_keys
        JOIN unnest(%b::uuid[], %b::uuid[], %b::uuid[]) AS t (client_id, connection_id, key)
            USING (client_id, connection_id, key)
        """,
        [
            [receipt.client_id for receipt in receipts],
            [receipt.connection_id for receipt in receipts],
            [receipt.key for receipt in receipts],
        ],
    )
    return {row[0] for row in rows}


async def count_rejections(
    transaction: Transaction, counts: Sequence[tuple[UUID, UUID, date, str, int, datetime]]
) -> None:
    """Add to the counters of what was refused: (client, connection, UTC day, reason, how many, last)."""
    columns = [list(column) for column in zip(*sorted(counts), strict=True)]
    await transaction.execute(
        """
        INSERT INTO rejections AS r (client_id, connection_id, day, reason, count, last_at)
        SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::date[], %b::text[], %b::bigint[], %b::timestamptz[])
        ON CONFLICT (client_id, connection_id, day, reason) DO UPDATE SET
            count = r.count + excluded.count, last_at = greatest(r.last_at, excluded.last_at)
        """,
        columns,
    )


class Claimed(NamedTuple):
    """One receipt that this worker has to process.

    Attributes:
        attempts: how often a worker began it before and was not heard of again.
    """

    client_id: UUID
    receipt_id: UUID
    connection_id: UUID
    key: UUID
    attempts: int
    event_type: str
    event_id: str
    received_at: datetime
    door: str
    body: bytes
    connection_type: str
    store_id: UUID
    currency: str
    timezone: str


_FORGET_DEAD_CLAIMS = """
WITH dead AS (
    DELETE FROM claims WHERE leased_until < now() RETURNING client_ids, receipt_ids
)
UPDATE inbox i SET attempts = i.attempts + 1
FROM dead d CROSS JOIN LATERAL unnest(d.client_ids, d.receipt_ids) AS r (client_id, receipt_id)
WHERE i.client_id = r.client_id AND i.receipt_id = r.receipt_id
"""

# Clients take turns: the index is skipped from client to client, and each gives an equal share.
_CLAIM = """
WITH RECURSIVE waiting AS (
    (SELECT client_id FROM inbox WHERE NOT is_parked ORDER BY client_id LIMIT 1)
    UNION ALL
    SELECT (SELECT i.client_id FROM inbox i WHERE i.client_id > w.client_id AND NOT i.is_parked
            ORDER BY i.client_id LIMIT 1)
    FROM waiting w WHERE w.client_id IS NOT NULL
), share AS (
    SELECT client_id, greatest(1, %(limit)s / count(*) OVER ()) AS size
    FROM waiting WHERE client_id IS NOT NULL
), held AS MATERIALIZED (
    SELECT unnest(receipt_ids) AS receipt_id FROM claims
), chosen AS MATERIALIZED (
    SELECT c.* FROM share s CROSS JOIN LATERAL (
        SELECT i.client_id, i.receipt_id, i.connection_id, i.key, i.attempts, n.type, n.store_id
        FROM inbox i JOIN connections n USING (client_id, connection_id)
        WHERE i.client_id = s.client_id AND NOT i.is_parked AND i.not_before <= now()
          AND n.status <> 'paused' AND i.receipt_id NOT IN (SELECT receipt_id FROM held)
        ORDER BY i.receipt_id LIMIT s.size
    ) c
    LIMIT %(limit)s
), claimed AS (
    INSERT INTO claims (claim_id, client_ids, receipt_ids, leased_until)
    SELECT %(claim)s, array_agg(client_id), array_agg(receipt_id), now() + make_interval(secs => %(lease)s)
    FROM chosen HAVING count(*) > 0
)
SELECT c.client_id, c.receipt_id, c.connection_id, c.key, c.attempts, r.event_type, r.event_id, r.received_at,
       r.door, r.body, c.type, c.store_id, k.currency, k.timezone
FROM chosen c
JOIN receipts r ON r.client_id = c.client_id AND r.receipt_id = c.receipt_id
JOIN clients k ON k.client_id = c.client_id
"""


async def claim(transaction: Transaction, claim_id: UUID, limit: int, lease_seconds: float) -> list[Claimed]:
    """Take up to `limit` receipts for a while, fairly between clients; serves the worker role.

    Claims are made one after the other; each is a few milliseconds.
    """
    await transaction.execute("SELECT pg_advisory_xact_lock(hashtext('convertos claims'))")
    await transaction.execute(_FORGET_DEAD_CLAIMS)
    rows = await transaction.tuples(_CLAIM, {"limit": limit, "claim": claim_id, "lease": lease_seconds})
    # Rows of one batch repeat few clients, connections and stores: one object each compares and hashes fast.
    same: dict[UUID, UUID] = {}
    one = same.setdefault
    return [
        Claimed._make(
            (one(row[0], row[0]), row[1], one(row[2], row[2]), *row[3:11], one(row[11], row[11]), *row[12:])
        )
        for row in rows
    ]


class LostClaimError(Exception):
    """The lease ran out and others may have the receipts by now: nothing of ours may be written."""


async def hold(transaction: Transaction, claim_id: UUID, lease_seconds: float) -> None:
    """Make sure that the claim is still ours until the transaction ends, and renew its lease.

    Raises:
        LostClaimError: it is not.
    """
    renewed = await transaction.tuples(
        "UPDATE claims SET leased_until = now() + make_interval(secs => %b) WHERE claim_id = %b RETURNING true",
        (lease_seconds, claim_id),
    )
    if not renewed:
        raise LostClaimError


async def end_claim(transaction: Transaction, claim_id: UUID) -> None:
    """Let the claim go: each of its receipts is done, parked or given back."""
    await transaction.execute("DELETE FROM claims WHERE claim_id = %b", (claim_id,))


class Outcome(NamedTuple):
    """How the processing of one claimed receipt ended well."""

    client_id: UUID
    receipt_id: UUID
    connection_id: UUID
    key: UUID
    attempts: int
    outcome: str
    note: str | None


async def finish(transaction: Transaction, outcomes: Sequence[Outcome]) -> None:
    """Take finished receipts out of the inbox and note how they ended. The claim has to be held."""
    columns = [list(column) for column in zip(*outcomes, strict=True)]
    await transaction.send(
        """
        WITH done AS MATERIALIZED (
            SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::uuid[], %b::smallint[], %b::text[],
                                 %b::text[])
                AS t (client_id, receipt_id, connection_id, key, attempts, outcome, note)
        ), removed AS (
            DELETE FROM inbox i USING done d WHERE i.client_id = d.client_id AND i.receipt_id = d.receipt_id
        )
        UPDATE receipt_keys k
        SET outcome = d.outcome, note = d.note, attempts = d.attempts, processed_at = now()
        FROM done d
        WHERE k.client_id = d.client_id AND k.connection_id = d.connection_id AND k.key = d.key
        """,
        columns,
    )


class Failure(NamedTuple):
    """A receipt that could not be processed: an error code, and a sentence for people."""

    client_id: UUID
    receipt_id: UUID
    code: str
    error: str


async def give_back(
    transaction: Transaction, failures: Sequence[Failure], *, is_parked: bool, retry_in_seconds: float = 0.0
) -> None:
    """Note why receipts could not be processed. The claim has to be held.

    Args:
        is_parked: whether they wait for a person (they are dead letters) instead of a retry.
    """
    columns = [list(column) for column in zip(*failures, strict=True)]
    await transaction.send(
        """
        UPDATE inbox i SET is_parked = %b, error_code = f.code, error = f.error, attempts = i.attempts + 1,
            not_before = now() + make_interval(secs => %b)
        FROM unnest(%b::uuid[], %b::uuid[], %b::text[], %b::text[]) AS f (client_id, receipt_id, code, error)
        WHERE i.client_id = f.client_id AND i.receipt_id = f.receipt_id
        """,
        [is_parked, retry_in_seconds, *columns],
    )


async def make_coming_partitions(transaction: Transaction) -> None:
    """Make room for the receipts of this month and the next two."""
    await transaction.execute(
        """
        SELECT make_receipts_partition((now() + make_interval(months => n))::date)
        FROM generate_series(0, 2) AS n
        """
    )


async def drop_old_receipts(transaction: Transaction, until: date) -> list[str]:
    """Drop the months of receipts that ended before a day, with their keys; returns what was dropped.

    A month that still holds something unprocessed stays.
    """
    is_waiting = await transaction.scalar(
        "SELECT EXISTS (SELECT FROM inbox WHERE receipt_id < first_uuid_at(%s))", (until,)
    )
    if is_waiting:
        return []
    rows = await transaction.tuples("SELECT drop_receipts_before(%s)", (until,))
    if rows:
        await transaction.execute("DELETE FROM receipt_keys WHERE receipt_id < first_uuid_at(%s)", (until,))
    return [str(row[0]) for row in rows]


async def count_waiting(transaction: Transaction) -> tuple[int, int]:
    """How many receipts of the scope's clients wait for a worker, and how many for a person (parked)."""
    rows = await transaction.tuples(
        """
        SELECT count(*) FILTER (WHERE NOT is_parked), count(*) FILTER (WHERE is_parked)
        FROM inbox WHERE client_id = ANY (%s)
        """,
        (list(transaction.scope.client_ids),),
    )
    return rows[0][0], rows[0][1]


class InboxState(NamedTuple):
    """How much waits, how much is parked, and for how long the oldest has been waiting (seconds)."""

    waiting: int
    parked: int
    oldest_seconds: float


async def inbox_state(transaction: Transaction) -> InboxState:
    """What is left to do, over all tenants; serves the worker role."""
    rows = await transaction.tuples(
        """
        SELECT count(*) FILTER (WHERE NOT is_parked), count(*) FILTER (WHERE is_parked),
               coalesce(extract(epoch FROM now() - min(receipt_time(receipt_id))
                                                       FILTER (WHERE NOT is_parked)), 0)
        FROM inbox
        """
    )
    return InboxState(rows[0][0], rows[0][1], float(rows[0][2]))
