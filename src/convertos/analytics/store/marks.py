"""SQL of the days that changed and wait to be summed anew."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from convertos.core.database import Transaction


class MarkedDay(NamedTuple):
    """A client's day that waits.

    Attributes:
        mark: of the newest change.
    """

    client_id: UUID
    day: date
    mark: int


async def mark_days(transaction: Transaction, moments: Collection[tuple[UUID, datetime]]) -> None:
    """Mark the client's days that hold these instants."""
    # Thousands of instants lie in few quarters of an hour. All offsets of time zones are whole quarters since
    # 1972, and no shop's earlier times are taken, so the instants of a quarter share a day.
    quarters = sorted({(client_id, _quarter(at)) for client_id, at in moments})
    await transaction.send(
        """
        WITH m AS (SELECT nextval('stale_marks') AS mark)
        INSERT INTO stale_days (client_id, day, mark, since)
        SELECT client_id, day, mark, mark FROM m, (
            SELECT DISTINCT client_id, (q.at AT TIME ZONE c.timezone)::date AS day
            FROM unnest(%b::uuid[], %b::timestamptz[]) AS q (client_id, at) JOIN clients c USING (client_id)
            ORDER BY 1, 2
        ) days
        ON CONFLICT (client_id, day) DO UPDATE SET mark = excluded.mark
        """,
        [[client_id for client_id, _ in quarters], [at for _, at in quarters]],
    )


def _quarter(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


async def mark_every_day(transaction: Transaction, client_id: UUID) -> None:
    """Mark every day on which the client has, or had, anything to add up, in whatever time zone."""
    # From one zone to another a day moves by two at most: 22:00 at UTC-12 is 00:00 at UTC+14, two dates on.
    await transaction.send(
        """
        WITH m AS (SELECT nextval('stale_marks') AS mark)
        INSERT INTO stale_days (client_id, day, mark, since)
        SELECT %(client)s, day, mark, mark FROM m, (
            SELECT DISTINCT day + shift AS day FROM (
                SELECT day FROM day_sums WHERE client_id = %(client)s AND detail = 1
                UNION SELECT day FROM stale_days WHERE client_id = %(client)s
            ) known CROSS JOIN generate_series(-2, 2) AS shift
            ORDER BY 1
        ) days
        ON CONFLICT (client_id, day) DO UPDATE SET mark = excluded.mark
        """,
        {"client": client_id},
    )


async def take_marked(transaction: Transaction, limit: int, of_one_client: int) -> list[MarkedDay]:
    """Up to `limit` marked days of clients that nobody else is summing; those that wait longest first.

    The clients stay taken until the transaction ends; the marks stay, for whoever marks the days again.

    Args:
        of_one_client: not more days of the same one, so that a long history keeps nobody else waiting.
    """
    rows = await transaction.tuples(
        """
        WITH chosen AS (
            SELECT client_id, day, mark FROM (
                SELECT *, row_number() OVER (PARTITION BY client_id ORDER BY since, day) AS place
                FROM stale_days
            ) waiting
            WHERE place <= %(of_one_client)s ORDER BY since, day LIMIT %(limit)s
        ), taken AS MATERIALIZED (
            SELECT client_id FROM (SELECT DISTINCT client_id FROM chosen) c
            WHERE pg_try_advisory_xact_lock(hashtextextended('sums:' || client_id, 0))
        )
        SELECT client_id, day, mark FROM chosen JOIN taken USING (client_id)
        """,
        {"limit": limit, "of_one_client": of_one_client},
    )
    return [MarkedDay(*row) for row in rows]


async def count_marked(transaction: Transaction) -> int:
    """How many days of the scope's clients wait to be summed anew."""
    count = await transaction.scalar(
        "SELECT count(*) FROM stale_days WHERE client_id = ANY (%s)", (list(transaction.scope.client_ids),)
    )
    return int(count)


async def unmark(transaction: Transaction, days: Sequence[MarkedDay]) -> None:
    """Unmark the days that nobody has marked again meanwhile."""
    # Skipping what is locked: whoever holds it marks it again, and waiting for him could go round in a circle.
    await transaction.send(
        """
        DELETE FROM stale_days d USING (
            SELECT client_id, day FROM stale_days
            JOIN unnest(%b::uuid[], %b::date[], %b::bigint[]) AS m (client_id, day, mark)
                USING (client_id, day, mark)
            FOR UPDATE OF stale_days SKIP LOCKED
        ) summed
        WHERE d.client_id = summed.client_id AND d.day = summed.day
        """,
        [[day.client_id for day in days], [day.day for day in days], [day.mark for day in days]],
    )
