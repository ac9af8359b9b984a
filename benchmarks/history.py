"""Two years of many shops, written straight into the tables: what the analytics figures are measured on.

Orders come in the order of time, as they would have come in life. A twentieth was cancelled, a fortieth was
paid back; a third is by people who ordered before. Sources, campaigns, landing pages and currencies are as uneven
as they are in life: few bring most, and each month has three new campaigns on every channel that is paid for. The
sums of days are not written here but made by the product, from the orders.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from convertos.core.ids import new_id

DAYS = 730
_TABLES = ("orders", "refunds", "leads", "contacts", "credits")

_ADD_CLIENT = """
INSERT INTO clients (organization_id, client_id, name, slug, timezone, currency)
SELECT organization_id, %(client)s, %(slug)s, %(slug)s, 'Europe/Athens', 'EUR' FROM organizations
"""

_ADD_ORDERS = """
INSERT INTO orders (
    client_id, order_id, store_id, external_id, number, status, standing, currency, total, subtotal,
    shipping_total, tax_total, refunded_total, payment_method, contact_id, customer_email, placed_at, paid_at,
    modified_at, is_counted, counted_at, lines, seen_via, version
)
SELECT %(client)s, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, %(client)s, n::text, n::text,
       CASE WHEN chance < 0.05 THEN 'cancelled' WHEN chance < 0.075 THEN 'refunded'
            WHEN at > now() - interval '3 days' THEN 'processing' ELSE 'completed' END,
       CASE WHEN chance < 0.05 THEN 'cancelled' ELSE 'paid' END,
       CASE WHEN money < 0.95 THEN 'EUR' WHEN money < 0.99 THEN 'USD' ELSE 'GBP' END,
       total, round(total * 0.75, 2), 4.90, round(total * 0.19, 2),
       CASE WHEN chance BETWEEN 0.05 AND 0.075 THEN total ELSE 0 END, 'card',
       ('00000000-0000-7000-9000-' || lpad(to_hex(person), 12, '0'))::uuid, 'buyer' || person || '@example.com',
       at, at, at, chance >= 0.05, at, '{"fees": [], "coupons": [], "taxes": []}', 2, n::text
FROM (
    SELECT n, random() AS chance, random() AS money, round((9 + 90 * random())::numeric, 2) AS total,
           now() - %(days)s * (interval '1 day' * (1 - (n + random()) / %(orders)s)) AS at,
           CASE WHEN n %% 20 < 7 THEN (random() * n)::int / 20 * 20 + 7 + n %% 13 ELSE n END AS person
    FROM generate_series(0, %(orders)s - 1) AS n OFFSET 0
) o
"""

_ADD_REFUNDS = """
INSERT INTO refunds (client_id, order_id, external_id, amount, refunded_at, time_version, version)
SELECT client_id, order_id, 'r', refunded_total, least(now(), counted_at + interval '9 days'), '1', '1'
FROM orders WHERE client_id = %(client)s AND refunded_total > 0
"""

_ADD_CONTACTS = """
INSERT INTO contacts (client_id, contact_id, email, first_seen_at, last_seen_at, total_orders, total_spent,
                      first_order_id, first_order_at, last_order_at)
SELECT client_id, contact_id, min(customer_email), min(counted_at), max(counted_at), count(*),
       sum(total - refunded_total), (array_agg(order_id ORDER BY counted_at, order_id))[1],
       min(counted_at), max(counted_at)
FROM orders WHERE client_id = %(client)s AND is_counted GROUP BY 1, 2
"""

_ADD_LEADS = """
INSERT INTO leads (client_id, lead_id, store_id, form_id, email, registered_at)
SELECT %(client)s, ('00000000-0000-7000-a000-' || lpad(to_hex(n), 12, '0'))::uuid, %(client)s, 'contact',
       'lead' || n || '@example.com', now() - %(days)s * (interval '1 day' * (1 - (n + random()) / (%(orders)s / 20)))
FROM generate_series(0, %(orders)s / 20 - 1) AS n
"""

_ADD_CREDITS = """
INSERT INTO credits (client_id, subject_id, subject_kind, model, position, weight, source, medium, campaign,
                     channel, method, landing_page, rule, considered)
