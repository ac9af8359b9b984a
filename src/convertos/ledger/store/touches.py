"""SQL of touches, and of the browsers that people were seen with."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.transaction import rows_as_json
from convertos.records import Span


class TouchRow(msgspec.Struct):
    """A row of `touches`: the evidence (records.Evidence as JSON), and what was concluded from it.

    Attributes:
        version: of a named arrival: the greatest statement counts; else empty.
    """

    client_id: UUID
    touch_id: UUID
    contact_id: UUID | None
    person_id: UUID | None
    visitor_id: str | None
    occurred_at: datetime
    version: str
    landing_page: str | None
    evidence: msgspec.Raw
    source: str
    medium: str
    campaign: str
    channel: str
    method: str
    rule: str

    def become(self, other: "TouchRow") -> None:
        """Take over what another statement tells of the same arrival."""
        for name in _TOLD:
            setattr(self, name, getattr(other, name))


_TOLD = (
    "occurred_at", "version", "landing_page", "evidence", "source", "medium", "campaign", "channel",
    "method", "rule",
)  # fmt: skip


async def insert_touches(transaction: Transaction, touches: Sequence[TouchRow]) -> list[UUID]:
    """Write touches; returns the ids of those that are news.

    The id is derived from the contents, or from a name: then the most certain statement counts.
    """
    columns = ", ".join(TouchRow.__struct_fields__)
    told = ", ".join(f"{name} = excluded.{name}" for name in _TOLD)
    rows = await transaction.tuples(
        f"""
        INSERT INTO touches AS t ({columns})
        SELECT {columns} FROM json_populate_recordset(null::touches, %s::json)
        ON CONFLICT (client_id, touch_id) DO UPDATE SET {told}
        WHERE t.version < excluded.version COLLATE "C"
        RETURNING touch_id
        """,
        (rows_as_json(touches),),
    )
    return [row[0] for row in rows]


class Past(NamedTuple):
    """What is known of a browser.

    Attributes:
        has_touches: whether it recorded any.
        is_lonely: whether there are orders or leads that only they themselves tie to this browser, not the
            person by whom they are.
        contact_id: a contact that was seen with it.
    """

    client_id: UUID
    visitor_id: str
    has_touches: bool
    is_lonely: bool
    contact_id: UUID | None


async def past_of_visitors(transaction: Transaction, visitors: Collection[tuple[UUID, str]]) -> list[Past]:
    """What is known of some browsers.

    One with which several contacts were seen comes several times; one without a past does not come.
    """
    rows = await transaction.tuples(
        """
        SELECT * FROM (
            SELECT k.client_id, k.visitor_id,
                   EXISTS (SELECT FROM touches t WHERE t.client_id = k.client_id
                           AND t.visitor_id = k.visitor_id) AS has_touches,
                   EXISTS (SELECT FROM orders o WHERE o.client_id = k.client_id
                           AND o.visitor_id = k.visitor_id AND NOT EXISTS (
                               SELECT FROM contact_visitors v WHERE v.client_id = o.client_id
                               AND v.visitor_id = o.visitor_id AND v.contact_id = o.contact_id))
                   OR EXISTS (SELECT FROM leads l WHERE l.client_id = k.client_id
                              AND l.visitor_id = k.visitor_id AND l.contact_id IS NULL) AS is_lonely,
                   v.contact_id
            FROM unnest(%b::uuid[], %b::text[]) AS k (client_id, visitor_id)
            LEFT JOIN contact_visitors v USING (client_id, visitor_id)
        ) p WHERE has_touches OR is_lonely OR contact_id IS NOT NULL
        """,
        [[client_id for client_id, _ in visitors], [visitor_id for _, visitor_id in visitors]],
    )
    return [Past(*row) for row in rows]


async def spans_of_visitors(
    transaction: Transaction, visitors: Collection[tuple[UUID, str]]
) -> dict[tuple[UUID, str], Span]:
    """When some browsers recorded touches."""
    rows = await transaction.tuples(
        """
        SELECT client_id, visitor_id, min(occurred_at), max(occurred_at) FROM touches
        JOIN unnest(%b::uuid[], %b::text[]) AS k (client_id, visitor_id) USING (client_id, visitor_id)
        GROUP BY 1, 2
        """,
        [[client_id for client_id, _ in visitors], [visitor_id for _, visitor_id in visitors]],
    )
    return {(row[0], row[1]): Span(row[2], row[3]) for row in rows}


class Visit(NamedTuple):
    """A person of a contact was seen with a browser."""

    client_id: UUID
    visitor_id: str
    person_id: UUID
    contact_id: UUID


async def write_visitors(transaction: Transaction, visits: Collection[Visit]) -> list[tuple[UUID, UUID, str]]:
    """Write who was seen with which browsers; returns what is news: (client, contact, visitor)."""
    rows = await transaction.tuples(
        """
        INSERT INTO contact_visitors (client_id, visitor_id, person_id, contact_id)
        SELECT * FROM unnest(%b::uuid[], %b::text[], %b::uuid[], %b::uuid[]) ON CONFLICT DO NOTHING
        RETURNING client_id, contact_id, visitor_id
        """,
        [list(column) for column in zip(*visits, strict=True)],
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def hold_touches(
    transaction: Transaction, held: Collection[tuple[UUID, UUID, UUID]]
) -> list[tuple[Any, ...]]:
    """Let touches without a browser belong to whom their order or checkout belongs now.

    Args:
        held: (client, touch, contact).

    Returns:
        For each contact that lost or got some: (client, contact, earliest, latest).
    """
    columns = [list(column) for column in zip(*held, strict=True)]
    return await transaction.tuples(
        """
        WITH held AS (
            SELECT t.client_id, t.touch_id, t.contact_id AS was, h.contact_id AS becomes, t.occurred_at
            FROM touches t
            JOIN unnest(%b::uuid[], %b::uuid[], %b::uuid[]) AS h (client_id, touch_id, contact_id)
                USING (client_id, touch_id)
            WHERE t.visitor_id IS NULL AND t.contact_id IS DISTINCT FROM h.contact_id
        ), moved AS (
            UPDATE touches t SET contact_id = h.becomes FROM held h
            WHERE t.client_id = h.client_id AND t.touch_id = h.touch_id
        )
        SELECT client_id, contact_id, min(occurred_at), max(occurred_at)
        FROM held CROSS JOIN LATERAL (VALUES (was), (becomes)) AS c (contact_id)
        WHERE contact_id IS NOT NULL
        GROUP BY 1, 2
        """,
        columns,
    )
