"""Gives orders and leads their credit whenever what is known of a journey changes."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from convertos.attribution.credit import MODELS, Credit, JourneyTouch
from convertos.attribution.store import (
    CreditRow,
    Subject,
    counting_moments,
    insert_credits,
    journeys,
    leads_to_credit,
    lookbacks,
    orders_to_credit,
    write_credits,
)
from convertos.core.database import Transaction
from convertos.jobs import emit
from convertos.records import AmountsChanged, FreshJourney, JourneysChanged, Source
from convertos.records.facts import Keys

DEFAULT_MODEL = "last_touch"
"""Kept for every order and lead; the other models are computed when somebody asks."""


async def award(transaction: Transaction, changed: JourneysChanged) -> None:
    """Credit what is new, and what a new arrival may have earned. The same journeys, the same credits."""
    await insert_credits(transaction, await _fresh_credits(transaction, changed.fresh))
    orders = await orders_to_credit(transaction, changed)
    leads = await leads_to_credit(transaction, changed)
    rows = [*await credits_of(transaction, "order", orders), *await credits_of(transaction, "lead", leads)]
    if not rows:
        return
    others = await write_credits(transaction, rows)
    # Whoever wrote the new orders has told of their days already. A lead that is told again keeps its first
    # time, so the day that was told of may be another.
    again = _known_before(orders, changed.orders, others), _known_before(leads, frozenset(), others)
    if any(again):
        moments = await counting_moments(transaction, *again)
        await emit(transaction, AmountsChanged(moments=frozenset(moments)))


def _known_before(subjects: Sequence[Subject], new: Keys, others: set[tuple[UUID, UUID]]) -> Keys:
    return (frozenset((subject.client_id, subject.subject_id) for subject in subjects) & others) - new


async def _fresh_credits(transaction: Transaction, journeys: Sequence[FreshJourney]) -> list[CreditRow]:
    if not journeys:
        return []
    lookback = await lookbacks(transaction, list({journey.client_id for journey in journeys}))
    rows: list[CreditRow] = []
    for journey in journeys:
        touches = [
            JourneyTouch(
                id=touch.touch_id, occurred_at=touch.occurred_at, source=touch.source, is_own=touch.is_own
            )
            for touch in journey.touches
        ]
        pages = {touch.touch_id: touch.landing_page for touch in journey.touches}
        subject = Subject(journey.client_id, journey.subject_id, None, None, journey.occurred_at, None)
        earned = MODELS[DEFAULT_MODEL](journey.occurred_at, touches, lookback[journey.client_id])
        rows.extend(
            _row(journey.kind, subject, position, credit, pages) for position, credit in enumerate(earned)
        )
    return rows


async def credits_of(
    transaction: Transaction, kind: str, subjects: Sequence[Subject], model: str = DEFAULT_MODEL
) -> list[CreditRow]:
    """What the journeys of orders (or leads) earned them by a model; nothing is written."""
    if not subjects:
        return []
    lookback = await lookbacks(transaction, list({subject.client_id for subject in subjects}))
    own = {subject.subject_id: frozenset(subject.own_touch_ids or ()) for subject in subjects}
    touches: dict[UUID, list[JourneyTouch]] = {}
    pages: dict[UUID, str | None] = {}
    for subject_id, touch_id, occurred_at, *concluded, page in await journeys(
        transaction, subjects, lookback
    ):
        source, medium, campaign, channel, method, rule = concluded
        touch = JourneyTouch(
            id=touch_id,
            occurred_at=occurred_at,
            source=Source(
                source=source, medium=medium, campaign=campaign, channel=channel, method=method, rule=rule
            ),
            is_own=touch_id in own[subject_id],
        )
        touches.setdefault(subject_id, []).append(touch)
        pages[touch_id] = page
    rows: list[CreditRow] = []
    for subject in subjects:
        journey = touches.get(subject.subject_id, ())
        earned = MODELS[model](subject.occurred_at, journey, lookback[subject.client_id])
        rows.extend(
            _row(kind, subject, position, credit, pages, model=model)
            for position, credit in enumerate(earned)
        )
    return rows


def _row(
    kind: str,
    subject: Subject,
    position: int,
    credit: Credit,
    pages: dict[UUID, str | None],
    *,
    model: str = DEFAULT_MODEL,
) -> CreditRow:
    source = credit.source
    return CreditRow(
        client_id=subject.client_id,
        subject_id=subject.subject_id,
        subject_kind=kind,
        model=model,
        position=position,
        weight=str(Decimal(credit.weight)),
        touch_id=credit.touch_id,
        source=source.source,
        medium=source.medium,
        campaign=source.campaign,
        channel=source.channel,
        method=source.method,
        landing_page=pages.get(credit.touch_id) if credit.touch_id else None,
        rule=credit.rule,
        considered=min(credit.considered, 32767),
    )