SELECT client_id, subject_id, kind, 'last_touch', 0, 1, w.source, w.medium,
       CASE WHEN w.is_ad THEN 'campaign ' || month || chr(65 + campaign) ELSE '' END, w.channel, 'utm',
       'https://shop.example/' || CASE WHEN w.is_ad THEN 'campaign-' || month || '-' || campaign || '/' || page / 150
           ELSE 'p/' || page END || '?utm_source=' || w.source, 'last-non-direct', 3
FROM (
    SELECT *, 1 + floor(24 * random() ^ 2.5)::int AS way, extract(day FROM now() - at)::int / 30 AS month,
           floor(3 * random() ^ 2)::int AS campaign, floor(300 * random() ^ 4)::int AS page
    FROM (
        SELECT client_id, order_id AS subject_id, 'order' AS kind, counted_at AS at
        FROM orders WHERE client_id = %(client)s
        UNION ALL SELECT client_id, lead_id, 'lead', registered_at FROM leads WHERE client_id = %(client)s
    ) s OFFSET 0
) s
JOIN (VALUES
    (1, 'facebook', 'paid_social', 'Paid Social', true), (2, 'google', 'cpc', 'Paid Search', true),
    (3, '(direct)', '(none)', 'Direct', false), (4, 'google', 'organic', 'Organic Search', false),
    (5, 'klaviyo', 'email', 'Email', true), (6, 'instagram', 'paid_social', 'Paid Social', true),
    (7, 'tiktok', 'paid_social', 'Paid Social', true), (8, 'facebook', 'social', 'Organic Social', false),
    (9, 'bing', 'organic', 'Organic Search', false), (10, 'bing', 'cpc', 'Paid Search', true),
    (11, 'newsletter', 'email', 'Email', true), (12, 'youtube', 'video', 'Organic Video', false),
    (13, 'pinterest', 'social', 'Organic Social', false), (14, 'chatgpt', 'ai', 'AI Assistant', false),
    (15, 'klaviyo', 'sms', 'SMS', true), (16, 'skroutz', 'referral', 'Organic Shopping', false),
    (17, 'blog.example', 'referral', 'Referral', false), (18, 'duckduckgo', 'organic', 'Organic Search', false),
    (19, 'criteo', 'display', 'Display', true), (20, 'partner', 'affiliate', 'Affiliates', true),
    (21, 'reddit', 'social', 'Organic Social', false), (22, 'linkedin', 'social', 'Organic Social', false),
    (23, 'forum.example', 'referral', 'Referral', false), (24, 'yahoo', 'organic', 'Organic Search', false)
) AS w (way, source, medium, channel, is_ad) USING (way)
"""

_MARK_DAYS = """
INSERT INTO stale_days (client_id, day, mark, since)
SELECT DISTINCT client_id, (counted_at AT TIME ZONE 'Europe/Athens')::date, 1, 1
FROM orders WHERE client_id = %(client)s ON CONFLICT DO NOTHING
"""


def write_history(conninfo: str, sizes: Sequence[int]) -> list[UUID]:
    """Write a client for each number of orders; returns their ids. All of their days wait to be summed.

    Args:
        conninfo: of the role that owns the tables.
    """
    client_ids = []
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'")
        with _without_indexes(connection):
            for number, orders in enumerate(sizes):
                client_ids.append(new_id())
                _write_client(connection, client_ids[-1], number, orders)
        connection.execute("VACUUM (ANALYZE)")
    return client_ids


def _write_client(connection: psycopg.Connection[Any], client_id: UUID, number: int, orders: int) -> None:
    parameters = {"client": client_id, "slug": f"shop-{number}", "orders": orders, "days": DAYS}
    connection.execute("SELECT setseed(%s)", (number / 100,))
    for statement in (
        _ADD_CLIENT, _ADD_ORDERS, _ADD_REFUNDS, _ADD_CONTACTS, _ADD_LEADS, _ADD_CREDITS, _MARK_DAYS
    ):  # fmt: skip
        connection.execute(statement, parameters)


@contextmanager
def _without_indexes(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Indexes beside the primary keys are built afterwards, at once."""
    indexes = connection.execute(
        """
        SELECT format('DROP INDEX %%I', c.relname), pg_get_indexdef(i.indexrelid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = ANY (%s::regclass[]) AND NOT i.indisunique
        """,
        (list(_TABLES),),
    ).fetchall()
    for drop, _ in indexes:
        connection.execute(drop)
    yield
    for _, create in indexes:
        connection.execute(create)
