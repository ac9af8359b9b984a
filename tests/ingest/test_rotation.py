"""While secrets change under load, nobody with a living secret is refused, and nobody else is let in.

Source: reliability.md §4 B12.
"""

import asyncio
import random
import secrets
from datetime import datetime, timedelta

import httpx

from convertos.connections.directory import belongs_to
from convertos.connections.model import MOST_LIVING_SECRETS
from convertos.core.database import Database, Role
from convertos.core.ids import new_id
from convertos.core.installation import Installation
from convertos.platforms import Locator
from tests.support.door import RunningDoor
from tests.support.receipts import receipts_of, rejections_of
from tests.support.senders import event, send_event
from tests.support.tenants import Source

GRACE = timedelta(hours=24)
ROTATIONS = 5
DELIVERIES = 200


async def rotate(database: Database, installation: Installation, site: Source, now: datetime) -> str:
    """A new secret; the present one lives on for the grace, and those before the present one end."""
    fresh = secrets.token_hex(32)
    owner = belongs_to(site.client_id, site.connection_id, "secret")
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute(
            """
            UPDATE connection_secrets SET expires_at = CASE WHEN expires_at IS NULL THEN %s ELSE %s END
            WHERE client_id = %s AND connection_id = %s
            """,
            (now + GRACE, now, site.client_id, site.connection_id),
        )
        await transaction.execute(
            """
            INSERT INTO connection_secrets (client_id, connection_id, secret_id, ciphertext)
            VALUES (%s, %s, %s, %s)
            """,
            (site.client_id, site.connection_id, new_id(), installation.vault.encrypt(fresh.encode(), owner)),
        )
    return fresh


async def test_under_load_the_new_and_the_old_secret_verify_and_no_other(
    http: httpx.AsyncClient,
    door: RunningDoor,
    database: Database,
    installation: Installation,
    site: Source,
) -> None:
    """Five rotations: two hundred deliveries during each, with either secret; one with neither is refused."""
    chance, known = random.Random(12), [site.secret]
    for _ in range(ROTATIONS):
        rotating = asyncio.create_task(rotate(database, installation, site, door.clock.now))
        # The present one is old or still new, depending on how far the rotation is: both are good.
        during = [
            send_event(http, site, event(), secret=known[-1], at=chance.choice([None, door.clock.now]))
            for _ in range(DELIVERIES)
        ]
        assert {answer.status_code for answer in await asyncio.gather(*during)} == {200}
        known.append(await rotating)
        door.directory.forget(site.public_id)
        after = await asyncio.gather(
            *(send_event(http, site, event(), secret=secret) for secret in [known[-1], known[-2]] * 5)
        )
        assert {answer.status_code for answer in after} == {200}
        assert (await send_event(http, site, event(), secret="neither")).status_code == 401
        if len(known) > 2:
            assert (await send_event(http, site, event(), secret=known[-3])).status_code == 401
    await door.rejections.flush()
    assert len(await receipts_of(database, site)) == ROTATIONS * (DELIVERIES + 10)
    assert await rejections_of(database, site) == {"signature_invalid": 2 * ROTATIONS - 1}
    (connection,) = await door.directory.find_afresh(Locator(site.public_id))
    assert len(connection.living_secrets(door.clock.now)) == 2 <= MOST_LIVING_SECRETS


async def test_a_second_after_the_grace_only_the_new_one_verifies(
    http: httpx.AsyncClient,
    door: RunningDoor,
    database: Database,
    installation: Installation,
    site: Source,
) -> None:
    """24 hours to the second, with the same door that has remembered both."""
    fresh = await rotate(database, installation, site, door.clock.now)
    began = door.clock.now
    try:
        for moment, old in ((GRACE - timedelta(seconds=1), 200), (GRACE + timedelta(seconds=1), 401)):
            door.clock.now = began + moment
            assert (await send_event(http, site, event(), secret=fresh)).status_code == 200
            assert (await send_event(http, site, event())).status_code == old
    finally:
        door.clock.now = began
