"""What a site or a program may push: customers, orders and products, as they are taken and as the schema tells.

One definition: these models validate, and `json_schema` is made from them. Names are taken in camelCase and in
snake_case; members that are not named here are kept in the receipt and not read.

Source: api.md, "Entity API" and the shapes of "Leads, contacts, orders".
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from convertos.platforms.wordpress.pushed_values import (
    MAYBE_EMPTY_LIST,
    MAYBE_EMPTY_OBJECT,
    Amount,
    Country,
    Currency,
    CustomFields,
    Email,
    Id,
    Names,
    OptionalId,
    OptionalNames,
    RequiredAmount,
    Text50,
    Text60,
    Text100,
    Text200,
    Text500,
    Text2000,
    Time,
)

MOST_ITEMS = 500
PUSHED = ".pushed"
_MOST_LINES = 1000
_MOST_TOUCHES = 100


class Pushed(BaseModel):
    """An object of the entity API."""

    model_config = ConfigDict(
        alias_generator=AliasGenerator(
            validation_alias=lambda name: AliasChoices(to_camel(name), name), serialization_alias=to_camel
        ),
        frozen=True,
    )


class Arrival(Pushed):
    """Where somebody came from: what an address or a page recorded."""

    utm_source: Text500 = None
    utm_medium: Text500 = None
    utm_campaign: Text500 = None
    utm_term: Text500 = None
    utm_content: Text500 = None
    utm_id: Text500 = None
    origin_source: Text500 = None
    origin_medium: Text500 = None
    origin_campaign: Text500 = None
    click_ids: Annotated[
        dict[str, Text500],
        MAYBE_EMPTY_OBJECT,
        Field(max_length=50, description="By parameter, such as `gclid`."),
    ] = {}
    referrer: Text2000 = None
    landing_page: Text2000 = None


class PushedTouch(Arrival):
    """One arrival that the site remembered."""

    occurred_at: Time = None


class Traced(Arrival):
    """Something with a visit behind it."""

    visitor_id: Text100 = None
    consent: Annotated[Any, Field(description="`false` or `denied`: the visit leaves no trace.")] = None
    touches: Annotated[tuple[PushedTouch, ...], MAYBE_EMPTY_LIST, Field(max_length=_MOST_TOUCHES)] = ()


class Profiled(Pushed):
    """Something that tells more of a person than who they are."""

    tags: OptionalNames = None
    subscription_status: Literal["unknown", "pending", "subscribed", "unsubscribed"] | None = None
    custom_fields: CustomFields = {}


class PushedCustomer(Traced, Profiled):
    """An account, or a person without one. `externalId`, `email` or `phone` has to be there."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [name]} for name in ("externalId", "email", "phone")],
            "examples": [{"externalId": "7", "email": "maria@example.com", "firstName": "Maria"}],
        }
    )

    external_id: Annotated[OptionalId, Field(description="The account's number in the shop.")] = None
    email: Email = None
    phone: Text60 = None
    first_name: Text200 = None
    last_name: Text200 = None
    name: Annotated[Text500, Field(description="Where first and last name are not apart.")] = None
    country: Country = None
    role: Text100 = None
    registered_at: Time = None
    modified_at: Annotated[
        Time, Field(description="Without it, the time of the request: the newest word.")
    ] = None


class Buyer(Pushed):
    """Whose order it is: found by external id, else e-mail, else phone, else made."""

    external_id: OptionalId = None
    email: Annotated[
        Text500,
        Field(description="What is no address is left out with a warning: the order counts all the same."),
    ] = None
    phone: Text60 = None
    first_name: Text200 = None
    last_name: Text200 = None
    name: Text500 = None
    country: Country = None


class PushedLine(Pushed):
    """One line of an order."""

    external_id: OptionalId = None
    product_external_id: OptionalId = None
    variant_external_id: OptionalId = None
    sku: Text200 = None
    name: Text500 = None
    quantity: Amount = None
    price: Amount = None
    total: Amount = None


class PushedRefund(Pushed):
    """Money given back; the amount may be negative or positive and means the same."""

    external_id: Id
    amount: RequiredAmount
    reason: Text500 = None
    refunded_at: Time = None


