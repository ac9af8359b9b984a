"""Answers who earned what: amounts by source, medium, campaign, channel or landing page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from convertos.analytics.model import (
    NOTHING,
    NOTHING_KNOWN,
    Breakdown,
    BreakdownReport,
    Dimension,
    Question,
    Row,
    Sums,
    total_of,
)
from convertos.analytics.on_demand import find_by_model
from convertos.analytics.store.reports import Found, Wanted, find_sums, has_stale_days
from convertos.attribution.award import DEFAULT_MODEL
from convertos.attribution.credit import MODELS
from convertos.core.database import Transaction
from convertos.core.errors import InvalidError

LARGEST_LIMIT = 1000

_LATER_MODELS = frozenset({"first_touch", "linear", "position_based", "time_decay", "markov", "shapley"})

_Pair = list[Sums]
"""The sums of the period, and of the one it is compared against."""


def model_asked(name: str | None) -> str:
    """The model that is meant.

    Raises:
        InvalidError: there is none of this name, or this release can't calculate it.
    """
    if name is None:
        return DEFAULT_MODEL
    if name in MODELS:
        return name
    known = ", ".join(MODELS)
    if name in _LATER_MODELS:
        raise InvalidError.field("model", f"This release does not calculate {name}. It knows {known}.")
    raise InvalidError.field("model", f"There is no such model. This release knows {known}.")


async def break_down(
    transaction: Transaction,
    question: Question,
    by: Dimension,
    *,
    model: str = DEFAULT_MODEL,
    limit: int = LARGEST_LIMIT,
) -> BreakdownReport:
    """Amounts by what earned them; each currency's rows and rest add up to its orders' total.

    Args:
        model: one of `attribution.credit.MODELS`.
        limit: rows to list; what is smaller goes into the rest.

    Raises:
        InvalidError: the model is calculated from journeys, and there are too many for that.
    """
    is_stale = await has_stale_days(transaction, question)
    if model == DEFAULT_MODEL:
        found = await find_sums(transaction, question, [Wanted([period], by) for period in question.periods])
    else:
        found = await find_by_model(transaction, question, by, model)
    amounts, leads = gathered(found)
    return BreakdownReport(
        question=question,
        is_up_to_date=not is_stale,
        by=by,
        model=model,
        breakdowns=[
            _breakdown(currency, amounts.get(currency, {}), limit) for currency in question.ordered(amounts)
        ],
        leads=sorted(leads.items(), key=lambda lead: (-lead[1], lead[0])),
    )


def gathered(found: Iterable[Found]) -> tuple[Mapping[str, Mapping[str, _Pair]], Mapping[str, int]]:
    """What was found, by currency and key; and the leads of the period by key."""
    amounts: dict[str, dict[str, _Pair]] = defaultdict(dict)
    leads: dict[str, int] = {}
    for row in found:
        key = row.key or NOTHING_KNOWN
        if row.currency:
            pair = amounts[row.currency].setdefault(key, [NOTHING, NOTHING])
            pair[row.period] = Sums(
                orders=row.orders,
                revenue=row.revenue,
                refunds=row.refunds,
                new_customers=row.new_customers,
            )
        elif row.period == 0:
            leads[key] = row.leads
    return amounts, leads


def _breakdown(currency: str, amounts: Mapping[str, _Pair], limit: int) -> Breakdown:
    rows = sorted((Row(key, *pair) for key, pair in amounts.items() if any(pair)), key=_place)
    rest = rows[limit:]
    return Breakdown(currency, rows[:limit], _together(rest), len(rest), _together(rows))


def _place(row: Row) -> tuple[object, ...]:
    return -row.sums.revenue, -row.sums.orders, -row.compared.revenue, row.key


def _together(rows: list[Row]) -> Row:
    return Row("", total_of(row.sums for row in rows), total_of(row.compared for row in rows))
