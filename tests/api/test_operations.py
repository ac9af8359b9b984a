"""What whoever runs ConvertOS asks it."""

from uuid import uuid4

from tests.support.house import House

from convertos.core.database import Database, Role
from convertos.core.heartbeats import beat


async def test_the_process_says_that_it_lives(house: House) -> None:
    """A supervisor learns that the process answers, without any other part being asked."""
    async with house.http() as http:
        answer = await http.get("/healthz")
        head = await http.head("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert (head.status_code, head.content) == (200, b"")


async def test_readiness_names_what_is_missing_and_what_waits(house: House, database: Database) -> None:
    """A load balancer learns whether database, worker and queue are ready, and which is not."""
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute("DELETE FROM worker_heartbeats")
    async with house.http() as http:
        silent = await http.get("/readyz")
        async with database.transaction(role=Role.WORKER) as transaction:
            await beat(transaction, uuid4(), {"waiting": 3, "parked": 1, "oldest_seconds": 2.5})
        working = await http.get("/readyz")
        async with database.transaction(role=Role.WORKER) as transaction:
            await beat(transaction, uuid4(), {"waiting": 3, "parked": 1, "oldest_seconds": 900})
        late = await http.get("/readyz")
    assert (silent.status_code, silent.json()["database"], silent.json()["worker"]) == (503, True, False)
    assert silent.headers["retry-after"] == "5"
    assert (working.status_code, working.json()["ready"]) == (200, True)
    assert (late.status_code, late.json()["worker"], late.json()["queue"]) == (503, True, False)
    assert late.json()["oldestWaitingSeconds"] >= 900


async def test_prometheus_reads_the_queue_from_the_web_process(house: House, database: Database) -> None:
    """Figures of the queue are there although another process works it off."""
    async with database.transaction(role=Role.WORKER) as transaction:
        await beat(transaction, uuid4(), {"waiting": 7, "parked": 2, "oldest_seconds": 1})
    async with house.http() as http:
        text = (await http.get("/metrics")).text
    assert "convertos_receipts_waiting 7.0" in text
    assert "convertos_http_seconds_bucket" in text
