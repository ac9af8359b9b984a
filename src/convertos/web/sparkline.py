"""A line as small as a word."""

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

WIDTH, HEIGHT = 120, 36
_TOP, _BOTTOM = 4, 4


def sparkline(values: Sequence[Decimal | int]) -> Markup | None:
    """Values in equal steps as an SVG that stretches to its place; fewer than two make none."""
    if len(values) < 2 or not any(values):
        return None
    lowest, highest = min(0, *map(float, values)), max(map(float, values))
    span = (highest - lowest) or 1
    usable = HEIGHT - _TOP - _BOTTOM
    points = [
        (
            round(index * WIDTH / (len(values) - 1), 1),
            round(HEIGHT - _BOTTOM - (float(value) - lowest) / span * usable, 1),
        )
        for index, value in enumerate(values)
    ]
    line = " ".join(f"{x:g},{y:g}" for x, y in points)
    area = f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}"
    return Markup(
        '<svg class="sparkline" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon class="sparkline-area" points="{}"/><polyline class="sparkline-line" points="{}"/></svg>'
    ).format(WIDTH, HEIGHT, area, line)
