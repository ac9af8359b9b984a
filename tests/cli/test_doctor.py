"""`convertos doctor` names what is wrong and what to do about it."""

import json
import secrets
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from convertos.cli.checkup import Finding, examine
from convertos.core.database import Database, Role
from convertos.core.heartbeats import beat
from convertos.core.installation import Installation
from convertos.core.settings import Settings
from convertos.jobs.schema import migrate_queue
from tests.conftest import make_database

WELL = {"waiting": 3, "parked": 0, "oldest_seconds": 0.5}


@pytest.fixture(scope="module")
async def settings(superuser_conninfo: str) -> Settings:
    """Settings of an installation on a database of its own, which is up to date."""
    made = await make_database(superuser_conninfo)
    settings = Settings(
        database_url=SecretStr(made.access.conninfo[Role.OWNER]), secret_key=SecretStr(secrets.token_hex(32))
    )
    installation = Installation.find(settings)
    await installation.prepare()
    await migrate_queue(installation.access)
    return settings


@pytest.fixture
async def worker(settings: Settings) -> AsyncIterator[Database]:
    """The worker's way into it; none has given a sign of life yet."""
    access = Installation.find(settings).access
    async with Database(access, {Role.WORKER: 1}, name="tests") as database:
        async with database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute("DELETE FROM worker_heartbeats")
        yield database


async def lives(worker: Database, **state: float) -> None:
    """Let a worker give a sign of life."""
    async with worker.transaction(role=Role.WORKER) as transaction:
        await beat(transaction, uuid4(), {**WELL, **state})


async def ills(settings: Settings) -> dict[str, Finding]:
    findings = await examine(settings)
    assert all(finding.remedy for finding in findings if not finding.is_well)
    return {finding.subject: finding for finding in findings if not finding.is_well}


async def test_all_is_well(settings: Settings, worker: Database) -> None:
    """Everything is examined, and nothing is wrong."""
    await lives(worker)
    findings = await examine(settings)
    assert [finding.subject for finding in findings if not finding.is_well] == []
    assert len(findings) >= 5


async def test_no_worker(settings: Settings, worker: Database) -> None:
    """One that never was, and one that has been silent for a minute."""
    assert (await ills(settings))["worker"].words == "last seen never"
    await lives(worker)
    async with worker.transaction(role=Role.WORKER) as transaction:
        await transaction.execute("UPDATE worker_heartbeats SET beat_at = now() - interval '61 seconds'")
    found = await ills(settings)
    assert found.keys() == {"worker"}
    assert found["worker"].words == "last seen 61 s ago"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"waiting": 500, "oldest_seconds": 90}, "500 receipts wait, the oldest for 90 s"),
        ({"parked": 2}, "2 receipts could not be processed"),
    ],
)
async def test_what_waits(settings: Settings, worker: Database, state: dict[str, float], words: str) -> None:
    """A queue that does not move, and receipts that wait for a person."""
    await lives(worker, **state)
    found = await ills(settings)
    assert {subject: finding.words for subject, finding in found.items()} == {"inbox": words}


async def test_a_schema_of_another_release(settings: Settings, worker: Database) -> None:
    """A migration that is missing is named with the command that makes it."""
    await lives(worker)
    assert settings.database_url is not None
    owner = await psycopg.AsyncConnection.connect(settings.database_url.get_secret_value())
    async with owner:
        newest = "WHERE number = (SELECT max(number) FROM schema_migrations)"
        await owner.execute(f"CREATE TABLE put_by AS SELECT * FROM schema_migrations {newest}")
        await owner.execute(f"DELETE FROM schema_migrations {newest}")
        await owner.commit()
        found = await ills(settings)
        await owner.execute("INSERT INTO schema_migrations SELECT * FROM put_by")
        await owner.execute("DROP TABLE put_by")
    assert "not up to date" in found["schema"].words
    assert found["schema"].remedy == "convertos migrate"


async def test_no_database(settings: Settings) -> None:
    """One that is away is a sentence, without a traceback and without the password."""
    assert settings.database_url is not None
    nowhere = make_conninfo(settings.database_url.get_secret_value(), host="127.0.0.1", port=1)
    gone = settings.model_copy(update={"database_url": SecretStr(nowhere)})
    found = await ills(gone)
    assert found.keys() == {"database"}
    assert "can't be reached" in found["database"].words
    password = str(conninfo_to_dict(nowhere)["password"])
    assert password not in json.dumps(found["database"])


async def test_no_key() -> None:
    """An external database without the key that its secrets are encrypted with."""
    found = await ills(Settings(database_url=SecretStr("host=/nowhere")))
    assert "CONVERTOS_SECRET_KEY" in found["installation"].words
