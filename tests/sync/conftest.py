"""A connected store for each test."""

import math
from collections.abc import AsyncIterator

import pytest

from convertos.core.database import Database
from convertos.platforms.woocommerce import walk
from tests.support.connected_shops import ConnectedShop, connected_shop
from tests.support.house import House
from tests.support.tenants import Tenant


@pytest.fixture(autouse=True)
def _store_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine makes a quick store look slow, and slow ones are asked for two pages at a time."""
    monkeypatch.setattr(walk, "_SLOW_PAGE_SECONDS", math.inf)


@pytest.fixture
async def connected(house: House, database: Database, tenant: Tenant) -> AsyncIterator[ConnectedShop]:
    """An empty WooCommerce store that is connected."""
    async with connected_shop(house, database, tenant) as found:
        yield found
