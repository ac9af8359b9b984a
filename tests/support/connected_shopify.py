"""A simulated Shopify store that is connected, and what the tables say of it beside what it says itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from convertos.connections.model import Connection
from convertos.connections.store import find_connection
from convertos.core.database import Database, Role, TenantScope
from convertos.sync.model import EntityProgress, Sync, SyncKind, SyncReason
from convertos.sync.request import read_sync, request_sync
from convertos.sync.run import Ending, run_sync
from convertos.sync.store.keys import StoredKeys, write_access
from convertos.sync.stores import Stores, sealed_keys
from tests.simulators.shopify.calls import Clock
from tests.simulators.shopify.server import run_store
from tests.simulators.shopify.store import Store
from tests.simulators.shopify.truth import Node, Truth
from tests.support.house import House
from tests.support.tenants import Source, Tenant, make_source

Tables = dict[str, dict[str, Any]]


@dataclass
class ConnectedShopify:
    """A store with its connection; pauses turn the store's clock and take no time."""

    store: Store
    clock: Clock
    source: Source
    stores: Stores
    house: House

    async def pauses(self, seconds: float) -> None:
        """Sleep as the store's clock has it."""
        self.clock.turn(seconds)

    async def connection(self) -> Connection:
        async with self.stores.work(self.scope) as transaction:
            found = await find_connection(transaction, self.source.public_id)
        assert found is not None
        return found

    @property
    def scope(self) -> TenantScope:
        return TenantScope(None, (self.source.client_id,))

    async def request(self, kind: SyncKind = SyncKind.INCREMENTAL, *entities: str) -> UUID:
        connection = await self.connection()
        async with self.stores.work(self.scope) as transaction:
            return await request_sync(
                transaction, connection, kind=kind, reason=SyncReason.HAND, entities=entities
            )

    async def run(self, sync_id: UUID) -> Ending:
        ending = await run_sync(self.stores, self.source.client_id, sync_id)
        assert ending is not None
        return ending

    async def sync(self, kind: SyncKind = SyncKind.INCREMENTAL, *entities: str) -> Ending:
        """Ask for a sync, run it, and let everything be processed."""
        ending = await self.run(await self.request(kind, *entities))
        await self.house.settle()
        return ending

    async def read(self, sync_id: UUID) -> tuple[Sync, dict[str, EntityProgress]]:
        async with self.stores.work(self.scope) as transaction:
            sync, progress = await read_sync(transaction, sync_id)
        return sync, {each.entity: each for each in progress}

    async def tables(self) -> Tables:
        """What the ledger says of the store, in the words of `truth`."""
        ids = (self.source.client_id, self.source.store_id)
        async with self.stores.work(self.scope) as transaction:
            orders = await transaction.rows(
                """
                SELECT o.external_id, o.status, o.total, o.refunded_total, o.currency, o.customer_email,
                       (SELECT count(*)::int FROM order_items i
                        WHERE i.client_id = o.client_id AND i.order_id = o.order_id) AS lines
                FROM orders o WHERE o.client_id = %s AND o.store_id = %s AND NOT o.is_deleted
                """,
                ids,
            )
            customers = await transaction.rows(
                "SELECT external_id, email FROM customers WHERE client_id = %s AND store_id = %s AND NOT is_deleted",
                ids,
            )
            products = await transaction.rows(
                """
                SELECT p.external_id, p.name, p.price,
                       (SELECT count(*)::int FROM product_variants v
                        WHERE v.client_id = p.client_id AND v.store_id = p.store_id
                          AND v.product_external_id = p.external_id) AS variants
                FROM products p WHERE p.client_id = %s AND p.store_id = %s AND NOT p.is_deleted
                """,
                ids,
            )
        named = {"orders": orders, "customers": customers, "products": products}
        return {word: {row.pop("external_id"): row for row in rows} for word, rows in named.items()}

    def truth(self) -> Tables:
        """What the store itself says."""
        truth = self.store.truth
        return {
            "orders": {str(number): _order(order) for number, order in truth.orders.items()},
            "customers": {
                str(number): {"email": customer["defaultEmailAddress"]["emailAddress"]}
                for number, customer in truth.customers.items()
            },
            "products": {
                str(number): {
                    "name": product["title"],
                    "price": min(Decimal(variant["price"]) for variant in product["variants"]),
                    "variants": len(product["variants"]),
                }
                for number, product in truth.products.items()
            },
        }


def _order(order: Node) -> dict[str, Any]:
    refunds = (refund["totalRefundedSet"]["shopMoney"]["amount"] for refund in order["refunds"])
    return {
        "status": "cancelled" if order["cancelledAt"] else order["displayFinancialStatus"].lower(),
        "total": Decimal(order["totalPriceSet"]["shopMoney"]["amount"]),
        "refunded_total": sum(map(Decimal, refunds), Decimal(0)),
        "currency": "EUR",
        "customer_email": order["email"],
        "lines": len(order["lineItems"]),
    }


@asynccontextmanager
async def connected_shopify(
    house: House, database: Database, tenant: Tenant, truth: Truth
) -> AsyncIterator[ConnectedShopify]:
    """A store on a loopback port, connected with its app's own credentials."""
    installation, clock = house.installation, Clock(datetime.now(UTC))

    async def sleep(seconds: float) -> None:
        clock.turn(seconds)

    stores = Stores(database, installation.vault, Role.WORKER, allows_private=True, clock=clock, sleep=sleep)
    async with run_store(truth, clock, installation.settings) as store:
        domain = store.url.removeprefix("http://")
        secret = store.tokens.client_secret
        source = await make_source(database, installation, tenant, "shopify", domain=domain, secret=secret)
        await _give_keys(database, house, source, store)
        yield ConnectedShopify(store, clock, source, stores, house)


async def _give_keys(database: Database, house: House, source: Source, store: Store) -> None:
    credentials = {
        "client_id": store.tokens.client_id,
        "client_secret": store.tokens.client_secret,
        "mode": "client_credentials",
    }
    ids = (source.client_id, source.connection_id)
    keys = StoredKeys(
        address=store.url,
        ciphertext=sealed_keys(house.installation.vault, *ids, credentials),
        remembered={"scopes": sorted(store.scopes)},
        details={},
        cautions=[],
        refused=None,
    )
    async with database.transaction(role=Role.WORKER) as transaction:
        await write_access(transaction, *ids, keys)
