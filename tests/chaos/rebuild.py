"""I5: the tables are a function of the kept bodies: building them again gives the same."""

import psycopg
from psycopg import sql

from convertos import flow
from convertos.core.database import Database, DatabaseAccess, Role
from convertos.core.ids import new_id
from convertos.core.installation import OWNER_NAME, Installation
from convertos.jobs import install_reactions
from convertos.jobs.schema import migrate_queue
from convertos.worker import Worker
from tests.support.ground import Ground

_COPIED = ("organizations", "clients", "stores", "connections", "receipts", "receipt_keys")
# What is derived, in words that do not depend on ids that were made by the way: one text for each row.
_VIEWS = {
    "orders": """
        SELECT o.client_id, o.store_id, o.external_id, number, o.status, standing, o.currency, o.total, subtotal,
               discount_total, shipping_total, tax_total, refunded_total, payment_method, c.email,
               customer_external_id, customer_email, placed_at, paid_at, cancelled_at, modified_at, is_test,
               is_deleted, is_counted, counted_at, lines, items_digest, seen_via, version, field_versions,
               refunds_version
        FROM orders o LEFT JOIN contacts c USING (client_id, contact_id)
    """,
    "items": """
        SELECT o.client_id, o.store_id, o.external_id, i.line, i.name, i.quantity, i.price, i.total
        FROM order_items i JOIN orders o USING (client_id, order_id)
    """,
    "refunds": """
        SELECT o.client_id, o.store_id, o.external_id, r.external_id AS refund, amount, reason, refunded_at,
               time_version, r.version, is_withdrawn
        FROM refunds r JOIN orders o USING (client_id, order_id)
    """,
    "statuses": """
        SELECT o.client_id, o.store_id, o.external_id, s.version, s.status, changed_at
        FROM order_statuses s JOIN orders o USING (client_id, order_id)
    """,
    "contacts": """
        SELECT client_id, email, phone, first_name, last_name, total_orders, total_spent, spent, lead_count,
               first_order_at, last_order_at
        FROM contacts WHERE merged_into IS NULL
    """,
    "leads": """
        SELECT l.client_id, l.store_id, l.email, l.phone, l.name, form_id, fields, registered_at, c.email AS contact
        FROM leads l LEFT JOIN contacts c USING (client_id, contact_id)
    """,
    "credits": """
        SELECT o.client_id, o.store_id, o.external_id, model, position, weight, source, medium, campaign, channel,
               method, rule
        FROM credits k JOIN orders o ON o.client_id = k.client_id AND o.order_id = k.subject_id
    """,
    "days": "SELECT * FROM day_sums",
}
_LEDGER = (
    "contacts", "contact_identifiers", "contact_visitors", "contact_merges", "customers", "orders", "order_items",
    "refunds", "order_statuses", "presence_changes", "leads", "checkouts", "products", "product_variants",
    "touches", "credits", "day_sums",
)  # fmt: skip
_REPLAY = """
INSERT INTO inbox (client_id, receipt_id, connection_id, key)
SELECT client_id, receipt_id, connection_id, key FROM receipts ON CONFLICT DO NOTHING
"""


async def replay(ground: Ground) -> list[str]:
    """Process every kept body a second time: no byte of any table may change."""
    before = await _digests(ground.database, {table: f"SELECT * FROM {table}" for table in _LEDGER})
    await _process_all(ground.installation, ground.database)
    after = await _digests(ground.database, {table: f"SELECT * FROM {table}" for table in _LEDGER})
    return [f"I5: processing again changed {table}" for table in _LEDGER if before[table] != after[table]]


async def rebuild(ground: Ground) -> list[str]:
    """Process every kept body into an empty database beside: it must say the same."""
    other = await _empty_copy(ground)
    async with Database(other.access, {Role.WORKER: 8}, name="chaos rebuild") as database:
        await _process_all(other, database)
        rebuilt = await _digests(database, _VIEWS)
    original = await _digests(ground.database, _VIEWS)
    return [f"I5: {name} built anew are others" for name in _VIEWS if original[name] != rebuilt[name]]


async def _process_all(installation: Installation, database: Database) -> None:
    install_reactions(flow.REACTIONS)
    worker = Worker(installation, database)
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute(_REPLAY)
    while await worker.process_once():
        pass
    while await worker.sum_once():
        pass


async def _digests(database: Database, queries: dict[str, str]) -> dict[str, str]:
    async with database.transaction(role=Role.WORKER) as transaction:
        return {
            name: await transaction.scalar(
                f"SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM ({query}) t"
            )
            for name, query in queries.items()
        }


async def _empty_copy(ground: Ground) -> Installation:
    """An installation on an empty database of the same server, with the same tenants and receipts."""
    attached, key = ground.installation.attached, ground.installation.master_key
    assert attached is not None
    name = f"rebuilt_{new_id().hex[-8:]}"
    superuser = await psycopg.AsyncConnection.connect(attached.conninfo(), autocommit=True)
    async with superuser:
        made = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER_NAME))
        await superuser.execute(made)
    owner = attached.conninfo(user=OWNER_NAME, password=key.derive("database owner").hex(), dbname=name)
    access = DatabaseAccess.derived(owner, key.derive("database roles"))
    other = Installation(ground.settings, key, access, None)
    await other.prepare()
    await migrate_queue(other.access)
    await _copy(attached.conninfo(dbname="convertos"), attached.conninfo(dbname=name))
    return other


async def _copy(source: str, target: str) -> None:
    async with (
        await psycopg.AsyncConnection.connect(source, autocommit=True) as reading,
        await psycopg.AsyncConnection.connect(target) as writing,
    ):
        for table in _COPIED:
            name = sql.Identifier(table)
            out = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT (FORMAT binary)").format(name)
            into = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(name)
            async with reading.cursor().copy(out) as outgoing, writing.cursor().copy(into) as incoming:
                async for chunk in outgoing:
                    await incoming.write(chunk)
