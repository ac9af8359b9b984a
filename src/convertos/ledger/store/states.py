"""SQL of how objects stand: the id of each and a digest of all that people see of it."""

from collections.abc import Collection
from uuid import UUID

from convertos.core.database import Transaction

State = tuple[UUID, str]
"""An object's id, and a digest of its contents without the marks of when and how they got here."""


async def order_states(
    transaction: Transaction, client_id: UUID, store_id: UUID, external_ids: Collection[str]
) -> dict[str, State]:
    """The orders of a store that are known, by external id."""
    rows = await transaction.tuples(
        """
        SELECT o.external_id, o.order_id, md5(concat(
            (to_jsonb(o) - ARRAY['version', 'field_versions', 'refunds_version', 'modified_at', 'recorded_at',
                                 'seen_via', 'items_digest', 'touch_ids'])::text,
            (SELECT string_agg(i::text, ';' ORDER BY i.line) FROM order_items i
             WHERE i.client_id = o.client_id AND i.order_id = o.order_id),
            (SELECT string_agg(concat(r.external_id, ' ', r.amount, ' ', r.reason, ' ', r.is_withdrawn), ';'
                               ORDER BY r.external_id) FROM refunds r
             WHERE r.client_id = o.client_id AND r.order_id = o.order_id)))
        FROM orders o
        WHERE o.client_id = %s AND o.store_id = %s AND o.external_id = ANY (%s)
        """,
        (client_id, store_id, list(external_ids)),
    )
    return {external_id: (order_id, digest) for external_id, order_id, digest in rows}


async def product_states(
    transaction: Transaction, client_id: UUID, store_id: UUID, external_ids: Collection[str]
) -> dict[str, State]:
    """The products of a store that are known, by external id."""
    rows = await transaction.tuples(
        """
        SELECT p.external_id, p.product_id, md5(concat(
            (to_jsonb(p) - ARRAY['version', 'modified_at'])::text,
            (SELECT string_agg(concat(v.external_id, ' ', v.sku, ' ', v.name, ' ', v.price, ' ', v.is_deleted),
                               ';' ORDER BY v.external_id) FROM product_variants v
             WHERE v.client_id = p.client_id AND v.store_id = p.store_id
               AND v.product_external_id = p.external_id)))
        FROM products p
        WHERE p.client_id = %s AND p.store_id = %s AND p.external_id = ANY (%s)
        """,
        (client_id, store_id, list(external_ids)),
    )
    return {external_id: (product_id, digest) for external_id, product_id, digest in rows}


async def contact_digests(
    transaction: Transaction, client_id: UUID, contact_ids: Collection[UUID]
) -> dict[UUID, str]:
    """What is known of some contacts: profile, identifiers and accounts."""
    rows = await transaction.tuples(
        """
        SELECT c.contact_id, md5(concat_ws(' ', c.email, c.phone, c.first_name, c.last_name,
            c.subscription_status, c.tags, c.custom_fields,
            (SELECT string_agg(i.kind || i.value, ';' ORDER BY i.kind, i.value) FROM contact_identifiers i
             WHERE i.client_id = c.client_id AND i.contact_id = c.contact_id),
            (SELECT string_agg((to_jsonb(a) - ARRAY['version', 'modified_at'])::text, ';'
                               ORDER BY a.store_id, a.external_id) FROM customers a
             WHERE a.client_id = c.client_id AND a.contact_id = c.contact_id)))
        FROM contacts c
        WHERE c.client_id = %s AND c.contact_id = ANY (%s)
        """,
        (client_id, list(contact_ids)),
    )
    return dict(rows)
