"""SQL of single hours: read from the orders themselves, because a day or two of them are few."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple

from convertos.analytics.model import Client, Dimension, Question
from convertos.analytics.periods import Period
from convertos.analytics.store.counted import COUNTED, DAYS, LANDING_PAGE, odd_decimals
from convertos.analytics.store.reports import REFUNDS, conditions, reached
from convertos.core.database import Transaction

Hour = tuple[datetime, int]
"""The hour on the client's clock, and by how many seconds that clock is behind UTC. Sorted by time, also
where an hour comes twice."""


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


_HOUR = """
date_trunc('hour', at AT TIME ZONE d.timezone),
extract(epoch FROM (at AT TIME ZONE 'UTC') - (at AT TIME ZONE d.timezone))::int
"""


async def hours_of(transaction: Transaction, client: Client, period: Period) -> dict[Hour, datetime]:
    """Every hour that the client's clock shows in the period (a day has 23 to 25), with its beginning."""
    rows = await transaction.tuples(
        f"""
        WITH {DAYS}
        SELECT {_HOUR}, min(at AT TIME ZONE d.timezone)
        FROM days d CROSS JOIN LATERAL generate_series(after, before, interval '15 minutes') AS at
        WHERE (at AT TIME ZONE d.timezone)::date = d.day
        GROUP BY 1, 2 ORDER BY 1, 2
        """,
        {"clients": [client.client_id] * period.days, "days": period.dates()},
    )
    return {
        (wall, behind): first.replace(tzinfo=timezone(timedelta(seconds=-behind)))
        for wall, behind, first in rows
    }


async def find_hours(transaction: Transaction, question: Question, by: Dimension | None) -> list[FoundHour]:
    """Amounts by hour, currency and key, of all of the question's periods."""
    clients = reached(transaction, question)
    days = [day for period in question.periods for day in period.dates()]
    rows = await transaction.tuples(
        f"""
        WITH {COUNTED}
        SELECT {_HOUR}, currency, {by or "''"}, sum(orders)::int, sum(revenue),
               sum({REFUNDS[question.view]}), sum(new_customers)::int, sum(leads)::int
        FROM (SELECT *, {LANDING_PAGE} AS landing_page FROM counted) c JOIN days d USING (client_id, day)
        WHERE true{conditions(question, "c")}
        GROUP BY 1, 2, 3, 4
        """,
        {
            **question.filters.given(),
            **odd_decimals(),
            "clients": [client_id for client_id in clients for _ in days],
            "days": days * len(clients),
        },
    )
    return [FoundHour((row[0], row[1]), *row[2:]) for row in rows]
