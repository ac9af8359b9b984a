"""SQL of reconciliations: what differed, and what became of it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.sync.compare import DaySum, Difference, DifferenceKind
from convertos.sync.model import Reconciliation

_COLUMNS = """client_id, reconciliation_id, connection_id, reason, since, status, started_at, finished_at, error,
    store_count, matching_before, matching_after, healed, found_deleted"""


class KeptDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One object that differed."""

    entity: str
    external_id: str
    kind: str
    detail: str
    total: Decimal | None
    status: str | None
    is_healed: bool

    @property
    def difference(self) -> Difference:
        """As it was found."""
        return Difference(self.external_id, DifferenceKind(self.kind), self.detail, self.total, self.status)


async def insert_reconciliation(
    transaction: Transaction,
    *,
    client_id: UUID,
    reconciliation_id: UUID,
    connection_id: UUID,
    reason: str,
    since: date | None,
) -> None:
    """Write a reconciliation that waits for a worker."""
    await transaction.execute(
        """
        INSERT INTO reconciliations (client_id, reconciliation_id, connection_id, reason, since)
        VALUES (%s, %s, %s, %s, %s)
        """,
        (client_id, reconciliation_id, connection_id, reason, since),
    )


async def unfinished_reconciliation(
    transaction: Transaction, client_id: UUID, connection_id: UUID
) -> UUID | None:
    """The reconciliation of a connection that is under way."""
    found: UUID | None = await transaction.scalar(
        """
        SELECT reconciliation_id FROM reconciliations
        WHERE client_id = %s AND connection_id = %s AND status IN ('waiting', 'healing')
          AND started_at > now() - interval '1 day'
        ORDER BY reconciliation_id DESC LIMIT 1
        """,
        (client_id, connection_id),
    )
    return found


async def find_reconciliation(
    transaction: Transaction, client_id: UUID, reconciliation_id: UUID
) -> Reconciliation | None:
    """One reconciliation of a client."""
    return await transaction.fetch_one(
        Reconciliation,
        f"SELECT {_COLUMNS} FROM reconciliations WHERE client_id = %s AND reconciliation_id = %s",
        (client_id, reconciliation_id),
    )


async def reconciliations_of(
    transaction: Transaction, client_id: UUID, connection_id: UUID, before: UUID | None, limit: int
) -> list[Reconciliation]:
    """A connection's reconciliations, newest first."""
    return await transaction.fetch(
        Reconciliation,
        f"""
        SELECT {_COLUMNS} FROM reconciliations
        WHERE client_id = %(client)s AND connection_id = %(connection)s
          AND (%(before)s::uuid IS NULL OR reconciliation_id < %(before)s)
        ORDER BY reconciliation_id DESC LIMIT %(limit)s
        """,
        {"client": client_id, "connection": connection_id, "before": before, "limit": limit},
    )


async def forget_findings(transaction: Transaction, client_id: UUID, reconciliation_id: UUID) -> None:
    """Begin a comparison anew, after one that did not end."""
    for table in ("differences", "reconciled_days"):
        await transaction.execute(
            f"DELETE FROM {table} WHERE client_id = %s AND reconciliation_id = %s",
            (client_id, reconciliation_id),
        )


async def insert_differences(
    transaction: Transaction,
    client_id: UUID,
    reconciliation_id: UUID,
    entity: str,
    differences: Sequence[Difference],
) -> None:
    """Keep what differed."""
    if not differences:
        return
    columns = [list(column) for column in zip(*differences, strict=True)]
    await transaction.execute(
        """
        INSERT INTO differences (client_id, reconciliation_id, entity, external_id, kind, detail, total, status)
        SELECT %b, %b, %b, * FROM unnest(%b::text[], %b::text[], %b::text[], %b::numeric[], %b::text[])
        ON CONFLICT DO NOTHING
        """,
        [client_id, reconciliation_id, entity, *columns],
    )


async def insert_days(
    transaction: Transaction, client_id: UUID, reconciliation_id: UUID, entity: str, days: Sequence[DaySum]
) -> None:
    """Keep the days on which counts or sums differed."""
    if not days:
        return
    columns = [list(column) for column in zip(*days, strict=True)]
    await transaction.execute(
        """
        INSERT INTO reconciled_days (client_id, reconciliation_id, entity, day, currency, store_count, our_count,
                                     store_sum, our_sum)
        SELECT %b, %b, %b, * FROM unnest(%b::date[], %b::text[], %b::bigint[], %b::bigint[], %b::numeric[],
                                         %b::numeric[])
        ON CONFLICT DO NOTHING
        """,
        [client_id, reconciliation_id, entity, *columns],
    )


async def differences_of(
    transaction: Transaction, client_id: UUID, reconciliation_id: UUID, limit: int = 1_000_000
) -> list[KeptDifference]:
    """What differed, those first that are not healed."""
    return await transaction.fetch(
        KeptDifference,
        """
        SELECT entity, external_id, kind, detail, total, status, is_healed FROM differences
        WHERE client_id = %s AND reconciliation_id = %s
        ORDER BY is_healed, entity, external_id LIMIT %s
        """,
        (client_id, reconciliation_id, limit),
    )


