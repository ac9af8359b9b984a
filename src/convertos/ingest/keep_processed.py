"""Keeps what was processed in the same transaction: receipts that never wait."""

from collections.abc import Sequence
from typing import NamedTuple

from convertos.core.database import Transaction
from convertos.ingest.store import NewReceipt, Outcome, finish, keep_receipts


class Processed(NamedTuple):
    """A receipt of which everything is done.

    Attributes:
        note: why it changed nothing, where it did not.
    """

    receipt: NewReceipt
    note: str | None = None


async def keep_processed(transaction: Transaction, done: Sequence[Processed]) -> None:
    """Keep receipts and note that they were processed; one that is known is counted as a repeat."""
    if not done:
        return
    fresh = await keep_receipts(transaction, [each.receipt for each in done])
    outcomes = [
        Outcome(each.receipt.client_id, each.receipt.receipt_id, "processed", each.note)
        for each in done
        if each.receipt.receipt_id in fresh
    ]
    if outcomes:
        await finish(transaction, outcomes)
