"""How often somebody may do something: fixed windows, in memory or shared through Redis."""

import time
from math import ceil
from typing import NamedTuple

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter as SharedFixedWindow
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from convertos.core.errors import TooManyRequestsError


class RateLimit(NamedTuple):
    """So much in so many seconds."""

    amount: int
    seconds: int

    def headers(self, remaining: int) -> dict[str, str]:
        """What a caller reads to pace itself (draft-ietf-httpapi-ratelimit-headers, separate fields)."""
        headers = {
            "ratelimit-limit": str(self.amount),
            "ratelimit-remaining": str(max(0, remaining)),
            "ratelimit-reset": str(self.seconds),
        }
        return headers if remaining > 0 else {**headers, "retry-after": str(self.seconds)}


class Allowance(NamedTuple):
    """What is left of a limit after something was counted.

    Attributes:
        is_allowed: whether what was counted is still within it.
        reset_seconds: until the window ends.
    """

    limit: RateLimit
    is_allowed: bool
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        """What a caller reads to pace itself (draft-ietf-httpapi-ratelimit-headers, separate fields)."""
        return {
            "ratelimit-limit": str(self.limit.amount),
            "ratelimit-remaining": str(self.remaining),
            "ratelimit-reset": str(self.reset_seconds),
        }


class RateLimiter:
    """Counts for all limits of a process.

    Args:
        redis_url: where several processes share their counts; without it each counts for itself.
    """

    def __init__(self, redis_url: str | None = None) -> None:
        self._shared = SharedFixedWindow(RedisStorage(f"async+{redis_url}")) if redis_url else None
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._items: dict[RateLimit, RateLimitItem] = {}

    def _item(self, limit: RateLimit) -> RateLimitItem:
        item = self._items.get(limit)
        if item is None:
            item = self._items[limit] = RateLimitItemPerSecond(limit.amount, limit.seconds)
        return item

    async def allows(self, limit: RateLimit, who: str, cost: int = 1) -> bool:
        """Count, and say whether it is still within the limit."""
        if self._shared is not None:
            return await self._shared.hit(self._item(limit), who, cost=cost)
        return self._own.hit(self._item(limit), who, cost=cost)

    async def remaining(self, limit: RateLimit, who: str) -> int:
        """How much of the present window is left."""
        if self._shared is not None:
            return (await self._shared.get_window_stats(self._item(limit), who)).remaining
        return self._own.get_window_stats(self._item(limit), who).remaining

    async def forget(self, limit: RateLimit, who: str) -> None:
        """Begin to count anew."""
        if self._shared is not None:
            await self._shared.clear(self._item(limit), who)
        else:
            self._own.clear(self._item(limit), who)

    async def take(self, limit: RateLimit, who: str, cost: int = 1) -> Allowance:
        """Count, and say what is left."""
        is_allowed = await self.allows(limit, who, cost)
        if self._shared is not None:
            window = await self._shared.get_window_stats(self._item(limit), who)
        else:
            window = self._own.get_window_stats(self._item(limit), who)
        seconds = max(1, min(limit.seconds, ceil(window.reset_time - time.time())))
        return Allowance(limit, is_allowed, max(0, window.remaining), seconds)

    async def demand(self, limit: RateLimit, who: str, what: str) -> None:
        """Count, and refuse what is over the limit.

        Raises:
            TooManyRequestsError: the caller has to wait.
        """
        if not await self.allows(limit, who):
            raise TooManyRequestsError(
                f"Too many {what}: {limit.amount} in {limit.seconds} s are allowed. Wait, then try again.",
                retry_after_seconds=limit.seconds,
            )
