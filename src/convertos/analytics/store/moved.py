"""SQL of single orders and leads and what they moved in a period: for models whose credits are not kept."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from convertos.analytics.model import Question
from convertos.analytics.periods import Period
from convertos.analytics.store.counted import MOVED
from convertos.analytics.store.reports import REFUNDS, reached
from convertos.core.database import Transaction


class Moved(NamedTuple):
    """An order or a lead, and what it added to a period.

    Attributes:
        kind: `order` or `lead`.
        occurred_at: when it was placed or sent.
        currency: empty for leads.
        orders: 0 for an order of another day that was paid back on one of these.
    """

    kind: str
    client_id: UUID
    subject_id: UUID
    contact_id: UUID | None
    visitor_id: str | None
    occurred_at: datetime
    touch_ids: list[UUID] | None
    currency: str
    orders: int
    revenue: Decimal
    refunds: Decimal
    new_customers: int
    leads: int


async def find_moved(transaction: Transaction, question: Question, period: Period, most: int) -> list[Moved]:
    """What moved anything in a period: `most` of them, and one more where there are more."""
    clients = reached(transaction, question)
    statuses = question.filters.status
    rows = await transaction.tuples(
        f"""
        WITH {MOVED}, moved AS (
            SELECT client_id, subject_id, sum(orders)::int AS orders, sum(revenue) AS revenue,
                   sum({REFUNDS[question.view]}) AS refunds, sum(new_customers)::int AS new_customers
            FROM (SELECT * FROM sold UNION ALL SELECT * FROM returned) m
            {"WHERE status = ANY (%(statuses)s)" if statuses else ""}
            GROUP BY 1, 2
        )
        SELECT 'order', m.client_id, subject_id, o.contact_id, o.visitor_id, o.placed_at, o.touch_ids,
               o.currency, m.orders, m.revenue, m.refunds, m.new_customers, 0
        FROM moved m JOIN orders o ON o.client_id = m.client_id AND o.order_id = m.subject_id
        UNION ALL
        SELECT 'lead', m.client_id, subject_id, l.contact_id, l.visitor_id, l.registered_at, l.touch_ids,
               '', 0, 0, 0, 0, m.leads
        FROM received m JOIN leads l ON l.client_id = m.client_id AND l.lead_id = m.subject_id
        {"WHERE false" if statuses else ""}
        LIMIT %(most)s + 1
        """,
        {
            "statuses": list(statuses),
            "most": most,
            "clients": [client_id for client_id in clients for _ in range(period.days)],
            "days": period.dates() * len(clients),
        },
    )
    return [Moved(*row) for row in rows]
