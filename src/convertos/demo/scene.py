"""What the parts of one brand's story share: its brand, chance, time, numbers, and what was told so far."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from convertos.demo.brand import Brand
from convertos.demo.chance import Chance, Weighted
from convertos.demo.happenings import Happening
from convertos.demo.season import busyness
from convertos.demo.timeline import Timeline

EDITION = 1
"""Raised whenever the same seed would tell another story than before: then a history can't be continued."""

_WORTH_WAITING_FOR = 3.2
"""How busy a day is that nobody lets pass who was about to buy."""
_LONGEST_WAIT_DAYS = 14


class Scene:
    """One brand's stage.

    Args:
        seed: another seed, another history.
        scale: how much of the full crowd comes.
        starts_on: the first day, in the brand's time zone.
    """

    def __init__(self, brand: Brand, *, seed: int, scale: float, starts_on: date) -> None:
        self.brand = brand
        self.scale = scale
        self.starts_on = starts_on
        self.chance = Chance(EDITION, seed, brand.key)
        self.timeline = Timeline()
        self._zone = ZoneInfo(brand.timezone)
        self._hours = Weighted(list(enumerate(brand.season.hours)))
        self._numbers = {"post": brand.first_order, "account": brand.first_order // 5}
        self._told: list[Happening] = []

    def tell(self, happening: Happening) -> None:
        """Note that something happened."""
        self._told.append(happening)

    def told(self) -> Iterator[Happening]:
        """What was noted since the last time, in the order of time."""
        told, self._told = self._told, []
        return iter(told)

    def number(self, kind: str, step: int = 1) -> int:
        """The shop's next id of a kind of thing."""
        self._numbers[kind] = number = self._numbers.get(kind, 100) + step
        return number

    def starts_at(self, day: date) -> datetime:
        """When a day begins (UTC)."""
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    def day_of(self, at: datetime) -> date:
        """The brand's day of an instant."""
        return at.astimezone(self._zone).date()

    def day_number(self, day: date) -> int:
        """The how-manieth day of the history it is; the first is 0."""
        return (day - self.starts_on).days

    def moment_on(self, day: date) -> datetime:
        """An instant of a day, at an hour when people are up."""
        chance = self.chance
        at = time(chance.pick(self._hours), chance.whole(0, 59), chance.whole(0, 59))
        return datetime.combine(day, at, self._zone).astimezone(UTC)

    def after(self, at: datetime, **span: float) -> datetime:
        """An instant that much later, to the second."""
        return at + timedelta(seconds=max(1, round(timedelta(**span).total_seconds())))

    def moment_after(self, at: datetime, days: float, *, waits_for_sale: bool = False) -> datetime:
        """An instant about so many days later, at an hour when people are up.

        Args:
            waits_for_sale: whether it may as well be some days later, rather on a busy day.
        """
        day = self.day_of(at + timedelta(days=days))
        for _ in range(_LONGEST_WAIT_DAYS if waits_for_sale else 0):
            if self.chance.happens(busyness(day, self.brand.season) / _WORTH_WAITING_FOR):
                break
            day += timedelta(days=1)
        moment = self.moment_on(day)
        return moment if moment > at else self.after(at, minutes=self.chance.between(40, 400))

    def visitor_id(self) -> str:
        """What the site's script writes into a new browser's cookie."""
        return self.chance.hexadecimal(32)
