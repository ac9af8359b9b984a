"""Turns what somebody asked for into a question that can be answered."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from convertos.analytics.model import NOTHING_KNOWN, Filters, Question, View
from convertos.analytics.periods import Compare, compared, period_asked
from convertos.analytics.store.reports import clients_in_scope
from convertos.core.database import Transaction
from convertos.core.errors import InvalidError, NotFoundError


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller gave; all of it may be left out.

    Attributes:
        client_ids: in the caller's order; without any, all that the transaction may see.
        first, last: days on each client's calendar, both included.
    """

    client_ids: Sequence[UUID] = ()
    first: date | None = None
    last: date | None = None
    compare: Compare | None = None
    view: View = View.ORDER
    currency: str | None = None
    status: Sequence[str] = ()
    channel: Sequence[str] = ()
    source: Sequence[str] = ()
    medium: Sequence[str] = ()
    campaign: Sequence[str] = ()


async def question_of(transaction: Transaction, asked: Asked, now: datetime) -> Question:
    """The question, with what was left out put in.

    Raises:
        NotFoundError: a client does not exist, or the transaction's scope does not hold it.
        InvalidError: the range of days makes no sense.
    """
    known = await clients_in_scope(transaction)
    wanted = list(dict.fromkeys(asked.client_ids or transaction.scope.client_ids))
    if not wanted or not known.keys() >= set(wanted):
        raise NotFoundError("There is no such client.")
    clients = tuple(known[client_id] for client_id in wanted)
    period = period_asked(asked.first, asked.last, now.astimezone(ZoneInfo(clients[0].timezone)).date())
    return Question(
        clients=clients,
        period=period,
        comparison=(asked.compare, compared(period, asked.compare)) if asked.compare else None,
        view=asked.view,
        currency=_currency(asked.currency),
        filters=_filters(asked),
        as_of=now,
    )


def _currency(stated: str | None) -> str | None:
    if stated is None:
        return None
    currency = stated.strip().upper()
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise InvalidError.field("currency", "A currency is three letters of ISO 4217, such as EUR.")
    return currency


def _filters(asked: Asked) -> Filters:
    campaign = ["" if name == NOTHING_KNOWN else name for name in asked.campaign]
    return Filters(
        status=tuple(asked.status),
        channel=tuple(asked.channel),
        source=tuple(asked.source),
        medium=tuple(asked.medium),
        campaign=tuple(campaign),
    )
