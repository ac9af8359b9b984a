"""A line as small as a word."""

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from convertos.web.sparkline import HEIGHT, WIDTH, sparkline


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=2, max_size=400))
def test_inside_its_box(values: list[Decimal]) -> None:
    """Whatever the values, the line stays inside its box and reaches from side to side."""
    drawn = sparkline(values)
    if not any(values):
        assert drawn is None
        return
    line = re.search(r'polyline class="[^"]+" points="([^"]+)"', str(drawn))
    assert line is not None
    points = [tuple(map(float, point.split(","))) for point in line[1].split()]
    assert len(points) == len(values)
    assert (points[0][0], points[-1][0]) == (0, WIDTH)
    assert all(0 <= y <= HEIGHT for _, y in points)


def test_nothing_to_draw() -> None:
    """One value makes no line, and neither do noughts."""
    assert [sparkline(values) for values in ([], [1], [0, 0, 0])] == [None, None, None]
