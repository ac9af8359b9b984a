"""The kept bodies that tell of somebody erased are deleted, and no others."""

import pytest

from convertos.core.database import Database, Role
from convertos.ledger.suppression import Suppression
from convertos.privacy.kept_bodies import forget_all
from tests.support.callers import program_of
from tests.support.house import House
from tests.support.senders import event, send_event
from tests.support.tenants import Source, Tenant

pytestmark = pytest.mark.usefixtures("nothing_waits")


async def bodies(database: Database, tenant: Tenant) -> list[bytes]:
    async with database.transaction(role=Role.WORKER) as transaction:
        rows = await transaction.tuples(
            "SELECT body FROM receipts WHERE client_id = %s ORDER BY receipt_id", (tenant.client_id,)
        )
    return [bytes(row[0]) for row in rows]


async def test_kept_bodies(house: House, database: Database, tenant: Tenant, site: Source) -> None:
    """After somebody was erased, their name is in no kept body; a repeat is still told to be one."""
    canary = event("lead.created", email="canary@shop.example", phone="+302109876543", first_name="Canary")
    family = event("lead.created", email="other@shop.example", phone="+302109876543")
    sent = [canary, family, event("order.created", order_id="1", email=" CANARY@shop.example"), event("test")]
    async with house.http() as http:
        for each in sent:
            await send_event(http, site, each)
    await house.settle()
    async with await program_of(house, database, tenant) as program:
        listed = (await program.get("/api/contacts", params={"search": "canary@"})).json()["contacts"]
        await program.delete(f"/api/contacts/{listed[0]['id']}")
    await house.run_jobs()
    kept = await bodies(database, tenant)
    assert [b"other@shop.example" in body for body in kept] == [True, False]
    assert not [body for body in kept if b"canary" in body.lower()]
    async with house.http() as http:
        again = await send_event(http, site, canary)
    assert again.json()["duplicate"] is True
    assert await forget_all(database, Suppression(house.installation.vault), tenant.client_id, 1) == 0
