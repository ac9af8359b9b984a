"""All SQL of attribution: what is to be credited, its journey, and the credits."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from convertos.attribution.credit import Credit
from convertos.core.database import Transaction
from convertos.core.database.rows import insert_rows
from convertos.core.database.transaction import rows_as_json
from convertos.ledger.store.listing import Condition
from convertos.records import Evidence, JourneysChanged, Source, Span, Touch
from convertos.records.facts import Keys


class Subject(NamedTuple):
    """An order or a lead, and what ties it to touches.

    Attributes:
        occurred_at: when it was placed or sent; touches after it had no part in it.
        own_touch_ids: the touches that it recorded itself.
    """

    client_id: UUID
    subject_id: UUID
    contact_id: UUID | None
    visitor_id: str | None
    occurred_at: datetime
    own_touch_ids: list[UUID] | None


async def orders_to_credit(transaction: Transaction, changed: JourneysChanged) -> list[Subject]:
    """The orders that the fact names, and those that may have been earned by an arrival that it names."""
    return await _subjects(transaction, _ORDERS, changed.orders, changed)


async def leads_to_credit(transaction: Transaction, changed: JourneysChanged) -> list[Subject]:
    """The leads that the fact names, and those that may have been earned by an arrival that it names."""
    return await _subjects(transaction, _LEADS, changed.leads, changed)


class _Kind(NamedTuple):
    table: str
    key: str
    at: str


_ORDERS = _Kind("orders", "order_id", "placed_at")
_LEADS = _Kind("leads", "lead_id", "registered_at")
_SELECT = "SELECT client_id, {key}, contact_id, visitor_id, {at}, touch_ids FROM {table}"
# An arrival earns nothing before it happened, and nothing after the lookback has passed.
_WITHIN = """
    JOIN clients USING (client_id)
    WHERE {at} >= first_at AND {at} <= last_at + make_interval(days => lookback_days)
"""
_NAMED = _SELECT + " JOIN unnest(%b::uuid[], %b::uuid[]) AS k (client_id, {key}) USING (client_id, {key})"
_OF_CONTACTS = f"""
    {_SELECT}
    JOIN unnest(%b::uuid[], %b::uuid[], %b::timestamptz[], %b::timestamptz[])
        AS c (client_id, contact_id, first_at, last_at) USING (client_id, contact_id)
    {_WITHIN}
"""
_OF_VISITORS = f"""
    {_SELECT}
    JOIN unnest(%b::uuid[], %b::text[], %b::timestamptz[], %b::timestamptz[])
        AS v (client_id, visitor_id, first_at, last_at) USING (client_id, visitor_id)
    {_WITHIN}
"""


async def _subjects(
    transaction: Transaction, kind: _Kind, named: Keys, changed: JourneysChanged
) -> list[Subject]:
    parts: list[tuple[str, Sequence[object]]] = []
    if named:
        parts.append((_NAMED, [[client for client, _ in named], [subject for _, subject in named]]))
    if changed.contacts:
        parts.append((_OF_CONTACTS, _columns(changed.contacts)))
    if changed.visitors:
        parts.append((_OF_VISITORS, _columns(changed.visitors)))
    if not parts:
        return []
    query = " UNION ".join(part for part, _ in parts).format(**kind._asdict())
    rows = await transaction.tuples(query, [column for _, columns in parts for column in columns])
    return [Subject(*row) for row in rows]


def _columns(spans: Mapping[tuple[UUID, Any], Span]) -> Sequence[object]:
    return [
        [client for client, _ in spans],
        [whose for _, whose in spans],
        [span.first for span in spans.values()],
        [span.last for span in spans.values()],
    ]


_JOURNEYS = """
WITH s AS (
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::text[], %b::timestamptz[], %b::timestamptz[])
        AS s (client_id, subject_id, contact_id, visitor_id, opens_at, occurred_at)
), o AS (
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[]) AS o (client_id, subject_id, touch_id)
), found AS (
    SELECT client_id, subject_id, touch_id FROM o
    UNION
    SELECT s.client_id, s.subject_id, t.touch_id FROM s
    JOIN touches t ON t.client_id = s.client_id AND t.contact_id = s.contact_id
        AND t.occurred_at BETWEEN s.opens_at AND s.occurred_at
    UNION
    SELECT s.client_id, s.subject_id, t.touch_id FROM s
    JOIN contact_visitors v ON v.client_id = s.client_id AND v.contact_id = s.contact_id
    JOIN touches t ON t.client_id = s.client_id AND t.visitor_id = v.visitor_id
        AND t.occurred_at BETWEEN s.opens_at AND s.occurred_at
    UNION
    SELECT s.client_id, s.subject_id, t.touch_id FROM s
    JOIN touches t ON t.client_id = s.client_id AND t.visitor_id = s.visitor_id
        AND t.occurred_at BETWEEN s.opens_at AND s.occurred_at
)
SELECT f.subject_id, t.touch_id, t.occurred_at, t.source, t.medium, t.campaign, t.channel, t.method, t.rule,
       t.landing_page
