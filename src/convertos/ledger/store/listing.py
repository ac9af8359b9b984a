"""SQL of lists: parts of what clients have, each client's read along an index and then merged.

One index can't give the rows of several clients in the order of time. So each client is asked for as many as
are wanted, and the list is made of the best of all.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from convertos.core.database import Transaction

Shape = TypeVar("Shape")


class Condition(NamedTuple):
    """What the rows of a list have to be like.

    Attributes:
        sql: about the row `t` and its client `c`.
        parameters: by names that no other condition of the list has.
    """

    sql: str
    parameters: Mapping[str, Any]


class Sort(NamedTuple):
    """By what a list is sorted; rows that are equal in it are sorted by their id.

    Attributes:
        column: of the listed table, never null; also the name of the shape's field.
        type: of its values, as a cursor holds them.
    """

    column: str
    type: type
    is_descending: bool = True


class Listing(NamedTuple):
    """A table that can be listed.

    Attributes:
        columns: what is read of a row `t`, its client `c` and what is joined.
        joins: rows that each listed row has exactly one of, or maybe one.
        always: a condition of every list.
    """

    table: str
    id_column: str
    columns: str
    joins: str = ""
    always: str = ""


def equals(column: str, value: object) -> list[Condition]:
    """A filter that is off where its value is `None`."""
    return [] if value is None else [Condition(f"t.{column} = %({column})s", {column: value})]


def among(column: str, values: Sequence[object]) -> list[Condition]:
    """A filter that is off where it names nothing."""
    return [Condition(f"t.{column} = ANY (%({column}s)s)", {f"{column}s": list(values)})] if values else []


def on_days(column: str, first: date | None, last: date | None) -> list[Condition]:
    """Between two days of the client's calendar, both of them included."""
    found = []
    # The first line of each is for the index; clocks that go back over midnight let a date begin twice.
    if first is not None:
        found.append(
            Condition(
                f"""t.{column} >= %(first)s::date::timestamp AT TIME ZONE c.timezone - interval '3 hours'
                AND (t.{column} AT TIME ZONE c.timezone)::date >= %(first)s""",
                {"first": first},
            )
        )
    if last is not None:
        found.append(
            Condition(
                f"""t.{column} < (%(last)s::date + 1)::timestamp AT TIME ZONE c.timezone + interval '3 hours'
                AND (t.{column} AT TIME ZONE c.timezone)::date <= %(last)s""",
                {"last": last},
            )
        )
    return found


async def list_rows(
    transaction: Transaction,
    shape: type[Shape],
    listing: Listing,
    conditions: Sequence[Condition],
    sort: Sort,
    *,
    after: tuple[Any, ...] | None,
    limit: int,
) -> list[Shape]:
    """The first rows of the scope's clients.

    Args:
        after: the sort value and id of the row that the list goes on after.
    """
    direction, further = ("DESC", "<") if sort.is_descending else ("ASC", ">")
    ordered = f"t.{sort.column} {direction}, t.{listing.id_column} {direction} LIMIT %(limit)s"
    parameters = {"clients": list(transaction.scope.client_ids), "limit": limit}
    wanted = "".join(f" AND ({condition.sql})" for condition in conditions)
    for condition in conditions:
        parameters |= condition.parameters
    if after is not None:
        wanted += f" AND (t.{sort.column}, t.{listing.id_column}) {further} (%(after)s, %(after_id)s)"
        parameters |= {"after": after[0], "after_id": after[1]}
    return await transaction.fetch(
        shape,
        f"""
        SELECT {listing.columns}
        FROM clients c CROSS JOIN LATERAL (
            SELECT * FROM {listing.table} t
            WHERE t.client_id = c.client_id {listing.always} {wanted}
            ORDER BY {ordered}
        ) t {listing.joins}
        WHERE c.client_id = ANY (%(clients)s)
        ORDER BY {ordered}
        """,
        parameters,
    )


async def find_rows(
    transaction: Transaction, shape: type[Shape], listing: Listing, ids: Sequence[UUID]
) -> list[Shape]:
    """Rows by their ids, in no particular order; ids outside of the scope find nothing."""
    if not ids:
        return []
    return await transaction.fetch(
        shape,
        f"""
        SELECT {listing.columns}
        FROM clients c JOIN {listing.table} t ON t.client_id = c.client_id {listing.joins}
        WHERE c.client_id = ANY (%(clients)s) AND t.{listing.id_column} = ANY (%(ids)s)
        """,
        {"clients": list(transaction.scope.client_ids), "ids": list(ids)},
    )
