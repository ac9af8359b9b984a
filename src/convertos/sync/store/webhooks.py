"""SQL of the webhooks that we have in stores."""

from collections.abc import Sequence
from uuid import UUID

from convertos.core.database import Transaction
from convertos.core.database.rows import insert_rows
from convertos.sync.model import KnownWebhook

_COLUMNS = """client_id, connection_id, topic, remote_id, delivery_url, remote_status, health, secret_id, healed_at,
    error, checked_at"""


async def webhooks_of(transaction: Transaction, client_id: UUID, connection_id: UUID) -> list[KnownWebhook]:
    """A connection's webhooks as they were last seen."""
    return await transaction.fetch(
        KnownWebhook,
        f"SELECT {_COLUMNS} FROM remote_webhooks WHERE client_id = %s AND connection_id = %s ORDER BY topic",
        (client_id, connection_id),
    )


async def replace_webhooks(
    transaction: Transaction, client_id: UUID, connection_id: UUID, webhooks: Sequence[KnownWebhook]
) -> None:
    """Keep what was seen in place of what was known."""
    await forget_webhooks(transaction, client_id, connection_id)
    await insert_rows(transaction, "remote_webhooks", webhooks)


async def forget_webhooks(transaction: Transaction, client_id: UUID, connection_id: UUID) -> None:
    """Forget a connection's webhooks; they are gone."""
    await transaction.execute(
        "DELETE FROM remote_webhooks WHERE client_id = %s AND connection_id = %s", (client_id, connection_id)
    )
