"""A short run of chaos, and the proof that its judge can tell a broken ledger from a good one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from tests.chaos.acts import names_of_faults
from tests.chaos.commerce import CANARY
from tests.chaos.rebuild import rebuild, replay
from tests.chaos.run import Run, chaos

pytestmark = pytest.mark.slow

SEED = 20261121
SECONDS = 60.0
EVENTS = 400


async def test_nothing_is_lost_or_counted_twice_whatever_is_killed(tmp_path: Path) -> None:
    """A minute of kill -9 at every step of web and worker, of PostgreSQL, and of all at once, under load."""
    report = await chaos(tmp_path, seconds=SECONDS, seed=SEED)
    print(report)  # noqa: T201 - says in CI what was done
    assert report.breaches == []
    assert report.events["acknowledged"] > 500
    assert report.faults.keys() == set(names_of_faults())


@pytest.fixture(scope="module")
async def quiet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Run]:
    """Shops that have sold for a moment, and whose every event is processed."""
    run = Run(tmp_path_factory.mktemp("quiet"), SEED)
    await run.build()
    with run.journal:
        await run.load().run(most=EVENTS)
        assert await run.drain() == []
        yield run
    await run.ground.clear()


async def change(run: Run, statement: LiteralString) -> None:
    """Do by hand what no process of ours would do."""
    attached = run.ground.installation.attached
    assert attached is not None
    superuser = await psycopg.AsyncConnection.connect(attached.conninfo(dbname="convertos"), autocommit=True)
    async with superuser:
        cursor = await superuser.execute(statement)
        assert cursor.rowcount == 1


_WRONGS: list[tuple[str, LiteralString]] = [
    (
        "I3: orders missing",
        "DELETE FROM orders WHERE order_id = (SELECT order_id FROM orders WHERE is_counted LIMIT 1)",
    ),
    (
        "I3: contacts missing",
        """
        UPDATE contacts SET total_spent = total_spent + 1
        WHERE contact_id = (SELECT contact_id FROM contacts WHERE total_orders > 0 LIMIT 1)
        """,
    ),
    (
        "I3: revenue missing",
        """
        UPDATE day_sums SET revenue = revenue + 0.01
        WHERE ctid = (SELECT ctid FROM day_sums WHERE detail = 2 AND orders > 0 LIMIT 1)
        """,
    ),
    (
        "I1: acknowledged, but not kept",
        "DELETE FROM receipts WHERE receipt_id = (SELECT receipt_id FROM receipts LIMIT 1)",
    ),
    (
        "I1: kept, but never sent",
        "UPDATE receipts SET body = body || ' ' WHERE receipt_id = (SELECT receipt_id FROM receipts LIMIT 1)",
    ),
    (
        "I1: kept more than once",
        """
        INSERT INTO receipts
        SELECT client_id, (left(receipt_id::text, 24) || left(md5(body), 12))::uuid, connection_id, key, door,
               event_type, event_id, received_at, headers, body
        FROM receipts ORDER BY receipt_id DESC LIMIT 1
        """,
    ),
    (
        "I4: not processed",
        """
        UPDATE receipt_keys SET outcome = NULL
        WHERE key = (SELECT key FROM receipt_keys WHERE outcome = 'processed' LIMIT 1)
        """,
    ),
    (
        "I4: ",
        """
        UPDATE inbox SET error_code = 'gave_up', receipt_id = (
            SELECT receipt_id FROM receipts r JOIN receipt_keys k USING (client_id, receipt_id)
            WHERE client_id = inbox.client_id AND outcome = 'processed' LIMIT 1)
        WHERE receipt_id = (SELECT receipt_id FROM inbox LIMIT 1)
        """,
    ),
    (
        "I6: ",
        """
        UPDATE orders o SET contact_id = (SELECT contact_id FROM contacts c WHERE c.client_id <> o.client_id LIMIT 1)
        WHERE order_id = (SELECT order_id FROM orders LIMIT 1)
        """,
    ),
]


class TestJudge:
    async def test_finds_nothing_where_nothing_is_wrong(self, quiet: Run) -> None:
        """The tables are what follows from the journal, and are the same when they are made again."""
        assert await quiet.judge() == []
        assert await quiet.find_leaks() == []
        assert await replay(quiet.ground) == []
        assert await rebuild(quiet.ground) == []

    @pytest.mark.parametrize(("breach", "wrong"), _WRONGS)
    async def test_sees_a_single_wrong_row(self, quiet: Run, breach: str, wrong: LiteralString) -> None:
        """Lost, doubled, stolen or altered by hand: each is named. (Breaks more and more of the same ledger.)"""
        await change(quiet, wrong)
        found = await quiet.judge()
        assert [each for each in found if each.startswith(breach)], found

    async def test_sees_what_only_building_anew_shows(self, quiet: Run) -> None:
        """A column that follows from no invariant is still a function of the bodies."""
        one = "order_id = (SELECT order_id FROM orders LIMIT 1)"
        await change(quiet, f"UPDATE orders SET number = 'by hand' WHERE {one}")
        assert "I5: orders built anew are others" in await rebuild(quiet.ground)

    async def test_sees_personal_data_in_a_log(self, quiet: Run) -> None:
        """A name in one line of one log is a leak."""
        with (quiet.ground.home / "worker.log").open("a") as log:
            log.write(f"{CANARY} has bought something\n")
        assert await quiet.find_leaks() == [f"I7: worker.log shows {CANARY!r}"]
