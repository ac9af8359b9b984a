"""The door that most of these tests knock at."""

from collections.abc import AsyncIterator

import httpx
import pytest

from convertos.core.installation import Installation
from tests.support.door import RunningDoor, run_door


@pytest.fixture(scope="session")
async def door(installation: Installation) -> AsyncIterator[RunningDoor]:
    """A door whose clock stands where a test puts it, and whose counters can be written at will."""
    async with run_door(installation) as running:
        yield running


@pytest.fixture
async def http(door: RunningDoor) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that door."""
    async with door.http() as client:
        yield client
