"""While secrets change under load, nobody with a living secret is refused, and nobody else is let in.

Source: reliability.md §4 B12.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from convertos.connections.change import GRACE, rotate_secret
from convertos.connections.model import MOST_LIVING_SECRETS
from convertos.core.database import Database
from convertos.core.installation import Installation
from convertos.platforms import Locator
from tests.support.callers import console
from tests.support.door import RunningDoor
from tests.support.receipts import receipts_of
from tests.support.senders import event, send_event
from tests.support.tenants import Source, Tenant

ROTATIONS = 5
DELIVERIES = 200


Rotate = Callable[[], Awaitable[str]]


@pytest.fixture
def rotate(
    door: RunningDoor, database: Database, installation: Installation, tenant: Tenant, site: Source
) -> Rotate:
    """Makes a new secret, as its owner does, at the door's time."""

    async def rotate() -> str:
        async with database.transaction(tenant.scope) as transaction:
            issued = await rotate_secret(
                transaction, console(tenant), installation.vault, site.public_id, clock=door.clock
            )
        return issued.secret

    return rotate


async def test_under_load_the_new_and_the_old_secret_verify_and_no_other(
    http: httpx.AsyncClient,
    door: RunningDoor,
    database: Database,
    site: Source,
    rotate: Rotate,
) -> None:
    """Five rotations, two hundred deliveries during each: the newest three secrets are good, all others are not."""
    chance, known = random.Random(12), [site.secret]
    for _ in range(ROTATIONS):
        rotating = asyncio.ensure_future(rotate())
        # The present one is old or still new, depending on how far the rotation is: both are good.
        during = [
            send_event(http, site, event(), secret=known[-1], at=chance.choice([None, door.clock.now]))
            for _ in range(DELIVERIES)
        ]
        assert {answer.status_code for answer in await asyncio.gather(*during)} == {200}
        known.append(await rotating)
        door.directory.forget(site.public_id)
        after = await asyncio.gather(
            *(send_event(http, site, event(), secret=secret) for secret in known[-MOST_LIVING_SECRETS:])
        )
        assert {answer.status_code for answer in after} == {200}
        assert (await send_event(http, site, event(), secret="neither")).status_code == 401
        for secret in known[:-MOST_LIVING_SECRETS]:
            assert (await send_event(http, site, event(), secret=secret)).status_code == 401
    assert len(await receipts_of(database, site)) == ROTATIONS * (DELIVERIES + MOST_LIVING_SECRETS) - 1
    (connection,) = await door.directory.find_afresh(Locator(site.public_id))
    assert len(connection.living_secrets(door.clock.now)) == MOST_LIVING_SECRETS


async def test_a_second_after_the_grace_only_the_new_one_verifies(
    http: httpx.AsyncClient,
    door: RunningDoor,
    site: Source,
    rotate: Rotate,
) -> None:
    """24 hours to the second, with the same door that has remembered both."""
    assert timedelta(hours=24) == GRACE
    fresh = await rotate()
    began = door.clock.now
    try:
        for moment, old in ((GRACE - timedelta(seconds=1), 200), (GRACE + timedelta(seconds=1), 401)):
            door.clock.now = began + moment
            assert (await send_event(http, site, event(), secret=fresh)).status_code == 200
            assert (await send_event(http, site, event())).status_code == old
    finally:
        door.clock.now = began
