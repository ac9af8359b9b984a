"""Obeying demands, as jobs: a demand is a receipt, and the job carries its id alone."""

from uuid import UUID

from procrastinate import JobContext, RetryStrategy

from convertos.core.database import Transaction
from convertos.jobs.queue import later, queue
from convertos.privacy.demands import obey_receipt
from convertos.records import Demanded, DemandKind


@queue.task(name="privacy.obey", pass_context=True, retry=RetryStrategy(max_attempts=100, wait=30))
async def obey(context: JobContext, client_id: str, receipt_id: str) -> None:
    """Obey what a platform demands for somebody's privacy."""
    found = context.additional_context
    await obey_receipt(found["stores"], found["suppression"], UUID(client_id), UUID(receipt_id))


async def obey_later(transaction: Transaction, fact: Demanded) -> None:
    """Let a worker obey a demand that is about people."""
    if fact.kind is not DemandKind.LEAVE:
        arguments = {"client_id": str(fact.client_id), "receipt_id": str(fact.receipt_id)}
        await later(transaction, obey, arguments, only_one=f"demand {fact.receipt_id}")
