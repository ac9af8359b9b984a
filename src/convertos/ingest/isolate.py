"""Keeps one bad receipt from harming its neighbours.

A batch that fails is halved until the receipt that fails alone is found; it is parked with its reason, the
others are done. Receipts that were begun before (their worker or the database may have died of one of them)
are done in smaller and smaller groups, those first that were begun least often, and given up after a few
attempts. An attempt is noted before it begins, and only for what is begun: what merely waited beside a killer
is never given up with it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import groupby
from uuid import UUID

import psycopg

from convertos.core.database import Database, Role
from convertos.core.errors import UnavailableError
from convertos.core.logging import get_logger
from convertos.core.metrics import PROCESSED
from convertos.ingest.store import (
    LEASE_SECONDS,
    Claimed,
    Failure,
    LostClaimError,
    begin,
    end_claim,
    give_back,
    hold,
)

MOST_ATTEMPTS = 5
GAVE_UP = "gave_up"
_GROUP_SIZES = {1: 100, 2: 10}
"""How many go together by how often they were begun before; one by one after that."""

_RETRY_SECONDS = 1.0
_GIVE_BACK_TRIES = 16
_GIVE_BACK_PAUSE_SECONDS = 0.5
# Classes and codes of SQLSTATE that tell of the server's state and not of what was asked of it: connections,
# conflicts with others, full disks, locks, shutdowns. Source: PostgreSQL 18 documentation, appendix A.
_PASSING_STATES = ("08", "40", "53", "55P03", "57P")
_OUT_OF_MEMORY = "53200"
_CRASHED = "57P02"
_logger = get_logger(__name__)

Process = Callable[[Sequence[Claimed]], Awaitable[None]]
"""Does receipts in one transaction, all or nothing."""


async def process_isolated(
    database: Database, claim_id: UUID, receipts: Sequence[Claimed], process: Process
) -> None:
    """Process what was claimed; every receipt ends up done, waiting for its retry, or parked."""
    try:
        await _process_by_history(database, claim_id, receipts, process)
        async with database.transaction(role=Role.WORKER, is_durable=False) as transaction:
            await end_claim(transaction, claim_id)
    except LostClaimError:
        _logger.warning("claim was lost; others have its receipts", receipts=len(receipts))


async def _process_by_history(
    database: Database, claim_id: UUID, receipts: Sequence[Claimed], process: Process
) -> None:
    exhausted = [receipt for receipt in receipts if receipt.attempts >= MOST_ATTEMPTS]
    if exhausted:
        await _park(
            database, claim_id, exhausted, GAVE_UP, f"Its worker ended {MOST_ATTEMPTS} times abruptly."
        )
    fresh = [receipt for receipt in receipts if receipt.attempts == 0]
    groups = list(_groups([receipt for receipt in receipts if 0 < receipt.attempts < MOST_ATTEMPTS]))
    if fresh:
        if groups:
            await _begin(database, claim_id, fresh)
        await _process_halving(database, claim_id, fresh, process)
    for group in groups:
        await _begin(database, claim_id, group)
        await _process_halving(database, claim_id, group, process)


def _groups(suspects: Sequence[Claimed]) -> Iterator[list[Claimed]]:
    """Receipts that were begun before, as they are done together: the least suspicious first."""
    ordered = sorted(suspects, key=lambda receipt: receipt.attempts)
    for attempts, alike in groupby(ordered, key=lambda receipt: receipt.attempts):
        waiting = list(alike)
        size = _GROUP_SIZES.get(attempts, 1)
        for start in range(0, len(waiting), size):
            yield waiting[start : start + size]


async def _begin(database: Database, claim_id: UUID, receipts: Sequence[Claimed]) -> None:
    async with database.transaction(role=Role.WORKER, is_durable=False) as transaction:
        await begin(transaction, claim_id, [receipt.receipt_id for receipt in receipts], LEASE_SECONDS)


async def _process_halving(
    database: Database, claim_id: UUID, receipts: Sequence[Claimed], process: Process
) -> None:
    try:
        await process(receipts)
    except LostClaimError:
        raise
    except Exception as error:
        if is_passing(error):
            await _retry(database, claim_id, receipts, error)
        elif len(receipts) > 1:
            middle = len(receipts) // 2
            await _process_halving(database, claim_id, receipts[:middle], process)
            await _process_halving(database, claim_id, receipts[middle:], process)
        else:
            _logger.exception("receipt parked", receipt_id=str(receipts[0].receipt_id), exc_info=error)
            await _park(database, claim_id, receipts, type(error).__name__, _words(error))
    else:
        PROCESSED.labels("done").inc(len(receipts))


def is_passing(error: Exception) -> bool:
    """Whether an error tells of the database's state, so that the same work can succeed a moment later."""
    if isinstance(error, psycopg.Error) and error.sqlstate is not None:
        return error.sqlstate.startswith(_PASSING_STATES) and error.sqlstate != _OUT_OF_MEMORY
    return isinstance(error, UnavailableError | psycopg.OperationalError | TimeoutError)


def broke_the_connection(error: Exception) -> bool:
    """Whether the server was gone without a word: it may have died of what was asked of it."""
    cause = error.__cause__ if isinstance(error, UnavailableError) else error
    return isinstance(cause, psycopg.OperationalError) and cause.sqlstate in {None, _CRASHED}


def _words(error: Exception) -> str:
    # A database error's text quotes the row, which may hold personal data; its first line names the fault.
    if isinstance(error, psycopg.Error):
        return f"The database refused it: {error.diag.message_primary or type(error).__name__}"[:500]
    return f"{type(error).__name__}: {error}"[:500]


async def _park(
    database: Database, claim_id: UUID, receipts: Sequence[Claimed], code: str, words: str
) -> None:
    PROCESSED.labels("parked").inc(len(receipts))
    failed = [Failure(receipt.client_id, receipt.receipt_id, code, words) for receipt in receipts]
    async with database.transaction(role=Role.WORKER) as transaction:
        await hold(transaction, claim_id, LEASE_SECONDS)
        await give_back(transaction, failed, is_parked=True, is_counted=True)


async def _retry(database: Database, claim_id: UUID, receipts: Sequence[Claimed], error: Exception) -> None:
    PROCESSED.labels("retried").inc(len(receipts))
    _logger.warning("batch put back", receipts=len(receipts), exc_info=error)
    words = "The database was away for a moment."
    failed = [Failure(receipt.client_id, receipt.receipt_id, "retry", words) for receipt in receipts]
    is_suspect = broke_the_connection(error)
    for _ in range(_GIVE_BACK_TRIES):
        try:
            async with database.transaction(role=Role.WORKER) as transaction:
                await hold(transaction, claim_id, LEASE_SECONDS)
                await give_back(transaction, failed, is_counted=is_suspect, retry_in_seconds=_RETRY_SECONDS)
        except (UnavailableError, psycopg.OperationalError):
            await asyncio.sleep(_GIVE_BACK_PAUSE_SECONDS)
        else:
            return
    # Still away: the lease runs out, and the receipts come back by themselves.
    _logger.warning("batch could not be put back; its lease will run out", receipts=len(receipts))
