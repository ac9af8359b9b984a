"""What has happened, told to whoever comes after. `flow` says which fact starts which work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from convertos.records.demand import DemandKind
from convertos.records.touch import Source

Keys = frozenset[tuple[UUID, UUID]]
"""(client, thing)."""
Moments = frozenset[tuple[UUID, datetime]]
"""(client, instant): when something counts, or counted before."""


class Span(NamedTuple):
    """The earliest and the latest of some arrivals."""

    first: datetime
    last: datetime

    def and_also(self, other: "Span") -> "Span":
        """The span that holds both."""
        return Span(min(self.first, other.first), max(self.last, other.last))


EVER = Span(datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
"""Whatever the arrivals were."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is true from now on. Facts name keys; whoever reacts reads afresh."""


class RecordedTouch(NamedTuple):
    """A touch with what was concluded from it.

    Attributes:
        is_own: whether the order or lead recorded it itself.
    """

    touch_id: UUID
    occurred_at: datetime
    source: Source
    landing_page: str | None
    is_own: bool


class FreshJourney(NamedTuple):
    """A new order or lead of somebody who was never seen before: these touches are all there are.

    Attributes:
        kind: `order` or `lead`.
    """

    client_id: UUID
    subject_id: UUID
    kind: str
    occurred_at: datetime
    touches: Sequence[RecordedTouch]


@dataclass(frozen=True, slots=True)
class JourneysChanged(Fact):
    """Who gets the credit may be another now.

    Attributes:
        fresh: journeys without a past, with their contents, so that nobody has to look for what is not there.
        orders: that are new, or belong to somebody else, or have other touches of their own.
        leads: likewise.
        contacts: whose arrivals are others than before, each with the span of what is news.
        visitors: (client, browser) likewise, for orders and leads that were made with it.
    """

    fresh: Sequence[FreshJourney] = ()
    orders: Keys = frozenset()
    leads: Keys = frozenset()
    contacts: Mapping[tuple[UUID, UUID], Span] = field(default_factory=dict)
    visitors: Mapping[tuple[UUID, str], Span] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AmountsChanged(Fact):
    """What is added up by day is another now, at these instants."""

    moments: Moments


@dataclass(frozen=True, slots=True)
class ClientCalendarChanged(Fact):
    """A client's days or its meaning of revenue changed: all of its sums have to be made again."""

    client_id: UUID


@dataclass(frozen=True, slots=True)
class Demanded(Fact):
    """A platform asks something of us; what exactly stands in the receipt."""

    client_id: UUID
    connection_id: UUID
    receipt_id: UUID
    kind: DemandKind


@dataclass(frozen=True, slots=True)
class OrdersToRevisit(Fact):
    """A store will know more of these orders later.

    Attributes:
        orders: (client, connection, the store's number).
        first_after: how long after now it may know for the first time.
    """

    orders: frozenset[tuple[UUID, UUID, str]]
    first_after: timedelta
