"""Rows that have lost what they belong to are found: the tables of the hot path have no foreign keys."""

from datetime import UTC, datetime

from convertos.attribution import store as attribution
from convertos.core.database import Database, Role
from convertos.ingest.store import orphans as receipts
from convertos.ledger.store import orphans as ledger
from convertos.records import LeadRecord, OrderItem, OrderRecord, Person, Version
from tests.ledger.conftest import Stage

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MARIA = Person(email="maria@shop.example")


async def count(database: Database) -> dict[str, int]:
    async with database.transaction(role=Role.WORKER) as transaction:
        found: dict[str, int] = {}
        for domain in (ledger, attribution, receipts):
            found |= await domain.count_orphans(transaction)
        return found


async def test_what_was_lost_is_counted(stage: Stage) -> None:
    """A whole ledger has no orphans; whatever somebody deletes by other ways leaves some."""
    await stage.wipe()
    before = await count(stage.database)
    version = Version(at=NOON, rank=0, digest="")
    await stage.tell(
        [
            ("webhook", OrderRecord(external_id="1", version=version, person=MARIA, items=(OrderItem(),))),
            ("webhook", OrderRecord(external_id="2", version=version, person=MARIA)),
            ("webhook", LeadRecord(external_id="1", person=MARIA, registered_at=NOON)),
        ]
    )
    assert await count(stage.database) == before
    async with stage.database.transaction(role=Role.WORKER) as transaction:
        for condition in (
            "credits WHERE subject_kind = 'lead'",
            "contacts WHERE true",
            "orders WHERE external_id = '1'",
        ):
            await transaction.execute(
                f"DELETE FROM {condition} AND client_id = %s", (stage.source.client_id,)
            )
    after = await count(stage.database)
    assert {name: after[name] - before[name] for name in after} == {
        "orders without their contact": 1,
        "items without their order": 1,
        "identifiers without their contact": 1,
        "orders without credit": 0,
        "leads without credit": 1,
        "credits for nothing": 1,
        "waiting receipts that are gone": 0,
    }
    await stage.wipe()
