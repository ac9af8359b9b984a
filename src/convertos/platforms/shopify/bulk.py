"""The first import: Shopify writes everything into a file, which is read line by line.

The operation's id is in the cursor before its first line is read, and the number of objects that are kept is in
every later one: whoever goes on asks for the file's address again and skips those. A file with fewer objects
than Shopify says it wrote is not a success.

Source: integrations.md A5 ("Bulk operations"), checked 2026-11.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import NamedTuple

import msgspec

from convertos.platforms.remote import Call, Cursor, Entity, Page, PulledObject, RemoteUnavailableError
from convertos.platforms.shopify.admin import Admin
from convertos.platforms.shopify.objects import KINDS, Head, head_of, pulled_object, with_parts
from convertos.platforms.shopify.queries import question
from convertos.platforms.shopify.walk import changes_since, everything

LARGEST_PAGE = 1000
"""Objects that are kept together, and at most read again after a crash. 250 at a time came in at 3,300 orders a
second, 1,000 at 6,000 (one of two busy cores)."""

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 20.0
_ENDED_BADLY = frozenset({"FAILED", "CANCELED", "CANCELING"})
_PREPARING = "Shopify is writing the file of the first import"


class Operation(msgspec.Struct, rename="camel"):
    """A bulk operation as Shopify tells of it."""

    id: str
    status: str
    created_at: datetime
    url: str | None = None
    error_code: str | None = None
    root_object_count: int | str = 0


class _UserError(msgspec.Struct):
    message: str
    code: str | None = None


class _Made(msgspec.Struct, rename="camel"):
    bulk_operation: Operation | None = None
    user_errors: list[_UserError] = []


def beginning() -> Cursor:
    """Where a first import begins."""
    return {"bulk": None}


async def pages(
    admin: Admin, entity: Entity, cursor: Cursor, total: int | None
) -> AsyncGenerator[Page, None]:
    """Walk on through a bulk operation; its last page's cursor tells where the changes since begin.

    Where Shopify gave the operation up, the last page's cursor begins a walk by pages.

    Args:
        total: how many objects there are, by another question.
    """
    if cursor.get("bulk") is None:
        begun = await _begin(admin, entity)
        cursor = {"bulk": begun.id, "done": 0}
        yield Page([], cursor, begun.created_at, total)
    operation = await _finished(admin, str(cursor["bulk"]))
    if operation is None:
        # Shopify keeps the file for a week; whoever comes later begins anew.
        yield Page([], beginning(), admin.now(), total)
        return
    if operation.status in _ENDED_BADLY:
        yield Page([], everything(), operation.created_at, total)
        return
    done = int(cursor.get("done", 0))
    async with aclosing(_read(admin, entity, operation, done, total)) as found:
        async for page in found:
            yield page


async def _begin(admin: Admin, entity: Entity) -> Operation:
    answer = await admin.ask(
        "bulk_run",
        {"query": question(f"bulk_{KINDS[entity].word}")},
        f"a file of all {KINDS[entity].word}",
        is_repeatable=False,
    )
    made = msgspec.json.decode(answer.data["made"], type=_Made)
    if made.bulk_operation is None:
        said = "; ".join(error.message for error in made.user_errors)[:200]
        raise RemoteUnavailableError(
            f"Shopify can't write the file of the first import now: {said}",
            code="bulk_busy",
            retry_after_seconds=120,
        )
    return made.bulk_operation


async def _finished(admin: Admin, operation_id: str) -> Operation | None:
    seconds = _FIRST_WAIT
    while True:
        answer = await admin.ask("bulk_status", {"id": operation_id}, "whether the file is written")
        operation = msgspec.json.decode(answer.data["bulkOperation"], type=Operation | None)
        if operation is None or operation.status == "EXPIRED":
            return None
        if operation.status not in {"CREATED", "RUNNING"}:
            return operation
        await admin.http.pause(seconds, _PREPARING)
        seconds = min(seconds * 2, _LONGEST_WAIT)


async def _read(
    admin: Admin, entity: Entity, operation: Operation, done: int, total: int | None
) -> AsyncGenerator[Page, None]:
    written = int(operation.root_object_count)
    if operation.url is None and (written or total):
        raise RemoteUnavailableError(
            f"Shopify's file is empty though the store has {written or total} {KINDS[entity].word}.",
            code="bulk_empty",
        )
    last = changes_since(operation.created_at)
    found: list[PulledObject] = []
    read = done
    if operation.url is not None:
        async with aclosing(_objects(admin, entity, operation, skip=done)) as objects:
            async for each in objects:
                found.append(each)
                read += 1
                if len(found) == LARGEST_PAGE:
                    after = {"bulk": operation.id, "done": read}
                    yield Page(found, after, operation.created_at, written, read)
                    found = []
    if read < written:
        raise RemoteUnavailableError(
            f"Shopify's file ended after {read} of {written} {KINDS[entity].word}.", code="bulk_cut_off"
        )
    yield Page(found, last, operation.created_at, written, read)


class _Building(NamedTuple):
    body: bytes
    head: Head
    parts: list[bytes]


async def _objects(
    admin: Admin, entity: Entity, operation: Operation, *, skip: int
) -> AsyncGenerator[PulledObject, None]:
    """The file's objects, each with the lines that follow it; the first ones are only counted."""
    current: _Building | None = None
    place = 0
    # The address is signed and good for a week; it takes no token.
    call = Call(method="GET", url=operation.url or "", purpose=f"the file of all {KINDS[entity].word}")
    async for line in admin.http.lines(call):
        if not line.strip():
            continue
        head = head_of(line)
        if head.parent_id is not None:
            if current is None or head.parent_id != current.head.id:
                raise RemoteUnavailableError("Shopify's file has lines out of their order.", code="broken")
            current.parts.append(bytes(line))
            continue
        if current is not None and place > skip:
            yield _built(entity, current, operation)
        current = _Building(bytes(line), head, [])
        place += 1
    if current is not None and place > skip:
        yield _built(entity, current, operation)


def _built(entity: Entity, building: _Building, operation: Operation) -> PulledObject:
    parts = KINDS[entity].parts
    body = with_parts(building.body, parts, building.parts) if parts else building.body
    # What stands in the file may be as old as the operation.
    return pulled_object(entity, body, building.head, operation.created_at)
