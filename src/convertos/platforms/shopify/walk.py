"""Walking through a store by pages: everything, or what has changed since an instant.

Sorted by the time of change, so that an object which changes during the walk is met again at its end instead
of pushing another one off a page. The next walk begins a little before the newest change that this one saw,
by Shopify's clock: its search index follows its orders by some seconds.

A page's cursor is the cursor of the next one; a walk that was cut off goes on there.
"""

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from convertos.platforms.remote import Cursor, Entity, Page, PulledObject
from convertos.platforms.shopify.admin import Admin, TooCostlyError
from convertos.platforms.shopify.objects import KINDS, Connection, Head, head_of, pulled_object, with_parts

OVERLAP = timedelta(minutes=10)
_connections = msgspec.json.Decoder(Connection)


def changes_since(since: datetime) -> Cursor:
    """Where a walk through what has changed begins."""
    return {"since": (since - OVERLAP).isoformat()}


def everything() -> Cursor:
    """Where a walk by pages through everything begins."""
    return {"since": None}


async def pages(
    admin: Admin, entity: Entity, cursor: Cursor, total: int | None = None
) -> AsyncGenerator[Page, None]:
    """Walk on from a cursor of this module until nothing is left."""
    kind, since = KINDS[entity], cursor.get("since")
    newest, after, at_once = cursor.get("newest"), cursor.get("after"), kind.at_once
    is_more = True
    while is_more:
        variables: dict[str, Any] = {"first": at_once, "after": after, **kind.part_variables}
        variables["query"] = f"updated_at:>='{since}'" if since else None
        try:
            answer = await admin.ask(f"{kind.word}_page", variables, f"{kind.word}, changed since {since}")
        except TooCostlyError:
            at_once = fewer(at_once)
            continue
        found = _connections.decode(answer.data["page"])
        objects = [await complete(admin, entity, node, answer.asked_at) for node in found.nodes]
        newest = max(
            (at for at in (newest, *(_changed_at(each) for each in objects)) if at is not None), default=None
        )
        is_more, after = found.page_info.has_next_page, found.page_info.end_cursor
        going_on: Cursor = {"since": since, "after": after, "newest": newest}
        yield Page(objects, going_on if is_more else _next_walk(since, newest), answer.asked_at, total)


def fewer(at_once: int) -> int:
    """Half as many; one can't be halved.

    Raises:
        TooCostlyError: a single one costs too much.
    """
    if at_once == 1:
        raise TooCostlyError
    return at_once // 2


def _changed_at(found: PulledObject) -> str | None:
    return found.modified_at.isoformat() if found.modified_at else None


def _next_walk(since: str | None, newest: str | None) -> Cursor:
    if newest is not None:
        return changes_since(datetime.fromisoformat(newest))
    return {"since": since}


async def complete(admin: Admin, entity: Entity, node: bytes, asked_at: datetime) -> PulledObject:
    """An object with all of its lines or variants, however many pages they take."""
    kind, body = KINDS[entity], bytes(node)
    head = head_of(body)
    rest = head.rest
    if rest is not None and kind.part_question and kind.parts:
        parts = await _rest_of(admin, kind.part_question, kind.parts, head, rest.end_cursor)
        more = kind.parts[0].upper() + kind.parts[1:]
        body = with_parts(body, f"more{more}", parts)
    return pulled_object(entity, body, head, asked_at)


async def _rest_of(admin: Admin, question: str, parts: str, head: Head, after: str | None) -> list[bytes]:
    found: list[bytes] = []
    is_more = True
    while is_more:
        answer = await admin.ask(question, {"id": head.id, "after": after}, f"the rest of {head.external_id}")
        (owner,) = answer.data.values()
        inner = msgspec.json.decode(owner, type=dict[str, Connection] | None)
        if inner is None:
            break  # deleted between the two questions
        page = inner[parts]
        found += [bytes(node) for node in page.nodes]
        is_more, after = page.page_info.has_next_page, page.page_info.end_cursor
    return found


async def all_nodes(
    admin: Admin, question: str, variables: Mapping[str, Any], purpose: str
) -> AsyncGenerator[list[msgspec.Raw], None]:
    """The objects of every page of a question, as bytes."""
    after: str | None = None
    is_more = True
    while is_more:
        answer = await admin.ask(question, {**variables, "after": after}, purpose)
        (root,) = answer.data.values()
        page = _connections.decode(root)
        yield page.nodes
        is_more, after = page.page_info.has_next_page, page.page_info.end_cursor
