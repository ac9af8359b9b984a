"""SQL of the lists of who was erased."""

from collections.abc import Collection, Mapping
from uuid import UUID

from convertos.core.database import Transaction
from convertos.ledger.identifiers import Identifier


async def keys(transaction: Transaction, client_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """The encrypted keys of those clients that have a list."""
    rows = await transaction.tuples(
        "SELECT client_id, ciphertext FROM suppression_keys WHERE client_id = ANY (%b)", (list(client_ids),)
    )
    return {client_id: bytes(ciphertext) for client_id, ciphertext in rows}


async def key_or(transaction: Transaction, client_id: UUID, fresh: bytes) -> bytes:
    """A client's encrypted key; the fresh one where it has none yet."""
    await transaction.execute(
        "INSERT INTO suppression_keys (client_id, ciphertext) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (client_id, fresh),
    )
    found = await transaction.scalar(
        "SELECT ciphertext FROM suppression_keys WHERE client_id = %s", (client_id,)
    )
    return bytes(found)


async def insert_digests(transaction: Transaction, client_id: UUID, digests: Collection[bytes]) -> None:
    """Put digests on a client's list."""
    await transaction.execute(
        """
        INSERT INTO suppressions (client_id, digest) SELECT %s, unnest(%s::bytea[]) ON CONFLICT DO NOTHING
        """,
        (client_id, list(digests)),
    )


async def known_digests(
    transaction: Transaction, digests: Mapping[Identifier, bytes]
) -> frozenset[Identifier]:
    """Which identifiers are on their client's list."""
    if not digests:
        return frozenset()
    by_digest = {(each.client_id, digest): each for each, digest in digests.items()}
    rows = await transaction.tuples(
        """
        SELECT client_id, digest FROM suppressions
        JOIN unnest(%b::uuid[], %b::bytea[]) AS k (client_id, digest) USING (client_id, digest)
        """,
        [[client_id for client_id, _ in by_digest], [digest for _, digest in by_digest]],
    )
    return frozenset(by_digest[client_id, bytes(digest)] for client_id, digest in rows)
