"""What nobody needs any more is dropped."""

from tests.support.callers import key_of
from tests.support.house import House
from tests.support.people import browser_of, make_person
from tests.support.tenants import Tenant

from convertos.core.database import Database, Role
from convertos.tenancy.store.repeats import forget_old_repeats
from convertos.tenancy.store.sessions import forget_ended_sessions


async def test_ended_sessions_and_old_answers_go(house: House, database: Database, tenant: Tenant) -> None:
    """Sessions, grants and kept answers leave the database when their time is over, and not before."""
    key = await key_of(database, house.installation, tenant)
    async with await browser_of(house, database, await make_person(database, tenant)) as http:
        await http.post(
            "/api/clients", json={"name": "Noir", "timezone": "UTC"}, headers={"Idempotency-Key": "k"}
        )
        await http.post("/api/auth/token", json={"apiKey": key})
    tables = ("sessions", "token_grants", "idempotency_keys")

    async def left() -> list[int]:
        async with database.transaction(role=Role.WORKER) as transaction:
            await forget_old_repeats(transaction)
            await forget_ended_sessions(transaction)
            query = "SELECT count(*) FROM {} WHERE organization_id = %s"
            return [await transaction.scalar(query.format(t), (tenant.organization_id,)) for t in tables]

    assert await left() == [1, 1, 1]
    async with database.transaction(role=Role.WORKER) as transaction:
        for table, column in zip(tables, ("expires_at", "expires_at", "created_at"), strict=True):
            await transaction.execute(
                f"UPDATE {table} SET {column} = now() - interval '25 hours' WHERE organization_id = %s",
                (tenant.organization_id,),
            )
    assert await left() == [0, 0, 0]
