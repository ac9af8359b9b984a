"""A connection as its pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from convertos.connections.change import read_connection
from convertos.connections.model import Connection, ConnectionStatus
from convertos.core.database import Transaction
from convertos.ingest.model import Traffic
from convertos.ingest.received import traffic_of
from convertos.platforms import platform_of
from convertos.web.connections.health import Condition, condition_of
from convertos.web.connections.kinds import Kind, kind_of
from convertos.web.desk import Desk

CONNECTIONS_PATH = "/dashboard/connections"


@dataclass(frozen=True, slots=True)
class Shown:
    """One connection with how it does."""

    connection: Connection
    kind: Kind
    traffic: Traffic
    condition: Condition
    counts: Sequence[tuple[str, str]]
    webhook_url: str

    @property
    def path(self) -> str:
        """Its page."""
        return f"{CONNECTIONS_PATH}/{self.connection.connection_id}"

    @property
    def is_paused(self) -> bool:
        """Whether it keeps what comes until it is resumed."""
        return self.connection.status == ConnectionStatus.PAUSED


def show_connection(desk: Desk, connection: Connection, traffic: Traffic) -> Shown:
    """What its card and its page tell."""
    count = desk.show.count
    platform = platform_of(connection.type)
    path = platform.address(connection.public_id)[0] if platform else ""
    return Shown(
        connection=connection,
        kind=kind_of(connection.type),
        traffic=traffic,
        condition=condition_of(desk, connection, traffic),
        counts=(
            ("Today", count(traffic.events_today)),
            ("7 days", count(traffic.events_7d)),
            ("Failed", count(traffic.failed)),
            ("Refused", count(traffic.rejected)),
        ),
        webhook_url=f"{desk.installation.settings.base_url}{path}",
    )


async def find_shown(desk: Desk, work: Transaction, connection_id: UUID) -> Shown:
    """One connection of the client that is looked at.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    connection = await read_connection(work, str(connection_id))
    traffic = await traffic_of(work, [connection])
    return show_connection(desk, connection, traffic[connection.connection_id])
