"""What a webhook of Shopify means, or an object that was asked for. Pure.

The bodies of webhooks are those of the old REST API. Topics by their wire names; what is not in the list is
kept and changes nothing.

Source: integrations.md A6 and the bodies in tests/fixtures/shopify, checked 2026-11.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from convertos.platforms.contract import Ignored, IgnoreReason, ReceivedEvent, UnreadableError
from convertos.platforms.shopify import pulled
from convertos.platforms.shopify.checkouts import checkout_records
from convertos.platforms.shopify.demands import (
    account,
    left,
    person_to_be_erased,
    person_wants_to_know,
    store_to_be_erased,
)
from convertos.platforms.shopify.marks import marks_of, tags_of
from convertos.platforms.shopify.orders import order_record
from convertos.platforms.shopify.refunds import records_of_refund
from convertos.platforms.values import amount, decode_object, identifier, instant, listing, mapping, text
from convertos.records import (
    CustomerRecord,
    Demand,
    ObjectKind,
    Person,
    PresenceChange,
    PresenceRecord,
    ProductRecord,
    ProductVariant,
    Record,
    Version,
)

Shape = Callable[[Mapping[str, Any], ReceivedEvent], dict[str, Any]]
Read = Callable[[Mapping[str, Any], ReceivedEvent], Sequence[Record] | Ignored | Demand]

TEST_TOPIC = "convertos/test"
_MOST_VARIANTS = 2000


def records_of(event: ReceivedEvent) -> Sequence[Record] | Ignored | Demand:
    """What a delivery means.

    Raises:
        UnreadableError: it lacks what names its object, or is not JSON.
    """
    if event.event_type == TEST_TOPIC:
        return Ignored(IgnoreReason.TEST)
    read = _READERS.get(event.event_type)
    if read is None:
        return Ignored(IgnoreReason.UNKNOWN_TYPE, event.event_type)
    return read(decode_object(event.body), event)


def _asked_for(shape: Shape, read: Read) -> Read:
    return lambda node, event: read(shape(node, event), event)


def _order(body: Mapping[str, Any], event: ReceivedEvent) -> Sequence[Record]:
    return [order_record(body, _id_of(body), event)]


def _id_of(body: Mapping[str, Any]) -> str:
    external_id = identifier(body.get("id"))
    if external_id is None:
        raise UnreadableError("The object has no id.")
    return external_id


def _version(body: Mapping[str, Any], event: ReceivedEvent) -> Version:
    at = instant(body.get("updated_at"), event.received_at) or instant(
        body.get("created_at"), event.received_at
    )
    return Version(at or event.received_at, 0, blake2b(event.body, digest_size=8).hexdigest())


def _customer(body: Mapping[str, Any], event: ReceivedEvent) -> Sequence[Record]:
    external_id = _id_of(body)
    home = mapping(body.get("default_address"))
    email = text(body.get("email"), 320)
    return [
        CustomerRecord(
            external_id=external_id,
            version=_version(body, event),
            person=Person(
                email=email,
                phone=text(body.get("phone"), 60) or text(home.get("phone"), 60),
                customer_external_id=external_id,
                first_name=text(body.get("first_name"), 200) or text(home.get("first_name"), 200),
                last_name=text(body.get("last_name"), 200) or text(home.get("last_name"), 200),
                country=text(home.get("country_code"), 2),
                marks=marks_of(body),
            ),
            emails=(email,) if email else (),
            registered_at=instant(body.get("created_at"), event.received_at),
        )
    ]


def _consent(body: Mapping[str, Any], event: ReceivedEvent) -> Sequence[Record]:
    """Somebody wants to be written to, or not any more; it says nothing else of their account."""
    customer, email = identifier(body.get("customer_id")), text(body.get("email_address"), 320)
    if not customer and not email:
        raise UnreadableError("The change of consent names no customer.")
    changed_at = mapping(body.get("email_marketing_consent")).get("consent_updated_at")
    at = instant(changed_at, event.received_at) or event.received_at
    return [
        CustomerRecord(
            external_id=None,
            version=Version(at, 0, blake2b(event.body, digest_size=8).hexdigest()),
            person=Person(email=email, customer_external_id=customer, marks=marks_of(body)),
            emails=(email,) if email else (),
        )
    ]


def _product(body: Mapping[str, Any], event: ReceivedEvent) -> Sequence[Record]:
    variants = tuple(_variants(body.get("variants")))
    stated = {name: text(body.get(name)) for name in ("handle", "vendor", "product_type")}
    return [
        ProductRecord(
            external_id=_id_of(body),
            version=_version(body, event),
            sku=variants[0].sku if len(variants) == 1 else None,
            name=text(body.get("title"), 500) or "",
            status=(text(body.get("status"), 50) or "").lower(),
            price=min((variant.price for variant in variants if variant.price is not None), default=None),
            currency=event.default_currency,
            categories=(stated["product_type"],) if stated["product_type"] else (),
            tags=tags_of(body.get("tags")),
            variants=variants,
            metadata={name: value for name, value in stated.items() if value},
        )
    ]


def _variants(value: Any) -> list[ProductVariant]:
    entries = [
        (identifier(entry.get("id")), entry) for entry in map(mapping, listing(value)[:_MOST_VARIANTS])
    ]
    return [
        ProductVariant(
            external_id=external_id,
            sku=text(entry.get("sku"), 200),
            name=text(entry.get("title"), 300),
            price=amount(entry.get("price")),
        )
        for external_id, entry in entries
        if external_id is not None
    ]


def _deleted(kind: ObjectKind) -> Read:
    def read(body: Mapping[str, Any], event: ReceivedEvent) -> Sequence[Record]:
        if "updated_at" in body:
            # The topic is a header, and headers are not signed: a living object does not become a deletion.
            raise UnreadableError("The body is a whole object, not the note of its deletion.")
        return [_gone(kind, _id_of(body), event)]

    return read


def _gone(kind: ObjectKind, external_id: str, event: ReceivedEvent) -> PresenceRecord:
    return PresenceRecord(
        kind=kind, external_id=external_id, change=PresenceChange.DELETED, evidence_id=event.event_id
    )


def _found(kind: ObjectKind) -> Read:
    def read(body: Mapping[str, Any], event: ReceivedEvent) -> Sequence[Record]:
        return [
            PresenceRecord(
                kind=kind,
                external_id=_id_of(body),
                change=PresenceChange.RESTORED,
                evidence_id=event.event_id,
            )
        ]

    return read


def _merged(body: Mapping[str, Any], event: ReceivedEvent) -> Sequence[Record]:
    """Of two accounts one is kept, which tells of itself by `customers/update`."""
    deleted = identifier(body.get("admin_graphql_api_customer_deleted_id"))
    if deleted is None:
        raise UnreadableError("The merge does not name the account that went.")
    return [_gone(ObjectKind.CUSTOMER, deleted, event)]


def _kept_only(why: str) -> Read:
    def read(_body: Mapping[str, Any], _event: ReceivedEvent) -> Ignored:
        return Ignored(IgnoreReason.NOT_KEPT, why)

    return read


def _noted(body: Mapping[str, Any], event: ReceivedEvent) -> Ignored:
    """Kept as received; where a person is named, they are found when they are to be forgotten."""
    customer = identifier(body.get("customer_id") or body.get("customerId"))
    email = text(body.get("email_address") or body.get("email"), 320)
    phone = text(body.get("phone"), 60)
    about = account(customer, email, phone, event) if customer or email or phone else ()
    return Ignored(IgnoreReason.NOT_KEPT, "kept as received, not in tables", about)


_FOLLOWED = _kept_only("the object itself follows by another topic")
_UNPEOPLED = _kept_only("kept as received, not in tables")

_TOPIC_READERS: Mapping[str, Read] = {
    "orders/create": _order,
    "orders/updated": _order,
    "orders/paid": _order,
    "orders/cancelled": _order,
    "orders/fulfilled": _order,
    "orders/partially_fulfilled": _order,
    "orders/edited": _FOLLOWED,
    "orders/delete": _deleted(ObjectKind.ORDER),
    "refunds/create": records_of_refund,
    "customers/create": _customer,
    "customers/update": _customer,
    "customers/enable": _customer,
    "customers/disable": _customer,
    "customers/delete": _deleted(ObjectKind.CUSTOMER),
    "customers/merge": _merged,
    "customers_email_marketing_consent/update": _consent,
    "customers_marketing_consent/update": _noted,
    "customers/purchasing_summary": _noted,
    "customer.tags_added": _noted,
    "customer.tags_removed": _noted,
    "products/create": _product,
    "products/update": _product,
    "products/delete": _deleted(ObjectKind.PRODUCT),
    "checkouts/create": checkout_records,
    "checkouts/update": checkout_records,
    "checkouts/delete": _noted,
    "app/uninstalled": left,
    "app/scopes_update": _UNPEOPLED,
    "shop/update": _UNPEOPLED,
    "bulk_operations/finish": _UNPEOPLED,
    "customers/data_request": person_wants_to_know,
    "customers/redact": person_to_be_erased,
    "shop/redact": store_to_be_erased,
}
TOPICS = frozenset(_TOPIC_READERS)
_READERS: Mapping[str, Read] = {
    **_TOPIC_READERS,
    f"orders/{pulled.FOUND}": _found(ObjectKind.ORDER),
    f"customers/{pulled.FOUND}": _found(ObjectKind.CUSTOMER),
    f"products/{pulled.FOUND}": _found(ObjectKind.PRODUCT),
    pulled.ORDER: _asked_for(pulled.order_shape, _order),
    pulled.CUSTOMER: _asked_for(pulled.customer_shape, _customer),
    pulled.PRODUCT: _asked_for(pulled.product_shape, _product),
}
