"""Work that runs later."""

from tests.support.house import House

from convertos.core.database import Database, Role


async def test_the_schedule_is_kept(house: House, database: Database) -> None:
    """What is due every minute or hour is put into the queue by whichever worker runs."""
    await house.run_jobs()
    async with database.transaction(role=Role.WORKER) as transaction:
        rows = await transaction.tuples("SELECT DISTINCT task_name FROM procrastinate_periodic_defers")
    assert ("jobs.sweep_stalled",) in rows