class PushedOrder(Traced, Profiled):
    """An order. What is not named stays as it is known; `items` and `refunds` are whole lists where they are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "externalId": "1001",
                    "status": "completed",
                    "total": "85.90",
                    "currency": "EUR",
                    "placedAt": "2025-03-01T09:30:00Z",
                    "customer": {"externalId": "7", "email": "maria@example.com"},
                    "items": [{"productExternalId": "41", "name": "Tea", "quantity": 2, "total": "85.90"}],
                }
            ]
        }
    )

    external_id: Annotated[Id, Field(description="The order's id in the shop.")]
    number: Text100 = None
    status: Annotated[Text100, Field(description="The shop's word; WooCommerce's are understood.")] = None
    fulfillment_status: Text100 = None
    currency: Annotated[Currency, Field(description="Without it, the client's.")] = None
    total: Amount = None
    subtotal: Amount = None
    discount_total: Amount = None
    shipping_total: Amount = None
    tax_total: Amount = None
    payment_method: Text100 = None
    placed_at: Time = None
    paid_at: Time = None
    cancelled_at: Time = None
    modified_at: Annotated[
        Time, Field(description="Without it, the time of the request: the newest word.")
    ] = None
    test: bool | None = None
    checkout_token: Text200 = None
    customer: Annotated[Buyer, MAYBE_EMPTY_OBJECT] = Buyer()
    customer_email: Annotated[Text500, Field(description="Short for `customer.email`.")] = None
    items: Annotated[tuple[PushedLine, ...] | None, Field(max_length=_MOST_LINES)] = None
    refunds: Annotated[tuple[PushedRefund, ...] | None, Field(max_length=_MOST_LINES)] = None


class PushedVariant(Pushed):
    """One form in which a product is sold."""

    external_id: Id
    sku: Text200 = None
    name: Text500 = None
    price: Amount = None


class PushedProduct(Pushed):
    """A product, or with `parentExternalId` one variant of it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"externalId": "41", "sku": "TEA", "name": "Tea", "price": "42.95"}]}
    )

    external_id: Annotated[Id, Field(description="The product's id in the shop.")]
    parent_external_id: OptionalId = None
    sku: Text200 = None
    name: Text500 = None
    status: Text50 = None
    price: Amount = None
    currency: Annotated[Currency, Field(description="Without it, the client's.")] = None
    categories: Names = ()
    tags: Names = ()
    variants: Annotated[tuple[PushedVariant, ...] | None, Field(max_length=_MOST_LINES)] = None
    metadata: CustomFields = {}
    modified_at: Annotated[
        Time, Field(description="Without it, the time of the request: the newest word.")
    ] = None


class PushedKind(StrEnum):
    """What can be pushed; also what its receipts' event types start with."""

    CUSTOMER = "customer"
    ORDER = "order"
    PRODUCT = "product"

    @property
    def event_type(self) -> str:
        """The event type of its receipts."""
        return f"{self.value}{PUSHED}"

    @property
    def plural(self) -> str:
        """The last segment of its address."""
        return f"{self.value}s"


MODELS: Mapping[PushedKind, type[PushedCustomer | PushedOrder | PushedProduct]] = {
    PushedKind.CUSTOMER: PushedCustomer,
    PushedKind.ORDER: PushedOrder,
    PushedKind.PRODUCT: PushedProduct,
}


def json_schema(kind: PushedKind) -> dict[str, Any]:
    """JSON Schema 2020-12 of a request's body: one object, or several."""
    one = item_schema(kind)
    several = {
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "minItems": 1, "maxItems": MOST_ITEMS, "items": one}},
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"One or several {kind.plural}",
        "oneOf": [one, several],
        "examples": one["examples"],
    }


@cache
def item_schema(kind: PushedKind) -> dict[str, Any]:
    """JSON Schema of one object, with everything it refers to in its place."""
    made = MODELS[kind].model_json_schema(by_alias=True)
    definitions = made.pop("$defs", {})
    schema = _inlined(made, definitions)
    assert isinstance(schema, dict)  # noqa: S101 - what goes in as an object comes out as one
    return schema


def _inlined(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(entry, definitions) for entry in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(definitions[node["$ref"].rpartition("/")[2]], definitions)
    kept = ((name, member) for name, member in node.items() if not _is_noise(name, member))
    return {name: _inlined(member, definitions) for name, member in kept}


def _is_noise(name: str, member: Any) -> bool:
    # What pydantic adds and a reader does not need: titles made of names, and that nothing is nothing.
    return (name == "title" and isinstance(member, str)) or (name == "default" and not member)
