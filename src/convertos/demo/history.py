"""A brand's history: everything that happens to it from its first day on, in the order of time. Pure.

The story is told day by day and never looks at where it will be stopped, so a longer history begins with the
shorter one.
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Protocol

from convertos.demo.brand import Brand
from convertos.demo.happenings import Happening
from convertos.demo.quotes import QuoteSite
from convertos.demo.scene import Scene
from convertos.demo.shop import Shop
from convertos.demo.voices import Told, tell, voices_of


class _Story(Protocol):
    def plan_day(self, day: date) -> None: ...


_KINDS: dict[str, Callable[[Scene], _Story]] = {"shop": Shop, "quotes": QuoteSite}


def history(brand: Brand, *, seed: int, scale: float, starts_on: date) -> Iterator[Happening]:
    """What happens, without an end.

    Args:
        seed: another seed, another history.
        scale: how much of the full crowd comes: 1 is some thousands of orders a year.
        starts_on: the first day, in the brand's time zone.
    """
    scene = Scene(brand, seed=seed, scale=scale, starts_on=starts_on)
    story = _KINDS[brand.kind](scene)
    day = starts_on
    while True:
        story.plan_day(day)
        day += timedelta(days=1)
        scene.timeline.run_until(scene.starts_at(day))
        yield from sorted(scene.told(), key=attrgetter("at"))


def deliveries(brand: Brand, *, seed: int, scale: float, starts_on: date, until: datetime) -> Iterator[Told]:
    """What the brand's shop and site send until an instant, in the order of its arrival."""
    voices = voices_of(brand)
    on_the_way: list[tuple[datetime, int, Told]] = []
    sent = 0
    for happening in history(brand, seed=seed, scale=scale, starts_on=starts_on):
        while on_the_way and on_the_way[0][0] <= happening.at:
            yield heapq.heappop(on_the_way)[2]
        if happening.at > until:
            return
        for told in tell(voices, happening):
            sent += 1
            if told.at <= until:
                heapq.heappush(on_the_way, (told.at, sent, told))
