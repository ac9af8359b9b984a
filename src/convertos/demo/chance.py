"""Draws lots: the same seed, the same draws, in the same order."""

import base64
import math
import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

Choice = TypeVar("Choice")
_LARGEST_COUNTED_MEAN = 60.0


class Weighted(Generic[Choice]):
    """Things to choose from, some of them likelier than others."""

    def __init__(self, weights: Mapping[Choice, float] | Sequence[tuple[Choice, float]]) -> None:
        pairs = [
            (choice, weight)
            for choice, weight in (weights.items() if isinstance(weights, Mapping) else weights)
            if weight > 0
        ]
        self.choices = [choice for choice, _ in pairs]
        self.cumulative = list(accumulate(weight for _, weight in pairs))

    def __bool__(self) -> bool:
        return bool(self.choices)


class Chance:
    """Everything that a made-up history leaves to chance."""

    def __init__(self, *names: object) -> None:
        self._random = random.Random("/".join(map(str, names)))  # noqa: S311 - stories, not secrets

    def happens(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self._random.random() < probability

    def pick(self, weighted: Weighted[Choice]) -> Choice:
        """One of the choices, by its weight."""
        place = bisect(weighted.cumulative, self._random.random() * weighted.cumulative[-1])
        return weighted.choices[min(place, len(weighted.choices) - 1)]

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        """One of the choices, all equally likely."""
        return choices[int(self._random.random() * len(choices))]

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self._random.random() * (high - low + 1))

    def between(self, low: float, high: float) -> float:
        """A number between two others."""
        return low + (high - low) * self._random.random()

    def about(self, median: float, spread: float) -> float:
        """A positive number around a median, with a long tail above (log-normal)."""
        return median * math.exp(spread * self._random.gauss(0, 1))

    def count(self, mean: float) -> int:
        """How often something happens that happens this often in the mean (Poisson)."""
        if mean > _LARGEST_COUNTED_MEAN:
            return max(0, round(self._random.gauss(mean, math.sqrt(mean))))
        limit, product, count = math.exp(-mean), self._random.random(), 0
        while product > limit:
            product *= self._random.random()
            count += 1
        return count

    def digits(self, length: int) -> str:
        """Some decimal digits."""
        return "".join(self._random.choices("0123456789", k=length))

    def hexadecimal(self, length: int) -> str:
        """Some hexadecimal digits."""
        return f"{self._random.getrandbits(4 * length):0{length}x}"

    def token(self, length: int) -> str:
        """A text of letters, digits, hyphens and underscores; its length a multiple of four."""
        return base64.urlsafe_b64encode(self._random.randbytes(length * 3 // 4)).decode()
