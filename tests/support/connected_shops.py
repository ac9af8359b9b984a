"""A simulated store that is connected, and what the tables say of it beside what it says itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from convertos.connections.model import Connection
from convertos.connections.store import find_connection
from convertos.core.database import Database, Role, TenantScope
from convertos.core.installation import Installation
from convertos.sync.model import EntityProgress, Sync, SyncKind, SyncReason
from convertos.sync.request import read_sync, request_sync
from convertos.sync.run import Ending, run_sync
from convertos.sync.store.keys import StoredKeys, write_access
from convertos.sync.stores import Stores, sealed_keys
from tests.simulators.woocommerce import RunningShop, Shop, run_shop
from tests.support.house import House
from tests.support.tenants import Source, Tenant, make_source


@dataclass
class Pauses:
    """Sleeps that take no time, and how long they would have been."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@dataclass
class ConnectedShop:
    """A store with its connection."""

    running: RunningShop
    source: Source
    stores: Stores
    pauses: Pauses
    house: House

    @property
    def shop(self) -> Shop:
        return self.running.shop

    @property
    def scope(self) -> TenantScope:
        return TenantScope(None, (self.source.client_id,))

    async def connection(self) -> Connection:
        async with self.stores.work(self.scope) as transaction:
            found = await find_connection(transaction, self.source.public_id)
        assert found is not None
        return found

    async def request(self, kind: SyncKind = SyncKind.INCREMENTAL, *entities: str) -> UUID:
        connection = await self.connection()
        async with self.stores.work(self.scope) as transaction:
            return await request_sync(
                transaction, connection, kind=kind, reason=SyncReason.HAND, entities=entities
            )

    async def sync(self, kind: SyncKind = SyncKind.INCREMENTAL, *entities: str) -> Ending:
        """Ask for a sync, run it, and let everything be processed."""
        ending = await self.run(await self.request(kind, *entities))
        await self.house.settle()
        return ending

    async def run(self, sync_id: UUID) -> Ending:
        ending = await run_sync(self.stores, self.source.client_id, sync_id)
        assert ending is not None
        return ending

    async def read(self, sync_id: UUID) -> tuple[Sync, dict[str, EntityProgress]]:
        async with self.stores.work(self.scope) as transaction:
            sync, progress = await read_sync(transaction, sync_id)
        return sync, {each.entity: each for each in progress}

    async def tables(self) -> dict[str, dict[str, Any]]:
        """What the ledger says of the store, in the words of `truth`."""
        async with self.stores.work(self.scope) as transaction:
            orders = await transaction.rows(
                """
                SELECT external_id, status, total, refunded_total, currency, customer_email FROM orders
                WHERE client_id = %s AND store_id = %s AND NOT is_deleted AND standing <> 'trashed'
                """,
                (self.source.client_id, self.source.store_id),
            )
            customers = await transaction.rows(
                "SELECT external_id, email, role FROM customers WHERE client_id = %s AND NOT is_deleted",
                (self.source.client_id,),
            )
            products = await transaction.rows(
                "SELECT external_id, name, price FROM products WHERE client_id = %s AND NOT is_deleted",
                (self.source.client_id,),
            )
        return {
            "orders": {row.pop("external_id"): row for row in orders},
            "customers": {row.pop("external_id"): row for row in customers},
            "products": {row.pop("external_id"): row for row in products},
        }

    def truth(self) -> dict[str, dict[str, Any]]:
        """What the store itself says."""
        return {
            "orders": {str(order["id"]): _order(order) for order in self.shop.listed("orders")},
            "customers": {
                str(each["id"]): {"email": each["email"], "role": each["role"]}
                for each in self.shop.listed("customers")
            },
            "products": {
                str(each["id"]): {"name": each["name"], "price": Decimal(each["price"])}
                for each in self.shop.listed("products")
            },
        }

    async def access_log(self) -> list[dict[str, Any]]:
        async with self.stores.work(self.scope) as transaction:
            return await transaction.rows(
                "SELECT * FROM access_log WHERE client_id = %s AND connection_id = %s ORDER BY call_id",
                (self.source.client_id, self.source.connection_id),
            )


def _order(order: dict[str, Any]) -> dict[str, Any]:
    refunded = -sum((Decimal(refund["total"]) for refund in order["refunds"]), Decimal(0))
    return {
        "status": order["status"],
        "total": Decimal(order["total"]),
        "refunded_total": refunded,
        "currency": order["currency"],
        "customer_email": order["billing"]["email"],
    }


@asynccontextmanager
async def connected_shop(
    house: House, database: Database, tenant: Tenant, shop: Shop | None = None
) -> AsyncIterator[ConnectedShop]:
    """A store on a loopback port, connected with its first pair of keys."""
    installation, pauses = house.installation, Pauses()
    stores = Stores(database, installation.vault, Role.WORKER, allows_private=True, sleep=pauses)
    async with run_shop(shop) as running:
        source = await make_source(database, installation, tenant, domain=f"127.0.0.1:{running.port}")
        await give_keys(database, installation, source, running)
        yield ConnectedShop(running, source, stores, pauses, house)


async def give_keys(
    database: Database, installation: Installation, source: Source, running: RunningShop
) -> None:
    """Keep the store's first keys for a connection."""
    key = running.shop.keys[0]
    credentials = {"consumer_key": key.consumer_key, "consumer_secret": key.consumer_secret}
    keys = StoredKeys(
        address=running.address,
        ciphertext=sealed_keys(installation.vault, source.client_id, source.connection_id, credentials),
        remembered={},
        details={},
        cautions=[],
        refused=None,
    )
    async with database.transaction(role=Role.WORKER) as transaction:
        await write_access(transaction, source.client_id, source.connection_id, keys)
