"""What arrived: the server's tables, as the tests of a site look at them."""

from typing import Any

from convertos.core.database import Database, Role
from tests.support.house import House
from tests.wordpress.conftest import Connected


async def rows(database: Database, connected: Connected, sql: str) -> list[dict[str, Any]]:
    """Rows of the connected client; the statement's only parameter is its id."""
    async with database.transaction(role=Role.WORKER) as transaction:
        return await transaction.rows(sql, (connected.source.client_id,))


async def events(database: Database, connected: Connected) -> list[str]:
    """The types of all events that were kept, in the order of their arrival."""
    found = await rows(
        database, connected, "SELECT event_type FROM receipts WHERE client_id = %s ORDER BY receipt_id"
    )
    return [row["event_type"] for row in found]


async def orders(database: Database, connected: Connected) -> list[dict[str, Any]]:
    """All orders, by their number in the shop."""
    return await rows(
        database, connected, "SELECT * FROM orders WHERE client_id = %s ORDER BY external_id::bigint"
    )


async def leads(database: Database, connected: Connected) -> list[dict[str, Any]]:
    """All leads, oldest first."""
    return await rows(
        database, connected, "SELECT * FROM leads WHERE client_id = %s ORDER BY registered_at, email"
    )


async def contacts(database: Database, connected: Connected) -> list[dict[str, Any]]:
    """All people, by address."""
    return await rows(
        database,
        connected,
        "SELECT * FROM contacts WHERE client_id = %s AND merged_into IS NULL ORDER BY email",
    )


async def deliver(connected: Connected, house: House) -> int:
    """Let the site send what waits, and the server work it off; how much was sent."""
    sent = await connected.wordpress.run("deliver")
    await house.settle()
    assert isinstance(sent, int)
    return sent
