"""SQL of what waits to be processed: claiming, finishing, giving back."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from convertos.core.database import Transaction

INBOX_CHANNEL = "convertos_inbox"
LEASE_SECONDS = 30.0
_HEAVIEST_BATCH = 8 * 1024 * 1024
"""Bytes of bodies that one batch takes into memory; a single larger body is a batch of its own."""


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


# Locked ones are being renewed at this moment. What the dead worker had not begun does not count against it.
_FORGET_DEAD_CLAIMS = """
WITH dead AS (
    DELETE FROM claims WHERE claim_id IN (
        SELECT claim_id FROM claims WHERE leased_until < now() FOR UPDATE SKIP LOCKED
    ) RETURNING client_ids, receipt_ids, begun_ids
)
UPDATE inbox i SET attempts = i.attempts + 1
FROM dead d CROSS JOIN LATERAL unnest(d.client_ids, d.receipt_ids) AS r (client_id, receipt_id)
WHERE i.client_id = r.client_id AND i.receipt_id = r.receipt_id
  AND (d.begun_ids IS NULL OR r.receipt_id = ANY (d.begun_ids))
"""

# Bodies are fetched last: sorted and kept beside each other they cost twice as much.
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
), weighed AS MATERIALIZED (
    SELECT c.*, sum(octet_length(r.body)) OVER (ORDER BY c.receipt_id) - octet_length(r.body) AS bytes_before
    FROM chosen c JOIN receipts r ON r.client_id = c.client_id AND r.receipt_id = c.receipt_id
), taken AS (
    SELECT * FROM weighed WHERE bytes_before < %(bytes)s
), claimed AS (
    INSERT INTO claims (claim_id, client_ids, receipt_ids, leased_until)
    SELECT %(claim)s, array_agg(client_id), array_agg(receipt_id), now() + make_interval(secs => %(lease)s)
    FROM taken HAVING count(*) > 0
)
SELECT t.client_id, t.receipt_id, t.connection_id, t.key, t.attempts, r.event_type, r.event_id, r.received_at,
       r.door, r.body, t.type, t.store_id, k.currency, k.timezone
FROM taken t
JOIN clients k ON k.client_id = t.client_id
JOIN receipts r ON r.client_id = t.client_id AND r.receipt_id = t.receipt_id
"""


async def claim(transaction: Transaction, claim_id: UUID, limit: int, lease_seconds: float) -> list[Claimed]:
    """Take up to `limit` receipts for a while, fairly between clients; serves the worker role.

    Claims are made one after the other; each is a few milliseconds.
    """
    await transaction.execute("SELECT pg_advisory_xact_lock(hashtext('convertos claims'))")
    await transaction.execute(_FORGET_DEAD_CLAIMS)
    parameters = {"limit": limit, "bytes": _HEAVIEST_BATCH, "claim": claim_id, "lease": lease_seconds}
    rows = await transaction.tuples(_CLAIM, parameters)
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


async def begin(
    transaction: Transaction, claim_id: UUID, receipt_ids: Sequence[UUID], lease_seconds: float
) -> None:
    """Note which receipts of the claim are worked on now: if the worker dies, it died of one of these.

    Raises:
        LostClaimError: the claim is not ours any more.
    """
    renewed = await transaction.tuples(
        """
        UPDATE claims SET begun_ids = %b, leased_until = now() + make_interval(secs => %b)
        WHERE claim_id = %b RETURNING true
        """,
        (list(receipt_ids), lease_seconds, claim_id),
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
    outcome: str
    note: str | None


async def finish(transaction: Transaction, outcomes: Sequence[Outcome]) -> None:
    """Take finished receipts out of the inbox and note how they ended. The claim has to be held."""
    columns = [list(column) for column in zip(*outcomes, strict=True)]
    await transaction.send(
        """
        WITH done AS MATERIALIZED (
            DELETE FROM inbox i
            USING unnest(%b::uuid[], %b::uuid[], %b::text[], %b::text[]) AS d (client_id, receipt_id, outcome, note)
            WHERE i.client_id = d.client_id AND i.receipt_id = d.receipt_id
            RETURNING i.client_id, i.connection_id, i.key, i.attempts, d.outcome, d.note
        )
        UPDATE receipt_keys k
        SET outcome = d.outcome, note = d.note, attempts = d.attempts + 1, processed_at = now()
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
    transaction: Transaction,
    failures: Sequence[Failure],
    *,
    is_parked: bool = False,
    is_counted: bool = True,
    retry_in_seconds: float = 0.0,
) -> None:
    """Note why receipts could not be processed. The claim has to be held.

    Args:
        is_parked: whether they wait for a person (they are dead letters) instead of a retry.
        is_counted: whether it was an attempt; not where it was surely no fault of theirs.
    """
    columns = [list(column) for column in zip(*failures, strict=True)]
    await transaction.send(
        """
        UPDATE inbox i SET is_parked = %b, error_code = f.code, error = f.error,
            attempts = i.attempts + %b::int, not_before = now() + make_interval(secs => %b)
        FROM unnest(%b::uuid[], %b::uuid[], %b::text[], %b::text[]) AS f (client_id, receipt_id, code, error)
        WHERE i.client_id = f.client_id AND i.receipt_id = f.receipt_id
        """,
        [is_parked, int(is_counted), retry_in_seconds, *columns],
    )


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
