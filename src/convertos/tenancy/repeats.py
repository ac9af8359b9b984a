"""Requests that were answered before, by the key that their sender gave them; kept for a day.

Answers are encrypted: one may hold a secret that is shown once.
"""

from typing import NamedTuple

from convertos.core.crypto import Vault
from convertos.core.database import Transaction
from convertos.core.errors import UnavailableError
from convertos.tenancy.model import Caller
from convertos.tenancy.store import repeats as store

_WAIT_SECONDS = 20


class GivenAnswer(NamedTuple):
    """An answer as it was given.

    Attributes:
        request_hash: of the request that it answered.
    """

    request_hash: bytes
    status: int
    media_type: str | None
    body: bytes


async def claim_key(
    transaction: Transaction, vault: Vault, caller: Caller, key: str, request_hash: bytes
) -> GivenAnswer | None:
    """Take a key for this transaction; where it was used in the last day, the answer that was given.

    A transaction that is using the key is waited for.

    Raises:
        UnavailableError: that takes too long.
    """
    await store.forget_old_repeat(transaction, caller.label, key)
    if await store.claim_repeat(transaction, caller.label, key, request_hash, _WAIT_SECONDS):
        return None
    found = await store.find_repeat(transaction, caller.label, key)
    if found is None or found["status"] is None:
        raise UnavailableError("The same request is being answered. Try again soon.")
    body = vault.decrypt(found["body"], _belongs_to(caller, key))
    return GivenAnswer(found["request_hash"], found["status"], found["media_type"], body)


async def keep_answer(
    transaction: Transaction, vault: Vault, caller: Caller, key: str, answer: GivenAnswer
) -> None:
    """Keep what is about to be answered."""
    body = vault.encrypt(answer.body, _belongs_to(caller, key))
    await store.keep_repeat(
        transaction, caller.label, key, status=answer.status, media_type=answer.media_type, body=body
    )


def _belongs_to(caller: Caller, key: str) -> str:
    return f"{caller.organization_id}|{caller.label}|{key}|answer"