FROM found f JOIN touches t USING (client_id, touch_id)
"""


async def journeys(
    transaction: Transaction, subjects: Sequence[Subject], lookback: Mapping[UUID, timedelta]
) -> list[tuple[Any, ...]]:
    """The touches that may have led to each subject: its own, its browser's, its contact's, its contact's browsers'."""
    own = [(s.client_id, s.subject_id, touch) for s in subjects for touch in s.own_touch_ids or ()]
    return await transaction.tuples(
        _JOURNEYS,
        [
            [s.client_id for s in subjects],
            [s.subject_id for s in subjects],
            [s.contact_id for s in subjects],
            [s.visitor_id for s in subjects],
            [s.occurred_at - lookback[s.client_id] for s in subjects],
            [s.occurred_at for s in subjects],
            [row[0] for row in own],
            [row[1] for row in own],
            [row[2] for row in own],
        ],
    )


async def lookbacks(transaction: Transaction, client_ids: Sequence[UUID]) -> dict[UUID, timedelta]:
    """How far back a touch may lie, by client."""
    rows = await transaction.tuples(
        "SELECT client_id, lookback_days FROM clients WHERE client_id = ANY (%b)", (list(client_ids),)
    )
    return {client_id: timedelta(days=days) for client_id, days in rows}


class CreditRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `credits`."""

    client_id: UUID
    subject_id: UUID
    subject_kind: str
    model: str
    position: int
    weight: str
    touch_id: UUID | None
    source: str
    medium: str
    campaign: str
    channel: str
    method: str
    landing_page: str | None
    rule: str
    considered: int


_COLUMNS = ", ".join(CreditRow.__struct_fields__)
_SETTABLE = [
    name
    for name in CreditRow.__struct_fields__
    if name not in {"client_id", "subject_id", "subject_kind", "model", "position"}
]
_CONFLICT = f"""
ON CONFLICT (client_id, subject_id, model, position) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _SETTABLE)}
WHERE ({", ".join(f"credits.{name}" for name in _SETTABLE)})
    IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _SETTABLE)})
"""


async def write_credits(transaction: Transaction, credits_: Sequence[CreditRow]) -> set[tuple[UUID, UUID]]:
    """Write credits; returns the subjects whose credit is new or another than before: (client, subject)."""
    rows = await transaction.tuples(
        f"""
        INSERT INTO credits ({_COLUMNS})
        SELECT {_COLUMNS} FROM json_populate_recordset(null::credits, %s::json)
        {_CONFLICT} RETURNING client_id, subject_id
        """,
        (rows_as_json(credits_),),
    )
    return {(row[0], row[1]) for row in rows}


async def insert_credits(transaction: Transaction, credits_: Sequence[CreditRow]) -> None:
    """Write credits of subjects that have none yet."""
    await insert_rows(transaction, "credits", credits_)


async def counting_moments(transaction: Transaction, orders: Keys, leads: Keys) -> set[tuple[UUID, datetime]]:
    """The instants at which orders count, their refunds, and leads: what a changed credit changes."""
    rows = await transaction.tuples(
        """
        WITH o AS (
            SELECT client_id, order_id, counted_at FROM orders
            JOIN unnest(%b::uuid[], %b::uuid[]) AS k (client_id, order_id) USING (client_id, order_id)
            WHERE is_counted
        )
        SELECT client_id, counted_at FROM o
        UNION
        SELECT client_id, refunded_at FROM refunds JOIN o USING (client_id, order_id) WHERE NOT is_withdrawn
        UNION
        SELECT client_id, registered_at FROM leads
        JOIN unnest(%b::uuid[], %b::uuid[]) AS k (client_id, lead_id) USING (client_id, lead_id)
        """,
        [
            [client for client, _ in orders],
            [order for _, order in orders],
            [client for client, _ in leads],
            [lead for _, lead in leads],
        ],
    )
    return {(row[0], row[1]) for row in rows}