async def days_of(transaction: Transaction, client_id: UUID, reconciliation_id: UUID) -> list[dict[str, Any]]:
    """The days on which counts or sums differed before healing."""
    return await transaction.rows(
        """
        SELECT entity, day, currency, store_count, our_count, store_sum, our_sum FROM reconciled_days
        WHERE client_id = %s AND reconciliation_id = %s ORDER BY entity, day, currency
        """,
        (client_id, reconciliation_id),
    )


async def mark_healed(
    transaction: Transaction,
    client_id: UUID,
    reconciliation_id: UUID,
    entity: str,
    external_ids: Sequence[str],
) -> None:
    """Note which objects are here now as they are in the store."""
    await transaction.execute(
        """
        UPDATE differences SET is_healed = true
        WHERE client_id = %s AND reconciliation_id = %s AND entity = %s AND external_id = ANY (%s)
        """,
        (client_id, reconciliation_id, entity, list(external_ids)),
    )


async def note_hidden(
    transaction: Transaction,
    client_id: UUID,
    reconciliation_id: UUID,
    entity: str,
    external_ids: Sequence[str],
) -> None:
    """Note what the store does not list and has all the same."""
    await transaction.execute(
        """
        UPDATE differences SET detail = 'not in the store''s list, but there', is_hidden = true
        WHERE client_id = %s AND reconciliation_id = %s AND entity = %s AND external_id = ANY (%s)
        """,
        (client_id, reconciliation_id, entity, list(external_ids)),
    )


async def drop_unfounded(transaction: Transaction, client_id: UUID, reconciliation_id: UUID) -> None:
    """Take back what the store has after all, and not in its trash."""
    await transaction.execute(
        """
        DELETE FROM differences WHERE client_id = %s AND reconciliation_id = %s AND is_hidden AND NOT is_healed
        """,
        (client_id, reconciliation_id),
    )


async def note_compared(
    transaction: Transaction,
    *,
    client_id: UUID,
    reconciliation_id: UUID,
    store_count: int,
    matching: int,
) -> None:
    """Note what the comparison found; what differed is being fetched."""
    await transaction.execute(
        """
        UPDATE reconciliations SET status = 'healing', store_count = %s, matching_before = %s, matching_after = %s
        WHERE client_id = %s AND reconciliation_id = %s
        """,
        (store_count, matching, matching, client_id, reconciliation_id),
    )


async def conclude(transaction: Transaction, client_id: UUID, reconciliation_id: UUID) -> None:
    """Count what was healed, and say whether anything is still missing."""
    await transaction.execute(
        """
        UPDATE reconciliations r SET finished_at = now(),
            status = CASE WHEN d.unhealed > 0 THEN 'incomplete' ELSE 'complete' END,
            healed = d.healed, found_deleted = d.deleted,
            matching_after = r.store_count - d.unhealed_orders
        FROM (
            SELECT count(*) FILTER (WHERE is_healed) AS healed,
                   count(*) FILTER (WHERE NOT is_healed) AS unhealed,
                   count(*) FILTER (WHERE kind = 'deleted' AND is_healed) AS deleted,
                   count(*) FILTER (WHERE NOT is_healed AND entity = 'orders' AND kind <> 'deleted')
                       AS unhealed_orders
            FROM differences WHERE client_id = %(client)s AND reconciliation_id = %(id)s
        ) d
        WHERE r.client_id = %(client)s AND r.reconciliation_id = %(id)s
        """,
        {"client": client_id, "id": reconciliation_id},
    )


async def note_failure(
    transaction: Transaction, client_id: UUID, reconciliation_id: UUID, error: str
) -> None:
    """Note that a reconciliation could not be done, and why."""
    await transaction.execute(
        """
        UPDATE reconciliations SET status = 'failed', finished_at = now(), error = %s
        WHERE client_id = %s AND reconciliation_id = %s
        """,
        (error, client_id, reconciliation_id),
    )


async def is_processing(transaction: Transaction, client_id: UUID, connection_id: UUID) -> bool:
    """Whether a connection is being synced, or receipts of it wait to be processed."""
    return bool(
        await transaction.scalar(
            """
            SELECT EXISTS (SELECT FROM inbox WHERE client_id = %(client)s AND connection_id = %(connection)s
                           AND NOT is_parked)
                OR EXISTS (SELECT FROM syncs WHERE client_id = %(client)s AND connection_id = %(connection)s
                           AND status = 'running')
            """,
            {"client": client_id, "connection": connection_id},
        )
    )


async def timezone_of(transaction: Transaction, client_id: UUID) -> str:
    """By whose clock a client's days begin. Serves the worker role."""
    return str(await transaction.scalar("SELECT timezone FROM clients WHERE client_id = %s", (client_id,)))
