"""What Shopify asks of an app: to leave, to tell, to forget. Pure.

The topic is a header, and headers are not signed: each demand is taken only from a body that is made for it.
Source: integrations.md A6; https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance, checked 2026-11.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from convertos.platforms.contract import ReceivedEvent, UnreadableError
from convertos.platforms.values import identifier, mapping, text
from convertos.records import CustomerRecord, Demand, DemandKind, Person, Version


def account(
    external_id: str | None, email: str | None, phone: str | None, event: ReceivedEvent
) -> tuple[CustomerRecord, ...]:
    """Whom a body names, as a record that says nothing else of them."""
    return (
        CustomerRecord(
            external_id=external_id,
            version=Version(event.received_at, 0, blake2b(event.body, digest_size=8).hexdigest()),
            person=Person(email=email, phone=phone, customer_external_id=external_id),
            emails=(email,) if email else (),
        ),
    )


def left(body: Mapping[str, Any], event: ReceivedEvent) -> Demand:  # noqa: ARG001 - as all readers
    """The app was removed from the store; the body is the shop's object."""
    if not text(body.get("myshopify_domain"), 200):
        raise UnreadableError("The body is not the object of a shop.")
    return Demand(DemandKind.LEAVE)


def person_wants_to_know(body: Mapping[str, Any], event: ReceivedEvent) -> Demand:
    """A customer asked the shop what is kept of them."""
    if "orders_requested" not in body:
        raise UnreadableError("The body is no request for data.")
    reference = identifier(mapping(body.get("data_request")).get("id"))
    return Demand(DemandKind.TELL_PERSON, _customer(body, event), reference)


def person_to_be_erased(body: Mapping[str, Any], event: ReceivedEvent) -> Demand:
    """A customer asked the shop to be forgotten."""
    if "orders_to_redact" not in body:
        raise UnreadableError("The body is no request to erase a customer.")
    return Demand(DemandKind.ERASE_PERSON, _customer(body, event))


def _customer(body: Mapping[str, Any], event: ReceivedEvent) -> tuple[CustomerRecord, ...]:
    customer = mapping(body.get("customer"))
    external_id, email = identifier(customer.get("id")), text(customer.get("email"), 320)
    phone = text(customer.get("phone"), 60)
    if not (external_id or email or phone):
        raise UnreadableError("The demand names no customer.")
    return account(external_id, email, phone, event)


def store_to_be_erased(body: Mapping[str, Any], event: ReceivedEvent) -> Demand:  # noqa: ARG001
    """Two days after the app was removed: what is left of the shop's customers goes."""
    if not text(body.get("shop_domain"), 200) or "customer" in body:
        raise UnreadableError("The body is no request to erase a shop.")
    return Demand(DemandKind.ERASE_STORE, reference=identifier(body.get("shop_id")))
