"""SQL of what happened last. Each part reads the end of an index, so it costs the same for any client."""

from uuid import UUID

from convertos.analytics.happening import Happening
from convertos.core.database import Transaction

_LATEST = """
WITH newest_orders AS (
    SELECT 'order' AS kind, standing AS stage, order_id AS subject_id, order_id AS happening_id, number AS label,
           total AS amount, currency, placed_at AS occurred_at
    FROM orders
    WHERE client_id = %(client)s AND NOT is_test AND NOT is_deleted AND standing <> 'draft'
    ORDER BY placed_at DESC LIMIT %(limit)s
), newest_refunds AS (
    SELECT 'refund' AS kind, 'refunded' AS stage, r.order_id AS subject_id,
           md5(r.order_id || ' ' || r.external_id)::uuid AS happening_id, o.number AS label, r.amount, o.currency,
           r.refunded_at AS occurred_at
    FROM refunds r JOIN orders o USING (client_id, order_id)
    WHERE r.client_id = %(client)s AND NOT r.is_withdrawn AND NOT o.is_test
    ORDER BY r.refunded_at DESC LIMIT %(limit)s
), newest_leads AS (
    SELECT 'lead' AS kind, 'created' AS stage, lead_id AS subject_id, lead_id AS happening_id, form_name AS label,
           NULL::numeric AS amount, NULL AS currency, registered_at AS occurred_at
    FROM leads WHERE client_id = %(client)s
    ORDER BY registered_at DESC LIMIT %(limit)s
), newest_checkouts AS (
    SELECT 'checkout' AS kind,
           CASE WHEN abandoned_at IS NOT NULL THEN 'abandoned' ELSE 'started' END AS stage,
           contact_id AS subject_id, checkout_id AS happening_id, NULL AS label, total AS amount, currency, occurred_at
    FROM checkouts WHERE client_id = %(client)s AND completed_at IS NULL
    ORDER BY occurred_at DESC LIMIT %(limit)s
), newest AS (
    SELECT * FROM newest_orders UNION ALL SELECT * FROM newest_refunds
    UNION ALL SELECT * FROM newest_leads UNION ALL SELECT * FROM newest_checkouts
    ORDER BY occurred_at DESC, happening_id LIMIT %(limit)s
)
SELECT n.kind, n.stage, n.subject_id, n.happening_id, n.label, n.amount, n.currency, n.occurred_at, k.source
FROM newest n
LEFT JOIN LATERAL (
    SELECT source FROM credits
    WHERE client_id = %(client)s AND subject_id = n.subject_id AND model = 'last_touch'
    ORDER BY position LIMIT 1
) k ON true
ORDER BY n.occurred_at DESC, n.happening_id
"""


async def find_latest(transaction: Transaction, client_id: UUID, limit: int) -> list[Happening]:
    """The newest of everything, of one client of the scope."""
    return await transaction.fetch(Happening, _LATEST, {"client": client_id, "limit": limit})
