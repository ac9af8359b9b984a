"""One bad receipt is set aside with its reason; whatever came with it is done.

Source: reliability.md B9: poison of each exception class, and an event that kills its worker, is quarantined
after some attempts that are counted before they run; others flow.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from convertos.core.database import Database, Role
from convertos.core.errors import UnavailableError
from convertos.core.ids import new_id
from convertos.core.installation import Installation
from convertos.ingest.isolate import MOST_ATTEMPTS, process_isolated
from convertos.ingest.keep import Keeper, new_receipt
from convertos.ingest.store import LEASE_SECONDS, Claimed, LostClaimError, Outcome, claim, finish, hold
from convertos.jobs.schema import migrate_queue
from convertos.platforms import Delivery
from tests.conftest import make_database
from tests.ingest.programs.doomed_worker import DEADLY, DIED
from tests.support.receipts import receipts_of
from tests.support.tenants import Source, make_source, make_tenant

Fault = Callable[[Database], Awaitable[None]]
PROGRAM = Path(__file__).parent / "programs" / "doomed_worker.py"


@pytest.fixture(scope="module")
async def place(superuser_conninfo: str) -> Installation:
    """An installation that only these tests share."""
    made = await make_database(superuser_conninfo)
    await made.prepare()
    await migrate_queue(made.access)
    return made


@pytest.fixture
async def own(place: Installation) -> AsyncIterator[Database]:
    """A database in which nothing waits but what the test sends."""
    sizes = {Role.APP: 2, Role.INGEST: 2, Role.WORKER: 4}
    async with Database(place.access, sizes, name="tests of isolation") as database:
        async with database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute("DELETE FROM inbox")
            await transaction.execute("DELETE FROM claims")
        yield database


@pytest.fixture
async def source(own: Database, place: Installation) -> Source:
    return await make_source(own, place, await make_tenant(own), "wordpress")


async def keep(database: Database, source: Source, bodies: Sequence[bytes]) -> None:
    keeper = Keeper(database)
    for number, body in enumerate(bodies):
        made = new_receipt(
            Delivery(key=(str(number),), event_type="lead.created", event_id=f"e{number}", body=body),
            client_id=source.client_id,
            connection_id=source.connection_id,
            door="plugin",
            headers=b"{}",
            received_at=datetime.now(UTC),
        )
        await keeper.keep(made)


async def claimed(database: Database, limit: int = 1000) -> tuple[UUID, list[Claimed]]:
    claim_id = new_id()
    async with database.transaction(role=Role.WORKER) as transaction:
        return claim_id, await claim(transaction, claim_id, limit, LEASE_SECONDS)


async def run_out_of_time(database: Database) -> None:
    """Let every lease end, as if its worker had not been heard of for long."""
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute("UPDATE claims SET leased_until = now() - interval '1 second'")
        await transaction.execute("UPDATE inbox SET not_before = '-infinity'")


def failing(
    database: Database, claim_id: UUID, fault: Fault
) -> Callable[[Sequence[Claimed]], Awaitable[None]]:
    """Processing that does what it has to, in one transaction, and fails where a body is poison."""

    async def process(receipts: Sequence[Claimed]) -> None:
        async with database.transaction(role=Role.WORKER) as transaction:
            await hold(transaction, claim_id, LEASE_SECONDS)
            await finish(transaction, [_done(receipt) for receipt in receipts])
            for receipt in receipts:
                if receipt.body == b"poison":
                    await fault(database)

    return process


def _done(receipt: Claimed) -> Outcome:
    return Outcome(receipt.client_id, receipt.receipt_id, "processed", None)


async def work(database: Database, fault: Fault) -> None:
    claim_id, receipts = await claimed(database)
    await process_isolated(database, claim_id, receipts, failing(database, claim_id, fault))


def raising(error: Exception) -> Fault:
    async def fault(_: Database) -> None:
        raise error

    return fault


def asking(*statements: str) -> Fault:
    """A fault that PostgreSQL itself finds."""

    async def fault(database: Database) -> None:
        async with database.transaction(role=Role.WORKER) as transaction:
            for statement in statements:
                await transaction.execute(statement)

    return fault


_FAULTS: dict[str, Fault] = {
    "ValueError": raising(ValueError("not a number")),
    "KeyError": raising(KeyError("missing")),
    "TypeError": raising(TypeError("None")),
    "AssertionError": raising(AssertionError()),
    "RecursionError": raising(RecursionError("too deep")),
    "MemoryError": raising(MemoryError()),
    "UnicodeEncodeError": raising(UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")),
    "ArithmeticError": raising(ArithmeticError("overflow")),
    "OSError": raising(OSError(28, "No space left on device")),
    "ExceptionGroup": raising(ExceptionGroup("several", [ValueError("a")])),
    "DivisionByZero": asking("SELECT 1/0"),
    "InvalidTextRepresentation": asking("SELECT 'x'::int"),
    "UntranslatableCharacter": asking(r"""SELECT '"\u0000"'::jsonb"""),
    "UniqueViolation": asking(
        "CREATE TEMP TABLE IF NOT EXISTS one (id int UNIQUE) ON COMMIT DROP",
        "INSERT INTO one VALUES (1), (1)",
    ),
    "ProgramLimitExceeded": asking(
        "CREATE TEMP TABLE long (t text PRIMARY KEY) ON COMMIT DROP",
        "INSERT INTO long SELECT string_agg(md5(n::text), '') FROM generate_series(1, 400) n",
    ),
    "QueryCanceled": asking("SET LOCAL statement_timeout = 20", "SELECT pg_sleep(5)"),
}


class TestPoison:
    @pytest.mark.parametrize("name", _FAULTS)
    async def test_whatever_the_fault_only_the_poison_is_parked(
        self, own: Database, source: Source, name: str
    ) -> None:
        """Two of forty receipts fail; they are parked with the fault's name, and the others are done."""
        bodies = [b"good"] * 13 + [b"poison"] + [b"good"] * 20 + [b"poison"] + [b"good"] * 5
        await keep(own, source, bodies)
        await work(own, _FAULTS[name])
        rows = await receipts_of(own, source)
        assert [row["error_code"] for row in rows] == [name if body == b"poison" else None for body in bodies]
        assert [row["outcome"] for row in rows] == [
            None if body == b"poison" else "processed" for body in bodies
        ]
        assert [row["error"] for row in rows if row["is_parked"]]
        assert (await claimed(own))[1] == []

    async def test_what_the_database_says_about_a_row_is_not_repeated(
        self, own: Database, source: Source
    ) -> None:
        """The reason that people read names the fault, and not the personal data in the row."""
        await keep(own, source, [b"poison"])
        await work(
            own,
            asking(
                "CREATE TEMP TABLE one (email text UNIQUE) ON COMMIT DROP",
                "INSERT INTO one VALUES ('ana@shop.example'), ('ana@shop.example')",
            ),
        )
        (row,) = await receipts_of(own, source)
        assert row["error_code"] == "UniqueViolation"
        assert "ana@shop.example" not in row["error"]


