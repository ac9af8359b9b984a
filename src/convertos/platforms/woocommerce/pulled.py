"""What one pulled object is called, and what tells its states apart. Pure."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

from convertos.platforms.remote import Entity, Outline, PulledObject
from convertos.platforms.values import amount, decode_object, identifier

PULLED = ".pulled"
"""What the event types of pulled objects end in; the rest names the kind."""

KIND = {Entity.CUSTOMERS: "customer", Entity.ORDERS: "order", Entity.PRODUCTS: "product"}
PATH = {Entity.CUSTOMERS: "/customers", Entity.ORDERS: "/orders", Entity.PRODUCTS: "/products"}
OUTLINE_FIELDS = {
    Entity.ORDERS: "id,status,currency,total,date_created_gmt,date_modified_gmt",
    Entity.CUSTOMERS: "id,date_created_gmt,date_modified_gmt",
    Entity.PRODUCTS: "id,date_created_gmt,date_modified_gmt",
}
_TRASH = "trash"
_BEFORE_EVERYTHING = datetime(1970, 1, 1, tzinfo=UTC)


class _Brief(msgspec.Struct):
    """The fields by which objects are told apart; everything else is skipped."""

    id: int | str | None = None
    date_modified_gmt: str | None = None
    date_created_gmt: str | None = None
    status: str | None = None
    currency: str | None = None
    total: str | int | float | None = None


class Named(NamedTuple):
    """An object with its id and times."""

    external_id: str
    modified_at: datetime | None
    created_at: datetime | None
    brief: _Brief
    body: bytes


_decoder = msgspec.json.Decoder(_Brief)


def name(body: bytes) -> Named | None:
    """The id and times of an object; `None` for what has no id."""
    try:
        brief = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        found = decode_object(body)
        brief = _Brief(*(value if isinstance(value := found.get(field), str) else None for field in _TEXTS))
        brief.id = identifier(found.get("id"))
    external_id = identifier(brief.id)
    if external_id is None:
        return None
    return Named(external_id, utc(brief.date_modified_gmt), utc(brief.date_created_gmt), brief, body)


_TEXTS = _Brief.__struct_fields__


def utc(value: str | None) -> datetime | None:
    """A `*_gmt` time, which is UTC without saying so."""
    try:
        read = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    if read is None:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def pulled(entity: Entity, named: Named) -> PulledObject:
    """The object on its way to become a receipt."""
    kind = KIND[entity]
    digest = _digest(entity, named.body)
    return PulledObject(
        entity=entity,
        external_id=named.external_id,
        modified_at=named.modified_at,
        key=(f"{kind}{PULLED}", named.external_id, named.brief.date_modified_gmt or "", digest),
        event_type=f"{kind}{PULLED}",
        event_id=digest[:32],
        body=named.body,
    )


def _digest(entity: Entity, body: bytes) -> str:
    if entity is Entity.PRODUCTS:
        # WooCommerce chooses related products by lot, anew at each reading.
        found = decode_object(body)
        found.pop("related_ids", None)
        body = msgspec.json.encode(found, order="sorted")
    return hashlib.sha256(body).hexdigest()


def pulled_of(entity: Entity, members: Sequence[bytes]) -> list[PulledObject]:
    """The objects of a page; what has no id is none."""
    return [pulled(entity, named) for member in members if (named := name(member)) is not None]


def outline(entity: Entity, named: Named) -> Outline:
    """The little that reconciliation compares."""
    is_order = entity is Entity.ORDERS
    return Outline(
        external_id=named.external_id,
        created_at=named.created_at or _BEFORE_EVERYTHING,
        modified_at=named.modified_at,
        total=_amount(named.brief.total) if is_order else None,
        currency=named.brief.currency if is_order else None,
        status=named.brief.status if is_order else None,
        is_absent=named.brief.status == _TRASH,
    )


def _amount(value: str | float | None) -> Decimal | None:
    return amount(str(value) if isinstance(value, float) else value)
