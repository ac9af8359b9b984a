"""Counts what was refused, for the connection that it was meant for; written once a second.

A flood of forgeries costs one row a day and reason, and nothing of it is kept.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from convertos.connections.directory import DoorConnection
from convertos.core.database import EVERY_TENANT, Database, Role
from convertos.core.errors import UnavailableError
from convertos.core.metrics import REJECTIONS
from convertos.ingest.store import count_rejections
from convertos.platforms import Refusal

_Key = tuple[UUID, UUID, Refusal]


class RejectionCounter:
    """Gathers counts in memory and writes them on a beat."""

    def __init__(self, database: Database, *, beat_seconds: float = 1.0) -> None:
        self._database = database
        self._beat_seconds = beat_seconds
        self._counts: Counter[_Key] = Counter()
        self._last: dict[_Key, datetime] = {}

    def count(self, connection: DoorConnection, refusal: Refusal, at: datetime) -> None:
        """Note one refusal."""
        REJECTIONS.labels(refusal.value).inc()
        key = (connection.client_id, connection.connection_id, refusal)
        self._counts[key] += 1
        self._last[key] = at

    async def run(self) -> None:
        """Write on a beat until cancelled."""
        while True:
            await asyncio.sleep(self._beat_seconds)
            with suppress(UnavailableError):  # the counts stay in memory for the next beat
                await self.flush()

    async def flush(self) -> None:
        """Write what has gathered."""
        if not self._counts:
            return
        counts, last = self._counts, self._last
        self._counts, self._last = Counter(), {}
        rows = [
            (client, connection, last[key].astimezone(UTC).date(), refusal.value, count, last[key])
            for key, count in counts.items()
            for client, connection, refusal in (key,)
        ]
        try:
            async with self._database.transaction(EVERY_TENANT, Role.INGEST) as transaction:
                await count_rejections(transaction, rows)
        except BaseException:
            self._counts.update(counts)
            self._last = {**last, **self._last}
            raise
