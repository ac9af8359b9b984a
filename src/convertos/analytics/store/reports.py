"""SQL that asks the sums; serves people, so it stays inside the transaction's scope."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from convertos.analytics.model import Client, Dimension, Question, View
from convertos.analytics.periods import Period
from convertos.analytics.spans import spans_of
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
        key: `None` for those that are not told apart.
    """

    period: int
    step: int
    currency: str
    key: str | None
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


class Wanted(NamedTuple):
    """What is asked of the sums of one period.

    Attributes:
        steps: the period, cut.
        by: what amounts are told apart by; `None` for all together.
    """

    steps: Sequence[Period]
    by: Dimension | None


async def find_sums(
    transaction: Transaction,
    question: Question,
    wanted: Sequence[Wanted],
    *,
    listed: Collection[tuple[str, str]] | None = None,
) -> list[Found]:
    """Sums by period, step, currency and key, all of one moment; what is nothing is left out.

    Args:
        wanted: for each of the question's periods; whatever they are told apart by, it is the same.
        listed: only these keys, each of its currency, are told apart; all others are found together.
    """
    rows = await transaction.tuples(
        f"""
        WITH periods AS MATERIALIZED (
            SELECT starts::date[] AS starts, (place - 1)::int AS place
            FROM unnest(%(starts)s::text[]) WITH ORDINALITY AS p (starts, place)
        ), spans AS MATERIALIZED (
            SELECT * FROM unnest(%(places)s::int[], %(has_keys)s::bool[], %(details)s::smallint[],
                                 %(firsts)s::date[], %(lasts)s::date[])
                AS p (place, has_key, detail, first, last) JOIN periods USING (place)
        )
        SELECT p.place, CASE WHEN cardinality(p.starts) = 1 THEN 0 ELSE width_bucket(s.day, p.starts) - 1 END,
               s.currency, {_key(wanted, is_folded=listed is not None)},
               sum(s.orders)::int, sum(s.revenue), sum(s.{REFUNDS[question.view]}), sum(s.new_customers)::int,
               sum(s.leads)::int
        FROM spans p JOIN day_sums s ON s.detail = p.detail AND s.day BETWEEN p.first AND p.last
        WHERE s.client_id = ANY (%(clients)s){conditions(question, "s")}
        GROUP BY 1, 2, 3, 4
        """,
        {
            **question.filters.given(),
            **_spans(question, wanted),
            "clients": reached(transaction, question),
            "currencies": [currency for currency, _ in listed or ()],
            "keys": [key for _, key in listed or ()],
        },
    )
    return [Found(*row) for row in rows]


def _key(wanted: Sequence[Wanted], *, is_folded: bool) -> str:
    by = next((each.by for each in wanted if each.by), None)
    if by is None:
        return "''"
    listed = "(s.currency, s.{by}) IN (SELECT * FROM unnest(%(currencies)s::text[], %(keys)s::text[]))"
    return f"CASE WHEN p.has_key{f' AND {listed}'.format(by=by) if is_folded else ''} THEN s.{by} END"


def _spans(question: Question, wanted: Sequence[Wanted]) -> dict[str, Any]:
    spans = [
        (place, each.by is not None, span.detail, *span.days)
        for place, each in enumerate(wanted)
        for span in spans_of(each.steps, _detail(question, each.by))
    ]
    columns = zip(*spans, strict=True) if spans else [()] * 5
    return {
        "starts": ["{" + ",".join(str(step.first) for step in each.steps) + "}" for each in wanted],
        **dict(zip(("places", "has_keys", "details", "firsts", "lasts"), map(list, columns), strict=True)),
    }


def _detail(question: Question, by: Dimension | None) -> int:
    names = [*question.filters.given(), *([by.value] if by else [])]
    return max([1, *(_DETAIL[name] for name in names)])
