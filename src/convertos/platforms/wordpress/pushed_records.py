"""What a pushed object means. Pure.

A push is kept as a receipt like a delivery: its body is the item as it was sent and, where rules of the site's
field mapping changed it, what they made of it. So it can be read again when the rules are others.

Source: api.md, "Entity API"; docs/reference/plugin-protocol.md.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import ValidationError

from convertos.core.addresses import normal_email
from convertos.platforms.contract import ReceivedEvent, UnreadableError
from convertos.platforms.shop_statuses import normal_status, rank_of, standing_of
from convertos.platforms.values import decode_object
from convertos.platforms.wordpress.field_rules import FieldFault, snake_case
from convertos.platforms.wordpress.pushed_objects import (
    MODELS,
    PUSHED,
    Arrival,
    Buyer,
    Profiled,
    PushedCustomer,
    PushedKind,
    PushedLine,
    PushedOrder,
    PushedProduct,
    PushedRefund,
    Traced,
)
from convertos.platforms.wordpress.traces import has_consent, person_of, touches_of
from convertos.records import (
    UTM_PARAMETERS,
    CustomerRecord,
    Marks,
    OrderItem,
    OrderRecord,
    Person,
    ProductRecord,
    ProductVariant,
    Record,
    RefundRecord,
    Touch,
    Version,
)

_encoder = msgspec.json.Encoder(decimal_format="number")
_ENCODABLE_BITS = 63
PUSHED_TYPES = frozenset(kind.event_type for kind in PushedKind)
"""Event types of receipts that were pushed."""

_ORDER_TEXTS = ("number", "currency", "payment_method", "placed_at", "paid_at", "checkout_token")
_ORDER_TOTALS = ("total", "subtotal", "discount_total", "shipping_total", "tax_total")


class Read(NamedTuple):
    """What became of an item.

    Attributes:
        records: empty where there are errors.
        warnings: what was left out.
    """

    records: Sequence[Record]
    errors: Sequence[FieldFault] = ()
    warnings: Sequence[FieldFault] = ()


def pushed_body(item: bytes, mapped: Mapping[str, Any] | None = None) -> bytes:
    """The body of the receipt of an item; `mapped` is what the rules made of it, where they changed it."""
    if mapped is None:
        return b'{"item":%b}' % item
    return b'{"item":%b,"mapped":%b}' % (item, _encoder.encode(_encodable(mapped)))


def _encodable(value: Any) -> Any:
    if isinstance(value, dict):
        return {_encodable(name): _encodable(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_encodable(member) for member in value]
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() >= _ENCODABLE_BITS:
        return str(value)
    return value


def read_push(kind: PushedKind, body: bytes, received_at: datetime) -> Read:
    """What a pushed item says, or what is wrong with it field by field.

    Args:
        body: as `pushed_body` made it.

    Raises:
        UnreadableError: it holds no item.
    """
    content = decode_object(body)
    item = content.get("mapped", content.get("item"))
    if not isinstance(item, dict):
        raise UnreadableError("The receipt holds no pushed object.")
    try:
        model = MODELS[kind].model_validate(item, context={"received_at": received_at})
    except ValidationError as error:
        return Read((), _faults(error, item))
    digest = blake2b(body, digest_size=8).hexdigest()
    if isinstance(model, PushedCustomer):
        return _customer(model, received_at, digest)
    if isinstance(model, PushedOrder):
        return _order(model, received_at, digest)
    return _product(model, received_at, digest)


def records_of_push(received: ReceivedEvent) -> Sequence[Record]:
    """What the receipt of a push means.

    Raises:
        UnreadableError: this release finds something wrong with it.
    """
    kind = PushedKind(received.event_type.removesuffix(PUSHED))
    read = read_push(kind, received.body, received.received_at)
    if read.errors:
        raise UnreadableError(f"{read.errors[0].field}: {read.errors[0].message}")
    return read.records


def _faults(error: ValidationError, item: Mapping[str, Any]) -> list[FieldFault]:
    return [
        FieldFault(_as_sent(each["loc"], item), str(each["msg"]).removeprefix("Value error, "))
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def _as_sent(place: Sequence[int | str], item: Any) -> str:
    names = []
    for name in place:
        is_other = isinstance(item, dict) and isinstance(name, str) and name not in item
        sent = other if (other := snake_case(str(name))) in (item if is_other else ()) else name
        names.append(str(sent))
        try:
            item = item[sent]
        except (KeyError, IndexError, TypeError):
            item = None
    return ".".join(names)


def _customer(model: PushedCustomer, received_at: datetime, digest: str) -> Read:
    if not (model.external_id or model.email or model.phone):
        missing = "One of externalId, email and phone has to be there."
        return Read((), [FieldFault("externalId", missing)])
    version = Version(model.modified_at or received_at, 0, digest)
    record = CustomerRecord(
        external_id=model.external_id,
        version=version,
        person=_person(model, model.external_id, model.email, model),
        emails=(model.email,) if model.email else (),
        role=model.role,
        registered_at=model.registered_at,
        touches=_touches(model, model.registered_at or version.at),
    )
    return Read([record])


def _person(
    named: PushedCustomer | Buyer,
    external_id: str | None,
    email: str | None,
    traced: PushedCustomer | PushedOrder,
) -> Person:
    read = person_of(
        {
            "email": email,
            "phone": named.phone,
            "customer_id": external_id,
            "first_name": named.first_name,
            "last_name": named.last_name,
            "name": named.name,
            "country": named.country,
        }
    )
    visitor_id = traced.visitor_id if has_consent({"consent": traced.consent}) else None
    return msgspec.structs.replace(read, visitor_id=visitor_id, marks=_marks(traced))


def _marks(profiled: Profiled) -> Marks | None:
    marks = Marks(
        tags=profiled.tags,
        subscription_status=profiled.subscription_status,
        custom_fields=dict(profiled.custom_fields),
    )
    return marks if marks != Marks() else None


def _touches(traced: Traced, occurred_at: datetime) -> tuple[Touch, ...]:
    told = _told(traced) | {"visitor_id": traced.visitor_id, "consent": traced.consent}
    told["touches"] = [_told(touch) | {"occurred_at": touch.occurred_at} for touch in traced.touches]
    return touches_of(told, occurred_at, _as_read)


def _as_read(value: Any) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _told(arrival: Arrival) -> dict[str, Any]:
    told: dict[str, Any] = dict(arrival.click_ids)
    told.update((f"utm_{name}", getattr(arrival, f"utm_{name}")) for name in UTM_PARAMETERS)
    for name in ("origin_source", "origin_medium", "origin_campaign", "referrer", "landing_page"):
        told[name] = getattr(arrival, name)
    return told


def _order(model: PushedOrder, received_at: datetime, digest: str) -> Read:
    status = normal_status(model.status) if model.status else None
    refunds = tuple(_refund(refund) for refund in model.refunds or ())
    email, warnings = _order_email(model)
    version = Version(model.modified_at or received_at, rank_of(status, len(refunds)), digest)
    record = OrderRecord(
        external_id=model.external_id,
        version=version,
        person=_person(model.customer, model.customer.external_id, email, model),
        status=status or UNSET,
        standing=standing_of(status) if status else UNSET,
        fulfillment_status=_said(model, "fulfillment_status"),
        cancelled_at=_said(model, "cancelled_at"),
        is_test=model.test if model.test is not None else UNSET,
        items=UNSET if model.items is None else tuple(_item(line) for line in model.items),
        refunds=refunds,
        is_refund_list_complete=model.refunds is not None,
        touches=_touches(model, model.placed_at or version.at),
        **{name: _unless_absent(getattr(model, name)) for name in (*_ORDER_TEXTS, *_ORDER_TOTALS)},
    )
    return Read([record], warnings=warnings)


def _order_email(model: PushedOrder) -> tuple[str | None, list[FieldFault]]:
    field = "customer.email" if model.customer.email else "customerEmail"
    email = model.customer.email or model.customer_email
    if email is None or normal_email(email) is not None:
        return email, []
    return None, [FieldFault(field, "It is no e-mail address, and was left out.")]


def _unless_absent(value: Any) -> Any:
    return UNSET if value is None else value


def _said(model: PushedOrder, name: str) -> Any | None | UnsetType:
    """What is empty where it is named and null, and unsaid where it is not named."""
    return getattr(model, name) if name in model.model_fields_set else UNSET


def _item(line: PushedLine) -> OrderItem:
    return OrderItem(
        external_id=line.external_id,
        product_external_id=line.product_external_id,
        variant_external_id=line.variant_external_id,
        sku=line.sku,
        name=line.name or "",
        quantity=Decimal(1) if line.quantity is None else line.quantity,
        price=line.price,
        total=line.total,
    )


def _refund(refund: PushedRefund) -> RefundRecord:
    return RefundRecord(
        external_id=refund.external_id,
        amount=abs(refund.amount),
        reason=refund.reason,
        refunded_at=refund.refunded_at,
    )


def _product(model: PushedProduct, received_at: datetime, digest: str) -> Read:
    variants = None
    if model.variants is not None:
        variants = tuple(
            ProductVariant(external_id=each.external_id, sku=each.sku, name=each.name, price=each.price)
            for each in model.variants
        )
    record = ProductRecord(
        external_id=model.external_id,
        version=Version(model.modified_at or received_at, 0, digest),
        parent_external_id=model.parent_external_id,
        sku=model.sku,
        name=model.name or "",
        status=model.status or "publish",
        price=model.price,
        currency=model.currency,
        categories=model.categories,
        tags=model.tags,
        variants=variants,
        metadata=dict(model.metadata),
    )
    return Read([record])
