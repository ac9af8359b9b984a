"""How the web process knows that a worker lives, and how much waits for it."""

from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from convertos.core.database import Transaction

_DEAD_SECONDS = 3600


class Heartbeat(NamedTuple):
    """The newest sign of life of any worker.

    Attributes:
        age_seconds: by the database's clock.
        state: what the worker saw waiting: `waiting`, `parked`, `oldest_seconds`.
    """

    age_seconds: float
    state: dict[str, Any]


async def beat(transaction: Transaction, worker_id: UUID, state: dict[str, Any]) -> None:
    """Note that a worker lives, and forget those that died long ago."""
    await transaction.execute(
        """
        INSERT INTO worker_heartbeats (worker_id, state) VALUES (%s, %s)
        ON CONFLICT (worker_id) DO UPDATE SET beat_at = now(), state = excluded.state
        """,
        (worker_id, Jsonb(state)),
    )
    await transaction.execute(
        "DELETE FROM worker_heartbeats WHERE beat_at < now() - make_interval(secs => %s)", (_DEAD_SECONDS,)
    )


async def newest_heartbeat(transaction: Transaction) -> Heartbeat | None:
    """The latest sign of life; `None` where there never was one."""
    rows = await transaction.tuples(
        """
        SELECT extract(epoch FROM now() - beat_at)::float, state
        FROM worker_heartbeats ORDER BY beat_at DESC LIMIT 1
        """
    )
    return Heartbeat(*rows[0]) if rows else None