class TestPassingTrouble:
    @pytest.mark.parametrize(
        "error",
        [
            UnavailableError("away"),
            psycopg.errors.SerializationFailure("conflict"),
            psycopg.errors.DeadlockDetected("deadlock"),
            psycopg.errors.DiskFull("full"),
            psycopg.errors.TooManyConnections("many"),
            psycopg.errors.AdminShutdown("restart"),
            psycopg.errors.LockNotAvailable("locked"),
        ],
        ids=lambda error: type(error).__name__,
    )
    async def test_the_databases_own_trouble_is_no_fault_of_the_receipts(
        self, own: Database, source: Source, error: Exception
    ) -> None:
        """Nothing is parked or given up, however often it happens; when it is over, all is done together."""
        await keep(own, source, [b"good", b"poison", b"good"])
        for _ in range(MOST_ATTEMPTS + 2):
            await work(own, raising(error))
            assert [row["is_parked"] for row in await receipts_of(own, source)] == [False] * 3
            await run_out_of_time(own)
        _, receipts = await claimed(own)
        assert [receipt.attempts for receipt in receipts] == [0, 0, 0]

    async def test_they_wait_a_moment_before_the_next_try(self, own: Database, source: Source) -> None:
        """A database in trouble is not asked again at once."""
        await keep(own, source, [b"poison"])
        await work(own, raising(psycopg.errors.DiskFull("full")))
        assert (await claimed(own))[1] == []

    async def test_a_receipt_that_the_database_may_have_died_of_is_suspect(
        self, own: Database, source: Source
    ) -> None:
        """Where the connection broke without a word, the next try is counted, and the last is the end."""
        await keep(own, source, [b"poison"])
        lost = UnavailableError("The database went away.")
        lost.__cause__ = psycopg.OperationalError("server closed the connection unexpectedly")
        for _ in range(MOST_ATTEMPTS + 1):
            await work(own, raising(lost))
            await run_out_of_time(own)
        (row,) = await receipts_of(own, source)
        assert (row["is_parked"], row["error_code"]) == (True, "gave_up")


