"""The kinds of object that are asked for, and how each becomes a receipt, byte for byte."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from convertos.platforms.remote import Entity, PulledObject, RemoteUnavailableError
from convertos.platforms.shopify import pulled
from convertos.platforms.values import identifier, instant


class Kind(NamedTuple):
    """One kind of object.

    Attributes:
        gid: what its global ids are called by.
        word: its plural, as questions and topics use it.
        event_type: what the mapping reads it as.
        parts: the list inside that can be longer than a page; the variable for its length, and how long.
        part_question: asks for the rest of that list.
        created: the filter that puts it on a day, and its field; an order's is when it was made.
        at_once: how many are asked for in one page.
        by_id_at_once: how many by id, with all that belongs to them.
    """

    gid: str
    word: str
    event_type: str
    parts: str | None
    part_variables: Mapping[str, Any]
    part_question: str | None
    created: str
    at_once: int
    by_id_at_once: int


KINDS: Mapping[Entity, Kind] = {
    Entity.ORDERS: Kind(
        "Order", "orders", pulled.ORDER, "lineItems", {"lines": 5}, "line_items", "processed_at", 10, 3
    ),
    Entity.CUSTOMERS: Kind("Customer", "customers", pulled.CUSTOMER, None, {}, None, "created_at", 100, 100),
    Entity.PRODUCTS: Kind(
        "Product", "products", pulled.PRODUCT, "variants", {"variants": 20}, "variants", "created_at", 20, 15
    ),
}


class PageInfo(msgspec.Struct, rename="camel", frozen=True):
    """Where a list goes on."""

    has_next_page: bool = False
    end_cursor: str | None = None


class Connection(msgspec.Struct, rename="camel"):
    """A list of objects as bytes."""

    nodes: list[msgspec.Raw]
    page_info: PageInfo = PageInfo()


class Head(msgspec.Struct, rename="camel"):
    """What names an object; everything else is skipped."""

    id: str
    legacy_resource_id: str | int | None = None
    updated_at: str | None = None
    line_items: Connection | None = None
    variants: Connection | None = None
    parent_id: str | None = msgspec.field(default=None, name="__parentId")

    @property
    def external_id(self) -> str:
        """The number that webhooks name it by."""
        return identifier(self.legacy_resource_id) or identifier(self.id) or self.id

    @property
    def rest(self) -> PageInfo | None:
        """Where its inner list goes on; `None` where it is complete."""
        inner = self.line_items or self.variants
        return inner.page_info if inner and inner.page_info.has_next_page else None


_heads = msgspec.json.Decoder(Head)


def head_of(body: bytes) -> Head:
    """What names an object.

    Raises:
        RemoteUnavailableError: it is cut off, or no object.
    """
    try:
        return _heads.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RemoteUnavailableError(
            "Shopify's answer was cut off or is not what was asked for.", code="broken"
        ) from error


def with_parts(body: bytes, name: str, parts: Sequence[bytes]) -> bytes:
    """An object with a list put into it, without touching a byte of either."""
    return b'%s,"%s":{"nodes":[%s]}}' % (body.rstrip()[:-1], name.encode(), b",".join(parts))


def pulled_object(entity: Entity, body: bytes, head: Head, asked_at: datetime) -> PulledObject:
    """An object on its way to become a receipt; the same state again has the same key."""
    kind = KINDS[entity]
    state = hashlib.sha256(body).hexdigest()
    return PulledObject(
        entity=entity,
        external_id=head.external_id,
        modified_at=instant(head.updated_at, asked_at),
        key=(kind.event_type, head.external_id, state),
        event_type=kind.event_type,
        event_id=f"{head.external_id}@{head.updated_at or state[:16]}",
        body=body,
    )
