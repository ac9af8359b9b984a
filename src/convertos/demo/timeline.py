"""What is going to happen, done in the order of time."""

import heapq
from collections.abc import Callable
from datetime import datetime

Act = Callable[[datetime], None]
"""Something that happens at an instant."""


class Timeline:
    """Acts that wait for their time; those of one instant are done in the order they were planned."""

    def __init__(self) -> None:
        self._waiting: list[tuple[datetime, int, Act]] = []
        self._planned = 0

    def plan(self, at: datetime, act: Act) -> None:
        """Have something happen at an instant."""
        self._planned += 1
        heapq.heappush(self._waiting, (at, self._planned, act))

    def run_until(self, end: datetime) -> None:
        """Do everything that is planned before an instant, also what is planned meanwhile."""
        while self._waiting and self._waiting[0][0] < end:
            at, _, act = heapq.heappop(self._waiting)
            act(at)
