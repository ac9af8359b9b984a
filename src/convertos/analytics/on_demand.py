"""Answers by models whose credits are not kept: from the journey of each order, while somebody waits."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

from convertos.analytics.landing_page import landing_page_of
from convertos.analytics.model import Dimension, Filters, Question
from convertos.analytics.store.moved import Moved, find_moved
from convertos.analytics.store.reports import Found
from convertos.attribution.award import credits_of
from convertos.attribution.store import CreditRow, Subject
from convertos.core.database import Transaction
from convertos.core.errors import InvalidError

MOST_JOURNEYS = 20_000
_AT_ONCE = 1_000


async def find_by_model(
    transaction: Transaction,
    question: Question,
    by: Dimension,
    model: str,
    *,
    most: int = MOST_JOURNEYS,
) -> list[Found]:
    """What `find_sums` finds, by a model that gives each order to a single touch.

    Args:
        most: so many journeys are followed.

    Raises:
        InvalidError: there are too many orders and leads to follow the journey of each.
    """
    found: list[Found] = []
    left = most
    for place, period in enumerate(question.periods):
        moved = await find_moved(transaction, question, period, left)
        left -= len(moved)
        if left < 0:
            raise InvalidError.field(
                "model",
                f"{model} is calculated from the journey of each order, for {most} at most, and the "
                "range holds more. Ask for fewer days, or for last_touch.",
            )
        sums: dict[tuple[str, str], list[Moved]] = defaultdict(list)
        async for each, credit in _credited(transaction, moved, model):
            if _lets(question.filters, credit):
                sums[each.currency, _key(by, credit)].append(each)
        found.extend(_found(place, currency, key, parts) for (currency, key), parts in sums.items())
    return found


async def _credited(
    transaction: Transaction, moved: Sequence[Moved], model: str
) -> AsyncIterator[tuple[Moved, CreditRow]]:
    for start in range(0, len(moved), _AT_ONCE):
        part = {each.subject_id: each for each in moved[start : start + _AT_ONCE]}
        for kind in ("order", "lead"):
            subjects = [_subject(each) for each in part.values() if each.kind == kind]
            for credit in await credits_of(transaction, kind, subjects, model):
                yield part[credit.subject_id], credit


def _subject(each: Moved) -> Subject:
    return Subject(
        each.client_id, each.subject_id, each.contact_id, each.visitor_id, each.occurred_at, each.touch_ids
    )


def _lets(filters: Filters, credit: CreditRow) -> bool:
    """Whether a credit passes the filters; the status was asked for with the orders."""
    return all(name == "status" or getattr(credit, name) in names for name, names in filters.given().items())


def _key(by: Dimension, credit: CreditRow) -> str:
    if by is Dimension.LANDING_PAGE:
        return landing_page_of(credit.landing_page)
    return str(getattr(credit, by))


def _found(period: int, currency: str, key: str, parts: Sequence[Moved]) -> Found:
    return Found(
        period=period,
        step=0,
        currency=currency,
        key=key,
        orders=sum(each.orders for each in parts),
        revenue=sum((each.revenue for each in parts), Decimal(0)),
        refunds=sum((each.refunds for each in parts), Decimal(0)),
        new_customers=sum(each.new_customers for each in parts),
        leads=sum(each.leads for each in parts),
    )
