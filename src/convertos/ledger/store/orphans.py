"""SQL that looks for rows whose owner is gone: the tables of the hot path have no foreign keys."""

from convertos.core.database import Transaction

_CHECKS = {
    "orders without their contact": """
        SELECT count(*) FROM orders o WHERE contact_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM contacts c WHERE c.client_id = o.client_id AND c.contact_id = o.contact_id)""",
    "items without their order": """
        SELECT count(*) FROM order_items i WHERE line = 0 AND NOT EXISTS (
            SELECT FROM orders o WHERE o.client_id = i.client_id AND o.order_id = i.order_id)""",
    "identifiers without their contact": """
        SELECT count(*) FROM contact_identifiers i WHERE NOT EXISTS (
            SELECT FROM contacts c WHERE c.client_id = i.client_id AND c.contact_id = i.contact_id)""",
}


async def count_orphans(transaction: Transaction) -> dict[str, int]:
    """How many rows have lost what they belong to, by kind; serves the worker role."""
    return {name: await transaction.scalar(query) for name, query in _CHECKS.items()}
