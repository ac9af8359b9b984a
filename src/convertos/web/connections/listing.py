"""`/dashboard/connections`: a card for each source of the client's data."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from convertos.connections.change import list_connections
from convertos.ingest.model import Health
from convertos.ingest.received import traffic_of
from convertos.tenancy.rights import Right
from convertos.web.connections.shown import CONNECTIONS_PATH, show_connection
from convertos.web.desk import Desk, at

router = APIRouter(include_in_schema=False)

_AT_ONCE = 60

Reader = Annotated[Desk, at(Right.CONNECTIONS_READ)]


@router.get(f"{CONNECTIONS_PATH}/attention")
async def attention(desk: Reader) -> Response:
    """A mark for the navigation: how many connections somebody has to look at."""
    count = 0
    if desk.client is not None:
        async with desk.client_work() as work:
            page = await list_connections(work, limit=_AT_ONCE)
            traffic = await traffic_of(work, page.items) if page.items else {}
        count = sum(traffic[each.connection_id].health(each) is Health.DEGRADED for each in page.items)
    return desk.render("connections/attention.html", count=count)


@router.get(CONNECTIONS_PATH)
async def connections(desk: Reader, cursor: str | None = None) -> Response:
    """Every connection, with how it does."""
    if desk.client is None:
        return desk.render("overview/no_client.html", title="Connections")
    async with desk.client_work() as work:
        page = await list_connections(work, limit=_AT_ONCE, cursor=cursor)
        traffic = await traffic_of(work, page.items) if page.items else {}
    cards = [show_connection(desk, each, traffic[each.connection_id]) for each in page.items]
    return desk.render("connections/list.html", cards=cards, next_cursor=page.next_cursor)
