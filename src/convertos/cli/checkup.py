"""What `convertos doctor` examines, one function for each question."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import psycopg

from convertos.attribution import store as attribution
from convertos.core.database import Database, Role, Transaction, pending_migrations
from convertos.core.errors import ConvertOSError
from convertos.core.heartbeats import newest_heartbeat
from convertos.core.installation import Installation
from convertos.core.settings import Settings
from convertos.ingest.store import orphans as receipts
from convertos.ledger.store import orphans as ledger

_WORKER_SILENT_SECONDS = 30
_SLOW_SECONDS = 60


class Finding(NamedTuple):
    """The answer to one question about the installation."""

    subject: str
    is_well: bool
    words: str
    remedy: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Ask every question that can be asked; one that can't be answered does not stop the others."""
    try:
        installation = Installation.find(settings)
    except ConvertOSError as error:
        return [Finding("installation", is_well=False, words=error.message, remedy="Start it with: make up")]
    try:
        findings = [await _schema(installation)]
    except psycopg.OperationalError as error:
        words = f"can't be reached: {str(error).strip().splitlines()[-1]}"
        remedy = "Is it running, and is CONVERTOS_DATABASE_URL right?"
        return [Finding("database", is_well=False, words=words, remedy=remedy)]
    try:
        sizes = {Role.APP: 1, Role.AUTH: 1, Role.INGEST: 1, Role.WORKER: 1}
        async with Database(installation.access, sizes, name="convertos doctor") as database:
            findings.append(
                Finding("database roles", is_well=True, words="walled off and without special powers")
            )
            async with database.transaction(role=Role.WORKER) as transaction:
                findings.extend([finding async for finding in _operation(transaction)])
    except ConvertOSError as error:
        findings.append(
            Finding("database", is_well=False, words=error.message, remedy="See docs/howto/operate.md")
        )
    return findings


async def _schema(installation: Installation) -> Finding:
    connection = await psycopg.AsyncConnection.connect(
        installation.access.conninfo[Role.OWNER], autocommit=True
    )
    async with connection:
        version = connection.info.server_version // 10000
        try:
            pending = await pending_migrations(connection)
        except ConvertOSError as error:
            return Finding("schema", is_well=False, words=error.message)
    if pending:
        names = ", ".join(migration.label for migration in pending)
        return Finding("schema", is_well=False, words=f"not up to date: {names}", remedy="convertos migrate")
    return Finding("schema", is_well=True, words=f"up to date on PostgreSQL {version}")


async def _operation(transaction: Transaction) -> AsyncIterator[Finding]:
    heartbeat = await newest_heartbeat(transaction)
    if heartbeat is None or heartbeat.age_seconds > _WORKER_SILENT_SECONDS:
        silence = "never" if heartbeat is None else f"{heartbeat.age_seconds:.0f} s ago"
        yield Finding("worker", is_well=False, words=f"last seen {silence}", remedy="convertos worker")
    else:
        yield Finding("worker", is_well=True, words=f"alive, last seen {heartbeat.age_seconds:.0f} s ago")
        yield _inbox(heartbeat.state)
    orphans: dict[str, int] = {}
    for domain in (ledger, attribution, receipts):
        orphans |= await domain.count_orphans(transaction)
    if any(orphans.values()):
        words = ", ".join(f"{count} {name}" for name, count in orphans.items() if count)
        yield Finding("data", is_well=False, words=words, remedy="Report this: it should not be possible.")
    else:
        yield Finding("data", is_well=True, words="every row belongs to something that exists")


def _inbox(state: dict[str, float]) -> Finding:
    waiting, parked, oldest = (state.get(name, 0) for name in ("waiting", "parked", "oldest_seconds"))
    if oldest > _SLOW_SECONDS:
        words = f"{waiting:.0f} receipts wait, the oldest for {oldest:.0f} s"
        return Finding("inbox", is_well=False, words=words, remedy="Start another worker, or see its log.")
    if parked:
        words = f"{parked:.0f} receipts could not be processed"
        return Finding(
            "inbox", is_well=False, words=words, remedy="Open Connections and look at failed events."
        )
    return Finding("inbox", is_well=True, words=f"{waiting:.0f} receipts wait")
