"""Keeps one bad receipt from harming its neighbours.

A batch that fails is halved until the receipt that fails alone is found; it is parked with its reason, the
others are done. Receipts that were begun before (their worker may have died of one of them) are done one by
one, and given up after a few attempts, which are counted before each begins.
"""

from collections.abc import Awaitable, Callable, Sequence
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
    end_claim,
    give_back,
    hold,
)

MOST_ATTEMPTS = 5
GAVE_UP = "gave_up"
_RETRY_SECONDS = (1.0, 5.0, 30.0, 120.0)
_PASSING = (UnavailableError, psycopg.OperationalError, psycopg.errors.SerializationFailure, TimeoutError)
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
            database, claim_id, exhausted, GAVE_UP, f"Processing ended {MOST_ATTEMPTS} times abruptly."
        )
    fresh = [receipt for receipt in receipts if receipt.attempts == 0]
    if fresh:
        await _process_halving(database, claim_id, fresh, process)
    for receipt in receipts:
        if 0 < receipt.attempts < MOST_ATTEMPTS:
            await _process_halving(database, claim_id, [receipt], process)


async def _process_halving(
    database: Database, claim_id: UUID, receipts: Sequence[Claimed], process: Process
) -> None:
    try:
        await process(receipts)
    except LostClaimError:
        raise
    except _PASSING as error:
        await _retry(database, claim_id, receipts, error)
    except Exception as error:
        if len(receipts) > 1:
            middle = len(receipts) // 2
            await _process_halving(database, claim_id, receipts[:middle], process)
            await _process_halving(database, claim_id, receipts[middle:], process)
            return
        _logger.exception("receipt parked", receipt_id=str(receipts[0].receipt_id), exc_info=error)
        await _park(database, claim_id, receipts, type(error).__name__, _words(error))
    else:
        PROCESSED.labels("done").inc(len(receipts))


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
        await give_back(transaction, failed, is_parked=True)


async def _retry(database: Database, claim_id: UUID, receipts: Sequence[Claimed], error: Exception) -> None:
    PROCESSED.labels("retried").inc(len(receipts))
    _logger.warning("batch put back", receipts=len(receipts), exc_info=error)
    seconds = _RETRY_SECONDS[min(receipts[0].attempts, len(_RETRY_SECONDS) - 1)]
    failed = [
        Failure(receipt.client_id, receipt.receipt_id, "retry", "The database was away for a moment.")
        for receipt in receipts
    ]
    try:
        async with database.transaction(role=Role.WORKER) as transaction:
            await hold(transaction, claim_id, LEASE_SECONDS)
            await give_back(transaction, failed, is_parked=False, retry_in_seconds=seconds)
    except _PASSING:
        # Still away: the lease runs out, and the receipts come back by themselves.
        _logger.warning("batch could not be put back; its lease will run out", receipts=len(receipts))
