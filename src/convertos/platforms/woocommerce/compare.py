"""What reconciliation asks of a store: how many, which, and single objects."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta

from convertos.platforms.remote import Entity, Fetched, Outline, PulledObject, RemoteError, Span
from convertos.platforms.woocommerce.pulled import (
    KIND,
    OUTLINE_FIELDS,
    PATH,
    Named,
    name,
    outline,
    pulled,
)
from convertos.platforms.woocommerce.rest import LARGEST_PAGE, Listing, Query, Rest, fault_of
from convertos.platforms.woocommerce.walk import BY_ID, Pager, has_more, has_shrunk, scope_of

_ONE_SECOND = timedelta(seconds=1)
_GONE = frozenset({404, 410})
_NO_SUCH_OBJECT = "_invalid_id"


async def count(rest: Rest, entity: Entity, span: Span) -> int | None:
    """How many the store says there are; customers only as a whole."""
    within = created_within(span)
    if entity is Entity.CUSTOMERS and within:
        return None
    query = (*scope_of(entity), *within, ("per_page", "1"), ("_fields", "id"))
    listing = await rest.page(PATH[entity], f"count {entity.value}", query)
    return listing.total


async def outlines(rest: Rest, entity: Entity, span: Span) -> AsyncGenerator[Sequence[Outline], None]:
    """Everything created within a span, a page at a time."""
    fields = (("_fields", OUTLINE_FIELDS[entity]),)
    within = () if entity is Entity.CUSTOMERS else created_within(span)
    pager = Pager(rest, entity, (*scope_of(entity), *within, *BY_ID, *fields))
    total: int | None = None
    reader = pager.from_page(1)
    async with aclosing(reader):
        async for number, listing in reader:
            if number > 1 and has_shrunk(total, listing.total):
                yield _outlines(entity, await pager.read(number - 1))
            yield _outlines(entity, listing)
            if len(listing.members) < LARGEST_PAGE and not has_more(number, listing):
                return
            total = listing.total or total


def _outlines(entity: Entity, listing: Listing) -> list[Outline]:
    return [outline(entity, named) for member in listing.members if (named := name(member)) is not None]


async def fetch(rest: Rest, entity: Entity, external_ids: Sequence[str]) -> Fetched:
    """Objects by id; those that a list leaves out are asked for one by one."""
    query = (
        *scope_of(entity),
        ("include", ",".join(external_ids)),
        ("per_page", str(LARGEST_PAGE)),
        *BY_ID,
    )
    listing = await rest.page(PATH[entity], f"{entity.value} by id", query)
    wanted = set(external_ids)
    found = [named for member in listing.members if (named := name(member)) and named.external_id in wanted]
    missing = sorted(wanted - {named.external_id for named in found})
    gone: list[str] = []
    for external_id in missing:
        named = await _one(rest, entity, external_id)
        if named is None:
            gone.append(external_id)
        else:
            found.append(named)
    return Fetched([pulled(entity, named) for named in found], gone, listing.reply.asked_at)


async def _one(rest: Rest, entity: Entity, external_id: str) -> Named | None:
    reply = await rest.send("GET", f"{PATH[entity]}/{external_id}", f"{KIND[entity]} {external_id}")
    if reply.status in _GONE and _NO_SUCH_OBJECT in reply.body.decode("utf-8", "replace"):
        return None
    if reply.status != 200:
        raise fault_of(reply)
    named = name(reply.body)
    if named is None:
        raise RemoteError(f"The store's {KIND[entity]} {external_id} has no id.", code="not_json")
    return named


def deletion(entity: Entity, external_id: str, evidence: str) -> PulledObject:
    """As the store's own webhook tells it: `{"id": 7}`."""
    return PulledObject(
        entity=entity,
        external_id=external_id,
        modified_at=None,
        key=(f"{KIND[entity]}.deleted", external_id, evidence),
        event_type=f"{KIND[entity]}.deleted",
        event_id=evidence,
        body=b'{"id":%d}' % int(external_id)
        if external_id.isdigit()
        else b'{"id":"%s"}' % external_id.encode(),
    )


def restoration(found: PulledObject, evidence: str) -> PulledObject:
    """As the store's own webhook tells it: the whole object."""
    kind = KIND[found.entity]
    return found._replace(
        key=(f"{kind}.restored", found.external_id, evidence),
        event_type=f"{kind}.restored",
        event_id=evidence,
    )


def created_within(span: Span) -> Query:
    """Objects created from an instant on and before another; the store leaves both ends out."""
    query: list[tuple[str, str]] = []
    if span.since is not None:
        query.append(("after", (span.since - _ONE_SECOND).strftime("%Y-%m-%dT%H:%M:%S")))
    if span.until is not None:
        query.append(("before", span.until.strftime("%Y-%m-%dT%H:%M:%S")))
    return (*query, ("dates_are_gmt", "true")) if query else ()
