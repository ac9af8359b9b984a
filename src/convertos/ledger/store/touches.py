"""SQL of touches."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.rows import insert_rows
from convertos.records import Evidence


class TouchRow(msgspec.Struct, frozen=True):
    """A row of `touches`: the evidence, and what was concluded from it."""

    client_id: UUID
    touch_id: UUID
    contact_id: UUID | None
    visitor_id: str | None
    occurred_at: datetime
    landing_page: str | None
    evidence: Evidence
    source: str
    medium: str
    campaign: str
    channel: str
    method: str
    rule: str


async def insert_touches(transaction: Transaction, touches: Sequence[TouchRow]) -> None:
    """Write touches; one that is known (its id is derived from its contents) stays as it is."""
    await insert_rows(transaction, "touches", touches, "ON CONFLICT DO NOTHING")


async def known_touches(transaction: Transaction, touches: Sequence[TouchRow]) -> set[tuple[UUID, UUID]]:
    """Those of the touches that are in the table already: (client, touch)."""
    if not touches:
        return set()
    rows = await transaction.tuples(
        """
        SELECT client_id, touch_id FROM touches
        JOIN unnest(%b::uuid[], %b::uuid[]) AS k (client_id, touch_id) USING (client_id, touch_id)
        """,
        [[touch.client_id for touch in touches], [touch.touch_id for touch in touches]],
    )
    return set(rows)
