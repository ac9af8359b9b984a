"""Walks through everything that a store has, and then through what changed.

Everything: pages by number in the order of ids, where new objects only join at the end. When an object is
deleted meanwhile, later pages move forward by one, and one object would fall between two pages; the total
tells, and the page before is read once more.

Changes: pages in the order of changes. An object that changes meanwhile moves to the end and the others move
forward, so pages are not counted: each next question begins a second before the last answer's end (times are
whole seconds, and `modified_after` leaves its own second out). Only where one second has more objects than a
page are its pages counted. The first question of a run reaches ten minutes back.

Customers can't be asked for by change: a run reads the newest until it knows one, and everything once a week.

Source: integrations.md B3, fixtures/README.md, and the recorded rate of a real store (`bench-rest.main.json`:
two questions at a time double its rate, four lower it), checked 2026-11.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import NamedTuple

from convertos.platforms.remote import (
    Cursor,
    Entity,
    Page,
    RemoteError,
    RemoteUnavailableError,
    Reply,
)
from convertos.platforms.woocommerce.pulled import PATH, pulled_of, utc
from convertos.platforms.woocommerce.rest import LARGEST_PAGE, Listing, Query, Rest, store_time

OVERLAP = timedelta(minutes=10)
_ONE_SECOND = timedelta(seconds=1)
_EVERYTHING_AGAIN = timedelta(days=7)
_MOST_AT_ONCE = 2
_SLOW_PAGE_SECONDS = 0.2
"""A store that answers faster is as fast with one question at a time, and then nothing is asked twice after a
crash but the page that was under way."""
_CALM_PAGES = 20
_BEGINNING = datetime.fromisoformat("1970-01-02T00:00:00+00:00")

BY_ID: Query = (("orderby", "id"), ("order", "asc"))
NEWEST_FIRST: Query = (("orderby", "id"), ("order", "desc"))


def beginning(entity: Entity) -> Cursor:
    """Where a walk through everything begins."""
    return {"walk": "all", "page": 1, "entity": entity.value}


def scope_of(entity: Entity) -> Query:
    """What makes a list of all of a kind."""
    # Without it only accounts of the role "customer" are listed.
    return (("role", "all"),) if entity is Entity.CUSTOMERS else (("status", "any"),)


async def pages(rest: Rest, entity: Entity, cursor: Cursor) -> AsyncGenerator[Page, None]:
    """Walk on from a cursor; see `RemoteStore.pages`."""
    walk = cursor.get("walk")
    if walk == "changes" and entity is Entity.CUSTOMERS:
        is_old = _is_before(cursor.get("walked_at"), rest.now() - _EVERYTHING_AGAIN)
        steps = _all(rest, entity, beginning(entity)) if is_old else _newest_customers(rest, cursor)
    elif walk == "changes":
        steps = _changes(rest, entity, cursor)
    elif walk == "changes by id":
        steps = _changes_by_id(rest, entity, cursor)
    else:
        steps = _all(rest, entity, cursor)
    async with aclosing(steps):
        async for page in steps:
            yield page


def _is_before(value: object, instant: datetime) -> bool:
    read = utc(value) if isinstance(value, str) else None
    return read is None or read < instant


class _Numbered(NamedTuple):
    number: int
    listing: Listing


class Pager:
    """Reads pages by number, in their order, some ahead of the one that is wanted.

    One at a time to begin with; two where the store is slow; one again as soon as it shows signs of load.
    """

    def __init__(self, rest: Rest, entity: Entity, query: Query) -> None:
        self._rest = rest
        self._entity = entity
        self._query = query
        self._at_once = 1
        self._calm = _CALM_PAGES

    async def read(self, number: int) -> Listing:
        """One page."""
        listing = await self._rest.page(
            PATH[self._entity],
            f"{self._entity.value}, page {number}",
            (*self._query, ("per_page", str(LARGEST_PAGE)), ("page", str(number))),
        )
        self._learn(listing.reply)
        return listing

    async def from_page(self, first: int) -> AsyncGenerator[_Numbered, None]:
        """Pages from one on, without end; the reader stops."""
        ahead: deque[tuple[int, asyncio.Task[Listing]]] = deque()
        following = first
        try:
            while True:
                following = self._ask_ahead(ahead, following)
                number, task = ahead.popleft()
                listing = await task
                if self._at_once > 1:
                    # A slow store works on while this page is kept.
                    following = self._ask_ahead(ahead, following)
                yield _Numbered(number, listing)
        finally:
            for _, task in ahead:
                task.cancel()
            await asyncio.gather(*(task for _, task in ahead), return_exceptions=True)

    def _ask_ahead(self, ahead: deque[tuple[int, asyncio.Task[Listing]]], following: int) -> int:
        while len(ahead) < self._at_once:
            ahead.append((following, asyncio.create_task(self.read(following))))
            following += 1
        return following

    def _learn(self, reply: Reply) -> None:
        if reply.attempts > 1:
            self._at_once, self._calm = 1, 0
            return
        self._calm += 1
        if reply.seconds > _SLOW_PAGE_SECONDS and self._calm > _CALM_PAGES:
            self._at_once = _MOST_AT_ONCE


async def _all(rest: Rest, entity: Entity, cursor: Cursor) -> AsyncGenerator[Page, None]:
    pager = Pager(rest, entity, (*scope_of(entity), *BY_ID))
    first = int(cursor.get("page", 1))
    since = str(cursor.get("since") or "") or None
    total, top, seen = cursor.get("total"), cursor.get("top"), int(cursor.get("seen", 0))
    reader = pager.from_page(first)
    async with aclosing(reader):
        async for number, listing in reader:
            since = since or _stamp(store_time(listing.reply))
            objects = pulled_of(entity, listing.members)
            if number > 1 and has_shrunk(total, listing.total):
                before = await pager.read(number - 1)
                objects = [*pulled_of(entity, before.members), *objects]
            top = objects[-1].external_id if objects else top
            expected = listing.total if listing.members else total
            seen += len(listing.members)
            if number == 1 and not objects and listing.total:
                raise RemoteUnavailableError(
                    f"The store says it has {listing.total} {entity.value}, and gave none.", code="empty_page"
                )
            is_last = len(listing.members) < LARGEST_PAGE and not has_more(number, listing)
            after: Cursor = (
                {"walk": "changes", "modified": since, "walked_at": since, "top": top}
                if is_last
                else {
                    "walk": "all",
                    "page": number + 1,
                    "since": since,
                    "total": expected,
                    "top": top,
                    "seen": seen,
                }
            )
            yield Page(objects, after, listing.reply.asked_at, expected, seen)
            if is_last:
                return
            total = expected


def has_shrunk(before: object, now: int | None) -> bool:
    """Whether a total went down: something was deleted, and later pages moved forward."""
    return isinstance(before, int) and now is not None and 0 < now < before


def has_more(number: int, listing: Listing) -> bool:
    """Whether a page that is not full has others behind it: some plugins hide single objects."""
    return bool(listing.members) and (listing.total or 0) > number * LARGEST_PAGE


async def _changes(rest: Rest, entity: Entity, cursor: Cursor) -> AsyncGenerator[Page, None]:
    high = utc(str(cursor.get("modified") or "")) or _BEGINNING
    since = utc(str(cursor.get("from") or "")) or high - OVERLAP
    number = int(cursor.get("page", 1))
    total, done = cursor.get("total"), int(cursor.get("done", 0))
    while True:
        query = (*scope_of(entity), *changed_after(since), ("orderby", "modified"), ("order", "asc"))
        try:
            listing = await Pager(rest, entity, query).read(number)
        except RemoteError as error:
            if error.code != "status_400":
                raise
            # Before 2024 the store could not order by change.
            async with aclosing(_changes_by_id(rest, entity, cursor)) as steps:
                async for page in steps:
                    yield page
            return
        objects = pulled_of(entity, listing.members)
        total = listing.total if total is None else total
        done += len(objects)
        newest = max((each.modified_at for each in objects if each.modified_at), default=high)
        high = max(high, newest)
        if len(listing.members) < LARGEST_PAGE and not has_more(number, listing):
            yield Page(objects, _settled(cursor, high), listing.reply.asked_at, total, done)
            return
        is_one_second = newest - _ONE_SECOND <= since
        number, since = (number + 1, since) if is_one_second else (1, newest - _ONE_SECOND)
        after = {
            **_settled(cursor, high),
            "from": _stamp(since),
            "page": number,
            "total": total,
            "done": done,
        }
        yield Page(objects, after, listing.reply.asked_at, total, done)


async def _changes_by_id(rest: Rest, entity: Entity, cursor: Cursor) -> AsyncGenerator[Page, None]:
    high = utc(str(cursor.get("modified") or "")) or _BEGINNING
    since = utc(str(cursor.get("from") or "")) or high - OVERLAP
    pager = Pager(rest, entity, (*scope_of(entity), *changed_after(since), *BY_ID))
    total = cursor.get("total")
    is_resumed = cursor.get("walk") == "changes by id"
    reader = pager.from_page(int(cursor.get("page", 1)) if is_resumed else 1)
    newest = utc(str(cursor.get("newest") or "")) or high
    async with aclosing(reader):
        async for number, listing in reader:
            objects = pulled_of(entity, listing.members)
            if number > 1 and has_shrunk(total, listing.total):
                before = await pager.read(number - 1)
                objects = [*pulled_of(entity, before.members), *objects]
            newest = max([newest, *(each.modified_at for each in objects if each.modified_at)])
            if len(listing.members) < LARGEST_PAGE and not has_more(number, listing):
                yield Page(objects, _settled(cursor, newest), listing.reply.asked_at, total)
                return
            total = listing.total or total
            after = {
                **_settled(cursor, high),
                "walk": "changes by id",
                "from": _stamp(since),
                "page": number + 1,
                "total": total,
                "newest": _stamp(newest),
            }
            yield Page(objects, after, listing.reply.asked_at, total)


async def _newest_customers(rest: Rest, cursor: Cursor) -> AsyncGenerator[Page, None]:
    known = _number(cursor.get("top"))
    top = _number(cursor.get("new_top")) or known
    pager = Pager(rest, Entity.CUSTOMERS, (*scope_of(Entity.CUSTOMERS), *NEWEST_FIRST))
    reader = pager.from_page(int(cursor.get("page", 1)))
    async with aclosing(reader):
        async for number, listing in reader:
            objects = pulled_of(Entity.CUSTOMERS, listing.members)
            new = [each for each in objects if _number(each.external_id) > known]
            top = max([top, *(_number(each.external_id) for each in new)])
            is_last = len(new) < len(objects) or len(listing.members) < LARGEST_PAGE
            kept = {key: value for key, value in cursor.items() if key not in {"page", "new_top"}}
            after = (
                {**kept, "top": str(top)} if is_last else {**kept, "page": number + 1, "new_top": str(top)}
            )
            yield Page(new, after, listing.reply.asked_at)
            if is_last:
                return


def changed_after(instant: datetime) -> Query:
    """What changed after an instant; a `Z` beside the flag would lose rows."""
    return (("modified_after", _stamp(instant)), ("dates_are_gmt", "true"))


def _stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S")


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isdigit() and len(text) < 30 else 0


def _settled(cursor: Cursor, high: datetime) -> Cursor:
    """The cursor between two runs."""
    kept = {key: value for key, value in cursor.items() if key in {"walked_at", "top"}}
    return {**kept, "walk": "changes", "modified": _stamp(high)}
