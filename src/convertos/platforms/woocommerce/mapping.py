"""What an object of WooCommerce's REST API v3 means. Pure.

Webhooks carry the same objects as the REST API, so syncs use this too.
Source: integrations.md B3–B5 and the recordings in tests/fixtures/woocommerce.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from convertos.platforms.contract import Ignored, IgnoreReason, ReceivedEvent, UnreadableError
from convertos.platforms.remote import settled_at
from convertos.platforms.values import amount, decode_object, identifier, instant, listing, mapping, text
from convertos.platforms.woocommerce.orders import order_record
from convertos.platforms.woocommerce.pulled import PULLED
from convertos.records import (
    CustomerRecord,
    ObjectKind,
    Person,
    PresenceChange,
    PresenceRecord,
    ProductRecord,
    Record,
    Version,
)

TEST_TOPIC = "action.convertos_test"
_PERMISSION_STATUSES = frozenset({401, 403})
# What only objects of a kind have.
_TELLING_MEMBERS = {
    ObjectKind.ORDER: "line_items",
    ObjectKind.CUSTOMER: "is_paying_customer",
    ObjectKind.PRODUCT: "catalog_visibility",
    ObjectKind.COUPON: "discount_type",
}
_KINDS = {kind.value: kind for kind in ObjectKind}


def records_of(event: ReceivedEvent) -> Sequence[Record] | Ignored:
    """What a delivery or a pulled object means.

    Raises:
        UnreadableError: it has no id, is another thing than its topic says, or is not JSON.
    """
    if event.event_type == TEST_TOPIC:
        return Ignored(IgnoreReason.TEST)
    resource, _, change = event.event_type.partition(".")
    kind = _KINDS.get(resource)
    if kind is None:
        return Ignored(IgnoreReason.UNKNOWN_TYPE, event.event_type)
    body = decode_object(event.body)
    if (refused := _source_error(body)) is not None:
        return refused
    external_id = identifier(body.get("id"))
    if external_id is None:
        raise UnreadableError("The object has no id.")
    _check_topic(kind, change, body)
    if change == "deleted":
        return [_presence(kind, external_id, PresenceChange.DELETED, event)]
    read = _READERS.get(kind)
    if read is None:
        return Ignored(IgnoreReason.NOT_KEPT, f"{resource}s are kept as received, not in tables")
    records = [read(body, external_id, event)]
    if change == "restored":
        records.append(_presence(kind, external_id, PresenceChange.RESTORED, event))
    return records


def _check_topic(kind: ObjectKind, change: str, body: Mapping[str, Any]) -> None:
    # The topic is a header, and headers are not signed: a body that is sent again under another topic neither
    # deletes anything nor becomes another thing.
    if change == "deleted" and len(body) > 1:
        raise UnreadableError("A deletion names an id and nothing else; this is a whole object.")
    for other, member in _TELLING_MEMBERS.items():
        if other is not kind and member in body:
            raise UnreadableError(
                f"The topic says {kind.value}, and the body is a whole object: {other.value}."
            )


def _source_error(body: Mapping[str, Any]) -> Ignored | None:
    """A signed body can be the shop's own error: its webhook's user may be gone, or the object deleted."""
    code = body.get("code")
    if not isinstance(code, str) or "message" not in body or "id" in body:
        return None
    status = mapping(body.get("data")).get("status")
    reason = (
        IgnoreReason.SOURCE_PERMISSION_BROKEN
        if status in _PERMISSION_STATUSES
        else IgnoreReason.SOURCE_COULD_NOT_READ
    )
    return Ignored(reason, text(code, 100) or "")


def _presence(
    kind: ObjectKind, external_id: str, change: PresenceChange, event: ReceivedEvent
) -> PresenceRecord:
    return PresenceRecord(kind=kind, external_id=external_id, change=change, evidence_id=event.event_id)


def _version(body: Mapping[str, Any], event: ReceivedEvent) -> Version:
    at = instant(body.get("date_modified_gmt"), event.received_at) or instant(
        body.get("date_created_gmt"), event.received_at
    )
    digest = blake2b(event.body, digest_size=8).hexdigest()
    if event.event_type.endswith(PULLED):
        # Not every change of a customer stamps it.
        modified = instant(body.get("date_modified_gmt"), event.received_at)
        return Version(settled_at(modified or event.received_at, event.received_at), 0, digest)
    return Version(at or event.received_at, 0, digest)


def _customer(body: Mapping[str, Any], external_id: str, event: ReceivedEvent) -> CustomerRecord:
    billing = mapping(body.get("billing"))
    emails = [text(body.get("email"), 320), text(billing.get("email"), 320)]
    return CustomerRecord(
        external_id=external_id,
        version=_version(body, event),
        person=Person(
            email=emails[0],
            phone=text(billing.get("phone"), 60),
            customer_external_id=external_id,
            first_name=text(body.get("first_name"), 200) or text(billing.get("first_name"), 200),
            last_name=text(body.get("last_name"), 200) or text(billing.get("last_name"), 200),
            country=text(billing.get("country"), 2),
        ),
        emails=tuple(email for email in emails if email),
        role=text(body.get("role"), 100),
        registered_at=instant(body.get("date_created_gmt"), event.received_at),
    )


def _product(body: Mapping[str, Any], external_id: str, event: ReceivedEvent) -> ProductRecord:
    is_variation = body.get("type") == "variation"
    return ProductRecord(
        external_id=external_id,
        version=_version(body, event),
        parent_external_id=identifier(body.get("parent_id")) if is_variation else None,
        sku=text(body.get("sku"), 200),
        name=text(body.get("name"), 500) or "",
        status=text(body.get("status"), 50) or "",
        price=amount(body.get("price")),
        currency=event.default_currency,
        categories=_names(body.get("categories")),
        tags=_names(body.get("tags")),
        metadata={name: value for name in ("type", "permalink", "slug") if (value := text(body.get(name)))},
    )


def _names(value: Any) -> tuple[str, ...]:
    names = (text(mapping(entry).get("name"), 200) for entry in listing(value))
    return tuple(name for name in names if name)


_READERS: dict[ObjectKind, Callable[[Mapping[str, Any], str, ReceivedEvent], Record]] = {
    ObjectKind.CUSTOMER: _customer,
    ObjectKind.ORDER: order_record,
    ObjectKind.PRODUCT: _product,
}
