"""Revenue over time, stacked by what earned it, with the comparison as a dashed line."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from convertos.analytics.model import Dimension, Sums, Timeline, TimelineReport
from convertos.analytics.model import Step as ReportStep
from convertos.analytics.periods import Interval
from convertos.web.desk import Desk
from convertos.web.hues import FAINT, GREY, label_of
from convertos.web.parts import Chart, Series, Step, Value
from convertos.web.ranges import COMPARISONS

_STEPS = {
    Interval.HOUR: "Hour",
    Interval.DAY: "Day",
    Interval.WEEK: "Week",
    Interval.MONTH: "Month",
}


def chart_of(desk: Desk, report: TimelineReport, timeline: Timeline, hues: Mapping[str, str]) -> Chart:
    """The chart of one currency."""
    lines = [line for line in timeline.lines if any(line.points)]
    is_by_source = report.by is Dimension.SOURCE
    series = [Series(label_of(line.key) if is_by_source else line.key, hues[line.key]) for line in lines]
    stacks: list[Sequence[Sums]] = [line.points for line in lines]
    if timeline.rest is not None and any(timeline.rest.points):
        series.append(Series("Other", FAINT))
        stacks.append(timeline.rest.points)
    compared = _compared(desk, timeline)
    return Chart(
        title="Revenue over time",
        kind="stacked",
        locale=str(desk.show.locale).replace("_", "-"),
        currency=timeline.currency,
        steps_label=_STEPS[report.interval],
        series=[*series, *compared],
        steps=[
            Step(
                label=step_label(desk, step, report.interval),
                short=_short(desk, step, report.interval),
                compared=_compared_label(desk, report, place),
                link=_link(desk, step),
                values=[
                    *(_value(desk, points[place].net_revenue, timeline.currency) for points in stacks),
                    *(_value(desk, _at(timeline.compared, place), timeline.currency) for _ in compared),
                ],
            )
            for place, step in enumerate(report.steps)
        ],
    )


def _compared(desk: Desk, timeline: Timeline) -> list[Series]:
    if not any(timeline.compared):
        return []
    name = COMPARISONS[desk.range.comparison].removeprefix("vs ").capitalize()
    return [Series(name, GREY, is_comparison=True)]


def _at(points: Sequence[Sums], place: int) -> Decimal | None:
    return points[place].net_revenue if place < len(points) else None


def _value(desk: Desk, amount: Decimal | None, currency: str) -> Value:
    return Value("" if amount is None else f"{amount:f}", desk.show.money(amount, currency))


def step_label(desk: Desk, step: ReportStep, interval: Interval) -> str:
    """A step in full."""
    if isinstance(step.starts, datetime):
        return f"{desk.show.day(step.starts.date())}, {step.starts:%H:%M}"
    if interval is Interval.DAY or step.ends is None:
        return desk.show.weekday(step.starts)
    if interval is Interval.MONTH:
        return desk.show.month(step.starts)
    return desk.show.period(step.starts, step.ends)


def _short(desk: Desk, step: ReportStep, interval: Interval) -> str:
    if isinstance(step.starts, datetime):
        return f"{step.starts:%H:%M}"
    return desk.show.month(step.starts) if interval is Interval.MONTH else desk.show.short_day(step.starts)


def _compared_label(desk: Desk, report: TimelineReport, place: int) -> str:
    if place >= len(report.compared_steps):
        return ""
    step = report.compared_steps[place]
    has_days = isinstance(step.starts, datetime) or step.ends is None or step.ends >= step.starts
    return step_label(desk, step, report.interval) if has_days else ""


def _link(desk: Desk, step: ReportStep) -> str:
    if isinstance(step.starts, datetime) or step.ends is None:
        return ""
    return desk.here_with(**{"from": step.starts.isoformat(), "to": step.ends.isoformat(), "range": None})
