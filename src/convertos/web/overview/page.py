"""`/dashboard`: was it good, and why."""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from convertos.analytics.breakdown import break_down
from convertos.analytics.happening import Happening
from convertos.analytics.latest import latest
from convertos.analytics.model import BreakdownReport, Dimension, TimelineReport
from convertos.analytics.question import Asked, question_of
from convertos.analytics.timeline import draw
from convertos.tenancy.rights import Right
from convertos.web.desk import Desk, at
from convertos.web.hues import hues_of
from convertos.web.navigation import HOME
from convertos.web.overview.drawing import chart_of
from convertos.web.overview.feed import SHOWN, feed_items
from convertos.web.overview.sources import DIMENSIONS, MOST_ROWS, USUAL_ROWS, bar_table
from convertos.web.overview.tiles import tiles

router = APIRouter(include_in_schema=False)

_LAYERS = 7
"""As many sources are told apart in the chart; eight colours are what eyes can tell apart."""

Reader = Annotated[Desk, at(Right.ANALYTICS_READ)]


@router.get(HOME)
async def overview(
    desk: Reader, by: str = Dimension.SOURCE.value, rows: str = "", currency: str = ""
) -> Response:
    """Figures, what earned them, and how they went."""
    if desk.client is None:
        return desk.render("overview/no_client.html")
    dimension = Dimension(by) if by in list(Dimension) else Dimension.SOURCE
    timeline, breakdown, happenings = await _ask(desk, dimension, MOST_ROWS if rows == "all" else USUAL_ROWS)
    currencies = [each.currency for each in timeline.timelines]
    chosen = currency if currency in currencies else currencies[0]
    place = currencies.index(chosen)
    lines = [line.key for line in timeline.timelines[place].lines]
    hues = hues_of([*lines, *(row.key for row in breakdown.breakdowns[place].rows)])
    return desk.render(
        "overview/page.html",
        tiles=tiles(desk, timeline, chosen),
        bars=bar_table(desk, breakdown, breakdown.breakdowns[place], hues),
        drawing=chart_of(desk, timeline, timeline.timelines[place], hues),
        by=dimension,
        dimensions=DIMENSIONS,
        currencies=currencies,
        currency=chosen,
        items=feed_items(desk, happenings),
        is_empty=not any(any(each.points) for each in timeline.timelines) and not any(timeline.leads),
        is_up_to_date=timeline.is_up_to_date and breakdown.is_up_to_date,
    )


async def _ask(
    desk: Desk, by: Dimension, rows: int
) -> tuple[TimelineReport, BreakdownReport, list[Happening]]:
    filters: dict[str, Any] = {name: (value,) for name, value in desk.filters.items()}
    asked = Asked(
        client_ids=(desk.chosen.client_id,),
        first=desk.range.period.first,
        last=desk.range.period.last,
        compare=desk.range.compare,
        **filters,
    )
    layers = by if by is not Dimension.LANDING_PAGE else Dimension.SOURCE
    async with desk.client_work() as work:
        question = await question_of(work, asked, desk.show.now)
        timeline = await draw(work, question, by=layers, limit=_LAYERS)
        breakdown = await break_down(work, question, by, model=desk.range.model, limit=rows)
        happenings = await latest(work, desk.chosen.client_id, SHOWN)
    return timeline, breakdown, happenings
