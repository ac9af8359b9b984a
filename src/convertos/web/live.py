"""What happens while somebody watches: the newest happenings of a client, sent whenever they are others.

Each message holds the whole list, so that one that gets lost, or a browser that comes back, needs nothing
else. Streams are few, ask the ends of indexes only, and end with their session and with the server.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from convertos.analytics.happening import Happening
from convertos.analytics.latest import latest
from convertos.core.clock import system_clock
from convertos.core.errors import ConvertOSError, UnauthenticatedError, UnavailableError
from convertos.tenancy.authenticate import Authenticator
from convertos.tenancy.rights import Right
from convertos.tenancy.sessions import SESSION_COOKIE
from convertos.web.desk import Desk, at
from convertos.web.overview.feed import SHOWN, feed_items
from convertos.web.templating import Templates

router = APIRouter(include_in_schema=False)

LIVE_PATH = "/dashboard/live"
LOOK_SECONDS = 2.0
_KEEP_ALIVE_LOOKS = 7
"""A stream that is silent for longer is cut by many a proxy (nginx: 60 s)."""
_MOST = 300
_MOST_OF_ONE = 8

_State = Sequence[tuple[UUID, str]]


class LiveStreams:
    """The open streams of one process."""

    def __init__(self) -> None:
        self._open: Counter[bytes] = Counter()
        self.closing = asyncio.Event()

    @contextmanager
    def place(self, session: bytes) -> Iterator[None]:
        """A place among the streams, as long as it is open.

        Raises:
            UnavailableError: there are too many, of all or of this session.
        """
        if self._open.total() >= _MOST or self._open[session] >= _MOST_OF_ONE:
            raise UnavailableError("Too many live pages are open. This one goes on without live figures.")
        self._open[session] += 1
        try:
            yield
        finally:
            self._open[session] -= 1
            self._open += Counter()

    def close(self) -> None:
        """End all of them: the server stops."""
        self.closing.set()

    async def pause(self) -> None:
        """Wait until it is time to look again, or to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.closing.wait(), LOOK_SECONDS)


@router.get(LIVE_PATH)
async def live(desk: Annotated[Desk, at(Right.ANALYTICS_READ)]) -> Response:
    """The feed of the client that is looked at, as server-sent events."""
    streams: LiveStreams = desk.request.app.state.live_streams
    messages = _messages(desk, streams)
    first = await anext(messages)
    return StreamingResponse(
        _following(first, messages),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _following(first: str, messages: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for message in messages:
        yield message


async def _messages(desk: Desk, streams: LiveStreams) -> AsyncIterator[str]:
    with streams.place(desk.session.token_hash):
        known: _State | None = None
        silent = 0
        while not streams.closing.is_set():
            try:
                await _demand_session(desk)
                async with desk.client_work() as work:
                    happenings = await latest(work, desk.chosen.client_id, SHOWN)
            except UnauthenticatedError:
                yield "event: signed-out\ndata: 1\n\n"
                return
            except ConvertOSError:
                return
            state = [(each.happening_id, each.stage) for each in happenings]
            silent = 0 if state != known else silent + 1
            if state != known:
                yield _message(desk, happenings, known)
                known = state
            elif silent % _KEEP_ALIVE_LOOKS == 0:
                yield ": still here\n\n"
            await streams.pause()


async def _demand_session(desk: Desk) -> None:
    authenticator: Authenticator = desk.request.app.state.authenticator
    await authenticator.session(desk.request.cookies[SESSION_COOKIE])


def _message(desk: Desk, happenings: Sequence[Happening], known: _State | None) -> str:
    templates: Templates = desk.request.app.state.templates
    fresh = replace(desk, show=replace(desk.show, now=system_clock()))
    html = templates.render("overview/feed_items.html", items=feed_items(fresh, happenings, known))
    lines = "".join(f"data: {line}\n" for line in html.splitlines())
    return f"{lines}\n" if known is None else f"{lines}\nevent: figures\ndata: 1\n\n"
