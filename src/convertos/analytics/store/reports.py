"""SQL that asks the sums; serves people, so it stays inside the transaction's scope."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from convertos.analytics.model import Client, Dimension, Question, View
from convertos.core.database import Transaction

_DETAIL: Mapping[str, int] = {
    "status": 1,
    "channel": 2,
    "source": 2,
    "medium": 3,
    "campaign": 3,
    "landing_page": 4,
}
"""The coarsest detail of `day_sums` that tells a name apart."""
REFUNDS: Mapping[View, str] = {View.ORDER: "refunds", View.CASH: "refunds_on_day"}
"""The column that a view takes for refunds."""


class Found(NamedTuple):
    """What was found under one heading.

    Attributes:
        period: its place among the question's.
        step: its place within the period.
        currency: empty for leads.
    """

    period: int
    step: int
    currency: str
    key: str
    orders: int
    revenue: Decimal
    refunds: Decimal
    new_customers: int
    leads: int


async def clients_in_scope(transaction: Transaction) -> dict[UUID, Client]:
    """The clients of the scope, by id."""
    rows = await transaction.tuples(
        "SELECT client_id, timezone, currency FROM clients WHERE client_id = ANY (%b)",
        (list(transaction.scope.client_ids),),
    )
    return {row[0]: Client(*row) for row in rows}


def reached(transaction: Transaction, question: Question) -> list[UUID]:
    """The question's clients; never more than the scope holds."""
    return list(transaction.scope.narrowed(question.client_ids).client_ids)


async def has_stale_days(transaction: Transaction, question: Question) -> bool:
    """Whether a day of the question's periods waits to be summed anew."""
    found = await transaction.scalar(
        """
        SELECT EXISTS (
            SELECT FROM stale_days
            JOIN unnest(%b::date[], %b::date[]) AS p (first, last) ON day BETWEEN first AND last
            WHERE client_id = ANY (%b)
        )
        """,
        [
            [p.first for p in question.periods],
            [p.last for p in question.periods],
            reached(transaction, question),
        ],
    )
    return bool(found)


def conditions(question: Question, table: str) -> str:
    """The filters as a condition; their parameters are `question.filters.given()`."""
    return "".join(f" AND {table}.{name} = ANY (%({name})s)" for name in question.filters.given())


async def find_sums(
    transaction: Transaction,
    question: Question,
    by: Dimension | None = None,
    firsts: Sequence[Sequence[date]] | None = None,
) -> list[Found]:
    """Sums by period, step, currency and key, all of one moment; what is nothing is left out.

    Args:
        firsts: for each period the first days of its steps; without them it is one step.
    """
    filters = question.filters.given()
    firsts = firsts or [[period.first] for period in question.periods]
    rows = await transaction.tuples(
        f"""
        WITH periods AS MATERIALIZED (
            SELECT first, last, starts::date[] AS starts, (place - 1)::int AS place
            FROM unnest(%(firsts)s::date[], %(lasts)s::date[], %(starts)s::text[])
                WITH ORDINALITY AS p (first, last, starts, place)
        )
        SELECT p.place, width_bucket(s.day, p.starts) - 1, s.currency, {f"s.{by}" if by else "''"},
               sum(s.orders)::int, sum(s.revenue), sum(s.{REFUNDS[question.view]}), sum(s.new_customers)::int,
               sum(s.leads)::int
        FROM periods p JOIN day_sums s ON s.day BETWEEN p.first AND p.last
        WHERE s.client_id = ANY (%(clients)s) AND s.detail = %(detail)s{conditions(question, "s")}
        GROUP BY 1, 2, 3, 4
        """,
        {
            **filters,
            "clients": reached(transaction, question),
            "detail": max([1, *(_DETAIL[name] for name in filters), *([_DETAIL[by]] if by else [])]),
            "firsts": [period.first for period in question.periods],
            "lasts": [period.last for period in question.periods],
            "starts": ["{" + ",".join(map(str, days)) + "}" for days in firsts],
        },
    )
    return [Found(*row) for row in rows]