async def client_sources(
    transaction: Transaction, client_ids: Sequence[UUID]
) -> list[tuple[UUID, list[str], list[dict[str, str]]]]:
    """What clients add to the shipped tables: their own domains, and their names for sources."""
    rows = await transaction.tuples(
        """
        SELECT c.client_id,
               array_remove(c.own_domains || c.domain || array_agg(DISTINCT n.domain), NULL),
               c.source_aliases
        FROM clients c LEFT JOIN connections n USING (client_id)
        WHERE c.client_id = ANY (%b)
        GROUP BY c.client_id
        """,
        (list(client_ids),),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def credited_to(kind: str, model: str, wanted: Mapping[str, str]) -> Condition:
    """A condition of lists of orders or leads: their first credit is to this source or channel."""
    parts = "".join(f" AND k.{name} = %(credited_{name})s" for name in wanted)
    return Condition(
        f"""EXISTS (SELECT FROM credits k WHERE k.client_id = t.client_id AND k.subject_id = t.{kind}_id
            AND k.model = %(credit_model)s AND k.position = 0{parts})""",
        {"credit_model": model} | {f"credited_{name}": value for name, value in wanted.items()},
    )


_SOURCE = ("source", "medium", "campaign", "channel", "method", "rule")


async def first_credits(
    transaction: Transaction, model: str, subject_ids: Collection[UUID]
) -> dict[UUID, Source]:
    """The source that earned each subject of the scope by a model, or the first of several."""
    if not subject_ids:
        return {}
    rows = await transaction.tuples(
        f"""
        SELECT subject_id, {", ".join(_SOURCE)} FROM credits
        WHERE client_id = ANY (%s) AND subject_id = ANY (%s) AND model = %s AND position = 0
        """,
        (list(transaction.scope.client_ids), list(subject_ids), model),
    )
    return {row[0]: Source(**dict(zip(_SOURCE, row[1:], strict=True))) for row in rows}


async def credit_with_evidence(
    transaction: Transaction, model: str, subject_id: UUID
) -> tuple[Credit, Touch | None, str] | None:
    """The first credit of a subject of the scope, the touch that it names, and the client's time zone."""
    rows = await transaction.tuples(
        f"""
        SELECT c.timezone, k.touch_id, k.weight, k.rule, k.considered,
               t.occurred_at, t.visitor_id, t.evidence, coalesce(t.rule, k.rule),
               {", ".join(f"k.{name}" for name in _SOURCE[:-1])}
        FROM credits k JOIN clients c USING (client_id)
        LEFT JOIN touches t ON t.client_id = k.client_id AND t.touch_id = k.touch_id
        WHERE k.client_id = ANY (%s) AND k.subject_id = %s AND k.model = %s AND k.position = 0
        """,
        (list(transaction.scope.client_ids), subject_id, model),
    )
    if not rows:
        return None
    timezone, touch_id, weight, decided, considered, at, visitor_id, evidence, classified, *parts = rows[0]
    source = Source(**dict(zip(_SOURCE, [*parts, classified], strict=True)))
    credit = Credit(touch_id=touch_id, source=source, rule=decided, considered=considered, weight=weight)
    if evidence is None:
        return credit, None, timezone
    touch = Touch(occurred_at=at, evidence=msgspec.convert(evidence, Evidence), visitor_id=visitor_id)
    return credit, touch, timezone


async def count_orphans(transaction: Transaction) -> dict[str, int]:
    """How many orders and leads have no credit, and credits nothing to be for; serves the worker role."""
    checks = {
        "orders without credit": """
            SELECT count(*) FROM orders o WHERE NOT EXISTS (
                SELECT FROM credits k WHERE k.client_id = o.client_id AND k.subject_id = o.order_id)""",
        "leads without credit": """
            SELECT count(*) FROM leads l WHERE NOT EXISTS (
                SELECT FROM credits k WHERE k.client_id = l.client_id AND k.subject_id = l.lead_id)""",
        "credits for nothing": """
            SELECT count(*) FROM credits k WHERE NOT EXISTS (
                SELECT FROM orders o WHERE o.client_id = k.client_id AND o.order_id = k.subject_id)
            AND NOT EXISTS (
                SELECT FROM leads l WHERE l.client_id = k.client_id AND l.lead_id = k.subject_id)""",
    }
    return {name: await transaction.scalar(query) for name, query in checks.items()}
