"""SQL of touches, and of the browsers that people were seen with."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.transaction import rows_as_json


class TouchRow(msgspec.Struct, frozen=True):
    """A row of `touches`: the evidence (records.Evidence as JSON), and what was concluded from it."""

    client_id: UUID
    touch_id: UUID
    contact_id: UUID | None
    visitor_id: str | None
    occurred_at: datetime
    landing_page: str | None
    evidence: msgspec.Raw
    source: str
    medium: str
    campaign: str
    channel: str
    method: str
    rule: str


async def insert_touches(transaction: Transaction, touches: Sequence[TouchRow]) -> list[UUID]:
    """Write touches; returns the ids of those that were new. The id is derived from the contents."""
    columns = ", ".join(TouchRow.__struct_fields__)
    rows = await transaction.tuples(
        f"""
        INSERT INTO touches ({columns})
        SELECT {columns} FROM json_populate_recordset(null::touches, %s::json)
        ON CONFLICT DO NOTHING RETURNING touch_id
        """,
        (rows_as_json(touches),),
    )
    return [row[0] for row in rows]


async def past_of_visitors(
    transaction: Transaction, visitors: Collection[tuple[UUID, str]]
) -> list[tuple[UUID, str, bool, UUID | None]]:
    """What is known of some browsers: (client, visitor, whether it recorded touches, a contact seen with it).

    A browser that several contacts were seen with comes several times; one without a past does not come.
    """
    rows = await transaction.tuples(
        """
        SELECT * FROM (
            SELECT k.client_id, k.visitor_id,
                   EXISTS (SELECT FROM touches t WHERE t.client_id = k.client_id
                           AND t.visitor_id = k.visitor_id) AS has_touches,
                   v.contact_id
            FROM unnest(%b::uuid[], %b::text[]) AS k (client_id, visitor_id)
            LEFT JOIN contact_visitors v USING (client_id, visitor_id)
        ) p WHERE has_touches OR contact_id IS NOT NULL
        """,
        [[client_id for client_id, _ in visitors], [visitor_id for _, visitor_id in visitors]],
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def write_visitors(
    transaction: Transaction, seen: Sequence[tuple[UUID, UUID, str]]
) -> list[tuple[UUID, UUID, str]]:
    """Write which contacts were seen with which browsers: (client, contact, visitor); returns what is news."""
    rows = await transaction.tuples(
        """
        INSERT INTO contact_visitors (client_id, contact_id, visitor_id)
        SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::text[]) ON CONFLICT DO NOTHING
        RETURNING client_id, contact_id, visitor_id
        """,
        [list(column) for column in zip(*seen, strict=True)],
    )
    return [(row[0], row[1], row[2]) for row in rows]
