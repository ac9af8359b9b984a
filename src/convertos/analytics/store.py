"""All SQL of the rollups: marking days that changed, and summing them anew."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from convertos.core.database import Transaction


async def mark_stale(transaction: Transaction, moments: Collection[tuple[UUID, datetime]]) -> None:
    """Mark the client's days that hold these instants."""
    # Offsets of time zones are multiples of a quarter of an hour, so instants of one quarter share a day.
    quarters = sorted({(client_id, _quarter(at)) for client_id, at in moments})
    await transaction.send(
        """
        INSERT INTO stale_days AS d (client_id, day, mark)
        SELECT client_id, day, nextval('stale_marks') FROM (
            SELECT DISTINCT client_id, (m.at AT TIME ZONE c.timezone)::date AS day
            FROM unnest(%b::uuid[], %b::timestamptz[]) AS m (client_id, at) JOIN clients c USING (client_id)
            ORDER BY 1, 2
        ) days
        ON CONFLICT (client_id, day) DO UPDATE SET mark = excluded.mark
        """,
        [[client_id for client_id, _ in quarters], [at for _, at in quarters]],
    )


def _quarter(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


async def mark_all_stale(transaction: Transaction, client_id: UUID) -> None:
    """Mark every day on which the client has, or had, anything to add up."""
    await transaction.send(
        """
        INSERT INTO stale_days AS d (client_id, day, mark)
        SELECT %(client)s, day, nextval('stale_marks') FROM (
            SELECT day FROM revenue_days WHERE client_id = %(client)s
            UNION SELECT day FROM lead_days WHERE client_id = %(client)s
            UNION
            SELECT (at AT TIME ZONE c.timezone)::date FROM clients c, LATERAL (
                SELECT counted_at AS at FROM orders WHERE client_id = c.client_id AND is_counted
                UNION ALL SELECT refunded_at FROM refunds WHERE client_id = c.client_id AND NOT is_withdrawn
                UNION ALL SELECT registered_at FROM leads WHERE client_id = c.client_id
            ) t WHERE c.client_id = %(client)s
        ) days
        ON CONFLICT (client_id, day) DO UPDATE SET mark = excluded.mark
        """,
        {"client": client_id},
    )


async def take_stale(transaction: Transaction, limit: int) -> list[tuple[UUID, date, int]]:
    """Up to `limit` marked days of clients that nobody else is summing: (client, day, mark).

    The clients stay taken until the transaction ends; the marks stay, for whoever marks them again meanwhile.
    """
    rows = await transaction.tuples(
        """
        WITH chosen AS (
            SELECT client_id, day, mark FROM stale_days ORDER BY mark LIMIT %b
        ), clients AS MATERIALIZED (
            SELECT client_id FROM (SELECT DISTINCT client_id FROM chosen ORDER BY client_id) c
            WHERE pg_try_advisory_xact_lock(hashtextextended('sums:' || client_id, 0))
        )
        SELECT client_id, day, mark FROM chosen JOIN clients USING (client_id) ORDER BY client_id, day
        """,
        (limit,),
    )
    return [(row[0], row[1], row[2]) for row in rows]


_DAYS = """
days AS MATERIALIZED (
    SELECT d.client_id, d.day, (d.day::timestamp AT TIME ZONE c.timezone) AS starts_at,
           ((d.day + 1)::timestamp AT TIME ZONE c.timezone) AS ends_at, c.excludes_tax, c.excludes_shipping
    FROM unnest(%(clients)s::uuid[], %(days)s::date[]) AS d (client_id, day) JOIN clients c USING (client_id)
)
"""
# What of an order counts as revenue: all of it, or without tax and shipping where the client wants that.
# A refund takes back in proportion.
_EARNED = """
    (o.total - CASE WHEN d.excludes_tax THEN coalesce(o.tax_total, 0) ELSE 0 END
             - CASE WHEN d.excludes_shipping THEN coalesce(o.shipping_total, 0) ELSE 0 END)
"""
_EARNED_PART = f"(CASE WHEN o.total = 0 THEN 1 ELSE {_EARNED} / o.total END)"

_SUM_REVENUE = f"""
WITH {_DAYS}, sold AS (
    SELECT d.client_id, d.day, o.currency, o.order_id, {_EARNED} AS revenue,
           round(o.refunded_total * {_EARNED_PART}, 8) AS refunds, 0::numeric AS refunds_on_day, 1 AS orders,
           (f.first_order_id = o.order_id)::int AS new_customers
    FROM days d
    JOIN orders o ON o.client_id = d.client_id AND o.is_counted
        AND o.counted_at >= d.starts_at AND o.counted_at < d.ends_at
    LEFT JOIN contacts f ON f.client_id = o.client_id AND f.contact_id = o.contact_id
), returned AS (
    SELECT d.client_id, d.day, o.currency, o.order_id, 0::numeric AS revenue, 0::numeric AS refunds,
           round(r.amount * {_EARNED_PART}, 8) AS refunds_on_day, 0 AS orders, 0 AS new_customers
    FROM days d
    JOIN refunds r ON r.client_id = d.client_id AND NOT r.is_withdrawn
        AND r.refunded_at >= d.starts_at AND r.refunded_at < d.ends_at
    JOIN orders o ON o.client_id = r.client_id AND o.order_id = r.order_id AND o.is_counted
), counted AS (
    SELECT * FROM sold UNION ALL SELECT * FROM returned
)
INSERT INTO revenue_days (client_id, day, currency, channel, source, medium, campaign, orders, revenue,
                          refunds, refunds_on_day, new_customers)
SELECT c.client_id, c.day, c.currency, coalesce(k.channel, 'Direct'), coalesce(k.source, '(direct)'),
       coalesce(k.medium, '(none)'), coalesce(k.campaign, ''), sum(c.orders), sum(c.revenue),
       sum(c.refunds), sum(c.refunds_on_day), sum(coalesce(c.new_customers, 0))
FROM counted c
LEFT JOIN credits k ON k.client_id = c.client_id AND k.subject_id = c.order_id AND k.model = 'last_touch'
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

_SUM_LEADS = f"""
WITH {_DAYS}
INSERT INTO lead_days (client_id, day, channel, source, medium, campaign, leads)
SELECT d.client_id, d.day, coalesce(k.channel, 'Direct'), coalesce(k.source, '(direct)'),
       coalesce(k.medium, '(none)'), coalesce(k.campaign, ''), count(*)
FROM days d
JOIN leads l ON l.client_id = d.client_id AND l.registered_at >= d.starts_at AND l.registered_at < d.ends_at
LEFT JOIN credits k ON k.client_id = l.client_id AND k.subject_id = l.lead_id AND k.model = 'last_touch'
GROUP BY 1, 2, 3, 4, 5, 6
"""


_FORGET = """
DELETE FROM {table} r USING unnest(%(clients)s::uuid[], %(days)s::date[]) AS d (client_id, day)
WHERE r.client_id = d.client_id AND r.day = d.day
"""


async def sum_days(transaction: Transaction, days: Sequence[tuple[UUID, date, int]]) -> None:
    """Sum the days anew, and unmark those that nobody marked again meanwhile: (client, day, mark)."""
    parameters = {
        "clients": [client_id for client_id, _, _ in days],
        "days": [day for _, day, _ in days],
        "marks": [mark for _, _, mark in days],
    }
    for table in ("revenue_days", "lead_days"):
        await transaction.send(_FORGET.format(table=table), parameters)
    await transaction.send(_SUM_REVENUE, parameters)
    await transaction.send(_SUM_LEADS, parameters)
    await transaction.send(
        """
        DELETE FROM stale_days d
        USING unnest(%(clients)s::uuid[], %(days)s::date[], %(marks)s::bigint[]) AS s (client_id, day, mark)
        WHERE d.client_id = s.client_id AND d.day = s.day AND d.mark = s.mark
        """,
        parameters,
    )
