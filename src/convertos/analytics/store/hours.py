"""SQL of single hours: read from the orders themselves, because a day or two of them are few."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple

from convertos.analytics.model import Dimension, Question
from convertos.analytics.periods import Period
from convertos.analytics.store.counted import COUNTED, LANDING_PAGE
from convertos.analytics.store.reports import REFUNDS, conditions, reached
from convertos.core.database import Transaction


class Hour(NamedTuple):
    """An hour that a clock shows. Sorted by time, also where an hour comes twice.

    Attributes:
        wall: what the clock shows when it begins.
        behind_seconds: how far the clock is behind UTC.
        starts_at: its first instant; of an hour into which the clock is put, less than an hour before its end.
    """

    wall: datetime
    behind_seconds: int
    starts_at: datetime


class FoundHour(NamedTuple):
    """What was found in an hour; `currency` is empty for leads."""

    hour: Hour
    currency: str
    key: str
    orders: int
    revenue: Decimal
    refunds: Decimal
    new_customers: int
    leads: int


async def hours_of(
    transaction: Transaction, timezones: Collection[str], days: Sequence[date]
) -> dict[str, list[Hour]]:
    """Every hour that the clocks of some time zones show on some days (a day has 23 to 25), by time."""
    rows = await transaction.tuples(
        """
        SELECT timezone, date_trunc('hour', wall), extract(epoch FROM (at AT TIME ZONE 'UTC') - wall)::int, min(wall)
        FROM unnest(%s::text[]) AS timezone CROSS JOIN unnest(%s::date[]) AS day
        CROSS JOIN LATERAL generate_series(
            day::timestamp AT TIME ZONE timezone - interval '3 hours',
            (day + 1)::timestamp AT TIME ZONE timezone + interval '3 hours', interval '15 minutes'
        ) AS at
        CROSS JOIN LATERAL (SELECT at AT TIME ZONE timezone AS wall OFFSET 0) w
        WHERE wall::date = day
        GROUP BY 1, 2, 3
        """,
        (list(timezones), list(days)),
    )
    # A day may have no hours at all: the Pacific has left some out, to change sides.
    hours: dict[str, list[Hour]] = {name: [] for name in timezones}
    for name, wall, behind, first in rows:
        hours[name].append(Hour(wall, behind, first.replace(tzinfo=timezone(timedelta(seconds=-behind)))))
    return {name: sorted(shown, key=lambda hour: hour.starts_at) for name, shown in hours.items()}


async def find_hours(
    transaction: Transaction,
    question: Question,
    period: Period,
    by: Dimension | None,
    hours: Mapping[str, Sequence[Hour]],
) -> list[FoundHour]:
    """Amounts by hour, currency and key, of one of the question's periods.

    Args:
        hours: those of the period, for the time zone of each client.
    """
    # To plan this statement for each day takes a third of the time that it takes.
    await transaction.execute("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")
    clients = reached(transaction, question)
    days = period.dates()
    rows = await transaction.tuples(
        f"""
        WITH {COUNTED}, clocks AS MATERIALIZED (
            SELECT timezone, starts::timestamptz[] AS starts
            FROM unnest(%(timezones)s::text[], %(starts)s::text[]) AS c (timezone, starts)
        )
        SELECT k.timezone, width_bucket(c.at, k.starts), currency, {by or "''"}, sum(orders)::int, sum(revenue),
               sum({REFUNDS[question.view]}), sum(new_customers)::int, sum(leads)::int
        FROM (SELECT *, {LANDING_PAGE} AS landing_page FROM counted) c
        JOIN clocks k USING (timezone)
        WHERE true{conditions(question, "c")}
        GROUP BY 1, 2, 3, 4
        """,
        {
            **question.filters.given(),
            "clients": [client_id for client_id in clients for _ in days],
            "days": days * len(clients),
            "timezones": list(hours),
            "starts": [
                "{" + ",".join(hour.starts_at.isoformat() for hour in shown) + "}" for shown in hours.values()
            ],
        },
    )
    await transaction.execute("SELECT set_config('plan_cache_mode', 'auto', true)")
    return [FoundHour(hours[row[0]][row[1] - 1], *row[2:]) for row in rows]
