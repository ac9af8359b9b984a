"""The crowd: who finds the brand on which way, and how they come back before they decide."""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from convertos.demo.arrivals import arrive
from convertos.demo.brand import Way
from convertos.demo.chance import Weighted
from convertos.demo.happenings import Arrived, Person, Visit
from convertos.demo.people import make_person
from convertos.demo.scene import Scene
from convertos.demo.season import busyness

_VISITS_OF_BUYERS = Weighted({1: 0.42, 2: 0.26, 3: 0.15, 4: 0.09, 5: 0.05, 6: 0.02, 8: 0.01})
_VISITS_OF_CUSTOMERS = Weighted({1: 0.66, 2: 0.25, 3: 0.09})
_VISITS_OF_LOOKERS = Weighted({1: 0.84, 2: 0.12, 3: 0.04})
_DAYS_BETWEEN_VISITS = 2.4
_SPREAD_BETWEEN_VISITS = 1.15
_LONGEST_BETWEEN_VISITS = 40.0
_REMEMBERED = 10
_NEW_BROWSER = 0.22
_SALE = 2.0
"""How busy a day is on which people make up their mind at once, because tomorrow it costs more."""
_DECIDES_IN_SALE = 0.7
_TYPED = Way(form="direct")


class Mood(StrEnum):
    """Why somebody comes back: to make up their mind, as a customer, or to what they left."""

    CONSIDERING = "considering"
    LOYAL = "loyal"
    RECOVERING = "recovering"


class Visitor:
    """Somebody with a browser, who may turn out to be a person with a name.

    Attributes:
        visitor_id: `None` for who does not want to be followed.
        touches: the visits that the site remembers, the last ones.
        account: the number of the account in the shop; 0 without one.
        orders: how many were paid.
        promised: the coupon that brought them.
    """

    __slots__ = (
        "account",
        "is_guest",
        "is_subscriber",
        "orders",
        "person",
        "promised",
        "touches",
        "visitor_id",
        "visits",
    )

    def __init__(self, visitor_id: str | None, *, is_guest: bool) -> None:
        self.visitor_id = visitor_id
        self.is_guest = is_guest
        self.person: Person | None = None
        self.touches: list[Visit] = []
        self.visits = 0
        self.is_subscriber = False
        self.account = 0
        self.orders = 0
        self.promised = ""


Decide = Callable[[Visitor, Visit], None]
"""What somebody does at the end of a visit."""


class _Journey(NamedTuple):
    """Somebody on the way to a decision."""

    visitor: Visitor
    mood: Mood
    decide: Decide


class Crowd:
    """Brings visitors.

    Args:
        buy: what a buyer does when their mind is made up.
        look: what a visitor does who will not buy.
    """

    def __init__(self, scene: Scene, *, buy: Decide, look: Decide) -> None:
        self._scene = scene
        self._buy = buy
        self._look = look
        self._ways: dict[tuple[Mood, bool], Weighted[Way]] = {}
        self._is_sale = False

    def plan_day(self, day: date) -> None:
        """Have a day's new visitors come, and note on which ways people can come back."""
        scene, number = self._scene, self._scene.day_number(day)
        ways = [way for way in scene.brand.ways if way.is_open(day, number)]
        self._ways = {
            (mood, is_subscriber): Weighted(
                [(way, getattr(way, mood.value)) for way in ways if is_subscriber or not way.is_mail]
            )
            for mood in Mood
            for is_subscriber in (False, True)
        }
        growth = scene.brand.growth ** (number / 365)
        busy = busyness(day, scene.brand.season)
        self._is_sale = busy > _SALE
        rush = busy * growth * scene.scale * scene.chance.about(1.0, 0.1)
        for way in ways:
            self._plan_discoveries(day, way, way.buyers * rush)

    def _plan_discoveries(self, day: date, way: Way, buyers: float) -> None:
        if not buyers:
            return
        chance, timeline = self._scene.chance, self._scene.timeline
        for _ in range(chance.count(buyers)):
            timeline.plan(self._scene.moment_on(day), lambda at: self._discover(at, way, self._buy))
        for _ in range(chance.count(buyers * way.lookers)):
            timeline.plan(self._scene.moment_on(day), lambda at: self._discover(at, way, self._look))

    def _discover(self, at: datetime, way: Way, decide: Decide) -> None:
        visitor = self.newcomer()
        visits = _VISITS_OF_BUYERS if decide == self._buy else _VISITS_OF_LOOKERS
        journey = _Journey(visitor, Mood.CONSIDERING, decide)
        self._come(journey, way, at, self._scene.chance.pick(visits))

    def newcomer(self) -> Visitor:
        """Somebody who was never here."""
        chance, trade = self._scene.chance, self._scene.brand.trade
        visitor_id = self._scene.visitor_id() if chance.happens(trade.consents) else None
        return Visitor(visitor_id, is_guest=chance.happens(trade.guests))

    def introduce(self, visitor: Visitor) -> Person:
        """Who the visitor is."""
        if visitor.person is None:
            number = self._scene.number("person")
            visitor.person = make_person(self._scene.chance, self._scene.brand.key, number)
        return visitor.person

    def come_again(self, visitor: Visitor, at: datetime, mood: Mood, decide: Decide) -> None:
        """Somebody known comes back: perhaps with another browser, perhaps more than once."""
        chance = self._scene.chance
        if mood is Mood.LOYAL and visitor.visitor_id and chance.happens(_NEW_BROWSER):
            visitor.visitor_id, visitor.touches, visitor.visits = self._scene.visitor_id(), [], 0
        visits = chance.pick(_VISITS_OF_CUSTOMERS) if mood is Mood.LOYAL else 1
        self._come(_Journey(visitor, mood, decide), self._way_back(visitor, mood), at, visits)

    def type_address(self, visitor: Visitor, at: datetime) -> Visit:
        """A visit of somebody who knew the address."""
        return self._visit(visitor, _TYPED, at)

    def _come(self, journey: _Journey, way: Way, at: datetime, visits: int) -> None:
        visit = self._visit(journey.visitor, way, at)
        if visits == 1 or (self._is_sale and self._scene.chance.happens(_DECIDES_IN_SALE)):
            journey.decide(journey.visitor, visit)
            return
        chance = self._scene.chance
        days = min(chance.about(_DAYS_BETWEEN_VISITS, _SPREAD_BETWEEN_VISITS), _LONGEST_BETWEEN_VISITS)

        def next_time(then: datetime) -> None:
            self._come(journey, self._way_back(journey.visitor, journey.mood), then, visits - 1)

        self._scene.timeline.plan(self._scene.moment_after(at, days), next_time)

    def _way_back(self, visitor: Visitor, mood: Mood) -> Way:
        return self._scene.chance.pick(self._ways[mood, visitor.is_subscriber])

    def _visit(self, visitor: Visitor, way: Way, at: datetime) -> Visit:
        visitor.visits += 1
        visitor.promised = way.coupon or visitor.promised
        arrival = arrive(self._scene.chance, self._scene.brand, way, at)
        visit = Visit(at=at, visitor_id=visitor.visitor_id, arrival=arrival, count=visitor.visits)
        if visitor.visitor_id is not None and not arrival.is_direct:
            visitor.touches = [*visitor.touches, visit][-_REMEMBERED:]
            self._scene.tell(Arrived(at, visit))
        return visit
