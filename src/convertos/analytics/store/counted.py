"""SQL of what counts on which day: the one definition that the sums and the finer reports share.

The statements that use these parts give `%(clients)s` and `%(days)s`, two arrays that belong together.
"""

from babel.core import get_global

from convertos.attribution.award import DEFAULT_MODEL
from convertos.attribution.channel import DIRECT
from convertos.records import currency_decimals

# An instant is on the day that the client's calendar shows at it. Where clocks go back over midnight (by three
# hours at most, in Antarctica/Casey), a date begins twice, and calculating finds only one of its beginnings:
# so an instant may be on the day from `after` until `before`, and is surely from `since` until `till`.
DAYS = """
days AS MATERIALIZED (
    SELECT client_id, day, timezone, excludes_tax, excludes_shipping,
           begins - interval '3 hours' AS after, begins + interval '3 hours' AS since,
           ends - interval '3 hours' AS till, ends + interval '3 hours' AS before
    FROM (
        SELECT d.*, c.timezone, c.excludes_tax, c.excludes_shipping,
               d.day::timestamp AT TIME ZONE c.timezone AS begins,
               (d.day + 1)::timestamp AT TIME ZONE c.timezone AS ends
        FROM unnest(%(clients)s::uuid[], %(days)s::date[]) AS d (client_id, day) JOIN clients c USING (client_id)
    ) d
)
"""


def _on_day(instant: str) -> str:
    # To ask what a clock shows costs more than all else that is done with an instant.
    return (
        f"{instant} >= d.after AND {instant} < d.before AND ({instant} >= d.since AND {instant} < d.till"
        f" OR ({instant} AT TIME ZONE d.timezone)::date = d.day)"
    )


# What of an order is revenue: its total, without tax and shipping where the client leaves them out (never
# less than nothing).
_EARNED = """
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.total > 0 THEN greatest(0, o.total
        - CASE WHEN d.excludes_tax THEN coalesce(o.tax_total, 0) ELSE 0 END
        - CASE WHEN d.excludes_shipping THEN coalesce(o.shipping_total, 0) ELSE 0 END
    ) ELSE o.total END AS revenue
) e
"""


def _decimals(currency: str) -> str:
    """How many decimals a currency has: two, but for some."""
    odd: dict[int, list[str]] = {}
    for code in sorted(get_global("currency_fractions").keys() - {"DEFAULT"}):
        odd.setdefault(currency_decimals(code), []).append(f"'{code}'")
    known = [f"WHEN {currency} IN ({', '.join(codes)}) THEN {n}" for n, codes in odd.items() if n != 2]
    return f"CASE {' '.join(known)} ELSE 2 END"


def _taken_back(paid_back: str) -> str:
    """What a repayment takes from the revenue: in proportion, where not all of the total is revenue."""
    return f"""CASE WHEN e.revenue = o.total THEN {paid_back}
        ELSE round({paid_back} * e.revenue / o.total, greatest({_decimals("o.currency")}, scale(e.revenue))) END"""


_SOLD = f"""
sold AS (
    SELECT d.client_id, d.day, d.timezone, o.counted_at AS at, o.order_id AS subject_id, o.currency,
           coalesce(o.status, '') AS status, 1 AS orders, e.revenue,
           {_taken_back("o.refunded_total")} AS refunds, 0::numeric AS refunds_on_day,
           coalesce((f.first_order_id = o.order_id)::int, 0) AS new_customers, 0 AS leads
    FROM days d
    JOIN orders o ON o.client_id = d.client_id AND o.is_counted AND {_on_day("o.counted_at")}
    {_EARNED}
    LEFT JOIN contacts f ON f.client_id = o.client_id AND f.contact_id = o.contact_id
)
"""

# Of several repayments each takes the difference that it makes to all before it, so that roundings add up to
# what the order view takes at once.
_RETURNED = f"""
returned AS (
    SELECT d.client_id, d.day, d.timezone, r.refunded_at AS at, o.order_id AS subject_id, o.currency,
           coalesce(o.status, '') AS status, 0 AS orders, 0::numeric AS revenue, 0::numeric AS refunds,
           {_taken_back("(b.paid_back + r.amount)")} - {_taken_back("b.paid_back")} AS refunds_on_day,
           0 AS new_customers, 0 AS leads
    FROM days d
    JOIN refunds r ON r.client_id = d.client_id AND NOT r.is_withdrawn AND {_on_day("r.refunded_at")}
    JOIN orders o ON o.client_id = r.client_id AND o.order_id = r.order_id AND o.is_counted
    {_EARNED}
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(p.amount), 0) AS paid_back FROM refunds p
        WHERE p.client_id = r.client_id AND p.order_id = r.order_id AND NOT p.is_withdrawn
          AND (p.refunded_at, p.external_id) < (r.refunded_at, r.external_id)
    ) b
)
"""

_RECEIVED = f"""
received AS (
    SELECT d.client_id, d.day, d.timezone, l.registered_at AS at, l.lead_id AS subject_id, '' AS currency, '' AS status,
           0 AS orders, 0::numeric AS revenue, 0::numeric AS refunds, 0::numeric AS refunds_on_day,
           0 AS new_customers, 1 AS leads
    FROM days d JOIN leads l ON l.client_id = d.client_id AND {_on_day("l.registered_at")}
)
"""

MOVED = f"""{DAYS}, {_SOLD}, {_RETURNED}, {_RECEIVED}"""
"""`sold`, `returned` and `received`: what orders, repayments and leads put on the days."""

# Also orders whose credit is missing are counted: as what nobody is known to have sent.
COUNTED = f"""
{MOVED}, counted AS (
    SELECT s.*, coalesce(k.channel, '{DIRECT.channel}') AS channel,
           coalesce(k.source, '{DIRECT.source}') AS source, coalesce(k.medium, '{DIRECT.medium}') AS medium,
           coalesce(k.campaign, '{DIRECT.campaign}') AS campaign, k.landing_page AS landing_address
    FROM (SELECT * FROM sold UNION ALL SELECT * FROM returned UNION ALL SELECT * FROM received) s
    LEFT JOIN credits k ON k.client_id = s.client_id AND k.subject_id = s.subject_id
        AND k.model = '{DEFAULT_MODEL}' AND k.position = 0
)
"""
"""`counted`: all that the days add up, each with what earned it by the default model."""

LANDING_PAGE = r"""
coalesce(nullif(left(rtrim(regexp_replace(
    split_part(split_part(landing_address, '#', 1), '?', 1), '^[A-Za-z][A-Za-z0-9+.-]*://(www\.)?', ''
), '/'), 300), ''), '(not set)')
"""
"""The page of a `landing_address`: host and path, without what follows the question mark."""