class TestLostWorkers:
    async def test_a_receipt_that_kills_its_worker_is_given_up_and_the_others_are_done(
        self, own: Database, place: Installation, source: Source
    ) -> None:
        """After five dead workers the killer is parked; nothing that waited beside it is harmed."""
        good = json.dumps({"data": {"email": "a@shop.example"}}).encode()
        bodies = [good] * 30 + [good[:-1] + b',"x":"' + DEADLY + b'"}'] + [good] * 69
        await keep(own, source, bodies)
        deaths = 0
        while await _run_doomed_worker(place) == DIED:
            deaths += 1
            assert deaths <= MOST_ATTEMPTS
            await run_out_of_time(own)
        rows = await receipts_of(own, source)
        assert deaths == MOST_ATTEMPTS
        assert [row["error_code"] for row in rows] == [None] * 30 + ["gave_up"] + [None] * 69
        assert [row["outcome"] for row in rows] == ["processed"] * 30 + [None] + ["processed"] * 69

    async def test_a_worker_that_comes_back_from_the_dead_writes_nothing(
        self, own: Database, source: Source
    ) -> None:
        """Its claim has run out, others have the receipts: its work is dropped, theirs counts once."""
        await keep(own, source, [b"good"] * 3)
        slow_id, slow = await claimed(own)
        await run_out_of_time(own)
        quick_id, quick = await claimed(own)
        assert [receipt.receipt_id for receipt in quick] == [receipt.receipt_id for receipt in slow]
        assert [receipt.attempts for receipt in quick] == [1, 1, 1]
        with pytest.raises(LostClaimError):
            await failing(own, slow_id, raising(ValueError()))(slow)
        await process_isolated(own, slow_id, slow, failing(own, slow_id, raising(ValueError())))
        await process_isolated(own, quick_id, quick, failing(own, quick_id, raising(ValueError())))
        assert [row["attempts"] for row in await receipts_of(own, source)] == [2, 2, 2]

    async def test_what_one_worker_holds_no_other_takes(self, own: Database, source: Source) -> None:
        """Claims that are made at the same time share out the receipts and never overlap."""
        await keep(own, source, [b"good"] * 60)
        claims = await asyncio.gather(*(claimed(own, 25) for _ in range(4)))
        taken = [receipt.receipt_id for _, receipts in claims for receipt in receipts]
        assert (len(taken), len(set(taken))) == (60, 60)

    async def test_a_batch_is_bounded_by_its_bytes(self, own: Database, source: Source) -> None:
        """Twenty bodies of a megabyte are not read into memory at once; one larger body is a batch."""
        await keep(own, source, [os.urandom(1_000_000) for _ in range(20)])
        sizes: list[int] = []
        while (batch := (await claimed(own))[1]) and len(sizes) < 10:
            sizes.append(len(batch))
        assert sum(sizes) == 20
        assert max(sizes) <= 9


async def _run_doomed_worker(installation: Installation) -> int:
    addresses = json.dumps({role.value: address for role, address in installation.access.conninfo.items()})
    paths = os.pathsep.join(path for path in sys.path if path)
    # The embedded server's socket is addressed through a descriptor, which the program needs as well.
    descriptors = {int(number) for number in re.findall(r"/proc/self/fd/(\d+)", addresses)}
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        addresses,
        env={**os.environ, "PYTHONPATH": paths},
        pass_fds=sorted(descriptors),
    )
    return await program.wait()
