"""Runs a sync and is killed at a page: run as a program, it dies or ends."""

import asyncio
import json
import math
import os
import signal
import sys
from uuid import UUID

from convertos.core.crypto import MasterKey, Vault
from convertos.core.database import Database, DatabaseAccess, Role
from convertos.platforms.remote import Entity, Page
from convertos.platforms.shopify import bulk
from convertos.platforms.woocommerce import walk
from convertos.sync.run import _Run, run_sync
from convertos.sync.stores import OpenStore, Stores

_keep = _Run._keep


def _die_at(point: str, number: int) -> None:
    seen = 0

    async def keep(self: _Run, opened: OpenStore, entity: Entity, page: Page) -> None:
        nonlocal seen
        seen += 1
        if point == "before" and seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        await _keep(self, opened, entity, page)
        if point == "after" and seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    _Run._keep = keep  # type: ignore[method-assign]  # the fault that is tested


async def main() -> None:
    addresses, key, client_id, sync_id, point, number = sys.argv[1:]
    conninfo = {Role(name): address for name, address in json.loads(addresses).items()}
    _die_at(point, int(number))
    # A busy machine makes a quick store look slow, and slow ones are asked for two pages at a time.
    walk._SLOW_PAGE_SECONDS = math.inf
    # More pages to die at.
    bulk.LARGEST_PAGE = 250
    async with Database(DatabaseAccess(conninfo, creates_roles=False), {Role.WORKER: 2}) as database:
        stores = Stores(database, Vault(MasterKey(bytes.fromhex(key))), Role.WORKER, allows_private=True)
        await run_sync(stores, UUID(client_id), UUID(sync_id))


if __name__ == "__main__":
    asyncio.run(main())
