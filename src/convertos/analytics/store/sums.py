"""SQL that sums days anew."""

from collections.abc import Sequence

from convertos.analytics.store.counted import COUNTED, LANDING_PAGE, odd_decimals
from convertos.analytics.store.marks import MarkedDay
from convertos.core.database import Transaction

_ABOUT = "currency, status, channel, source, medium, campaign, landing_page"
_AMOUNTS = ("orders", "revenue", "refunds", "refunds_on_day", "new_customers", "leads")

# One pass over what counts makes all four details; rows that are as they were stay untouched, so that a day
# on which every second brings an order does not fill the table with dead rows.
_SUM_DAYS = f"""
WITH {COUNTED}, summed AS (
    SELECT client_id, (4 - grouping(channel) - grouping(medium) - grouping(landing_page))::smallint AS detail,
           day, {_ABOUT}, {", ".join(f"sum({name}) AS {name}" for name in _AMOUNTS)}
    FROM (SELECT *, {LANDING_PAGE} AS landing_page FROM counted) c
    GROUP BY client_id, day, currency, status,
             ROLLUP ((channel, source), (medium, campaign), (landing_page))
), fresh AS MATERIALIZED (
    SELECT *, encode(substring(sha256(convert_to(ARRAY[{_ABOUT}]::text, 'UTF8')) FOR 16), 'hex')::uuid AS key
    FROM summed
), gone AS (
    DELETE FROM day_sums s USING days d
    WHERE s.client_id = d.client_id AND s.detail = ANY ('{{1,2,3,4}}') AND s.day = d.day AND NOT EXISTS (
        SELECT FROM fresh f
        WHERE f.client_id = s.client_id AND f.detail = s.detail AND f.day = s.day AND f.key = s.key
    )
)
INSERT INTO day_sums AS s (client_id, detail, day, key, {_ABOUT}, {", ".join(_AMOUNTS)})
SELECT client_id, detail, day, key, {_ABOUT}, {", ".join(_AMOUNTS)} FROM fresh
ORDER BY client_id, detail, day, key
ON CONFLICT (client_id, detail, day, key) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _AMOUNTS)}
WHERE ({", ".join(f"s.{name}" for name in _AMOUNTS)})
    IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _AMOUNTS)})
"""


async def sum_days(transaction: Transaction, days: Sequence[MarkedDay]) -> None:
    """Sum the days anew, from everything that was committed before; their clients have to be taken."""
    await transaction.send(
        _SUM_DAYS,
        {
            "clients": [day.client_id for day in days],
            "days": [day.day for day in days],
            **odd_decimals(),
        },
    )
