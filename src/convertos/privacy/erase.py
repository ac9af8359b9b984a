"""Erases a contact: what the tables hold at once, the kept bodies that tell of them by a job."""

from uuid import UUID

from convertos.core.database import Transaction
from convertos.jobs.queue import later
from convertos.ledger.erasing import erase_contact as erase_from_ledger
from convertos.ledger.suppression import Suppression
from convertos.privacy.tasks import forget_receipts
from convertos.tenancy.model import Caller


async def erase_contact(
    transaction: Transaction, caller: Caller, contact_id: UUID, suppression: Suppression
) -> None:
    """Erase a contact for good.

    Raises:
        NotFoundError: there is no such contact in the scope.
    """
    client_id = await erase_from_ledger(transaction, caller, contact_id, suppression)
    await later(
        transaction,
        forget_receipts,
        {"client_id": str(client_id)},
        only_one=f"privacy.forget_receipts {client_id}",
    )
