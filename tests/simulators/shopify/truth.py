"""A Shopify store's objects, in the shape of its GraphQL answers, and a believable way to fill it."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Node = dict[str, Any]


def stamp(at: datetime) -> str:
    """A time as Shopify writes it: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def money(cents: int, currency: str = "EUR") -> Node:
    """An amount as GraphQL writes it: `85.9`."""
    shop = {"amount": f"{cents / 100:.2f}".removesuffix("0"), "currencyCode": currency}
    return {"shopMoney": shop, "presentmentMoney": shop}


@dataclass
class Truth:
    """What is in the store, by number."""

    orders: dict[int, Node] = field(default_factory=dict)
    customers: dict[int, Node] = field(default_factory=dict)
    products: dict[int, Node] = field(default_factory=dict)

    def of(self, word: str) -> dict[int, Node]:
        found = getattr(self, word)
        assert isinstance(found, dict)
        return found


def new_customer(number: int, at: datetime) -> Node:
    return {
        "__typename": "Customer",
        "id": f"gid://shopify/Customer/{number}",
        "legacyResourceId": str(number),
        "tags": ["vip"] if number % 2 else [],
        "firstName": f"First{number % 97}",
        "lastName": f"Last{number}",
        "createdAt": stamp(at),
        "updatedAt": stamp(at),
        "defaultEmailAddress": {
            "emailAddress": f"buyer{number}@example.org",
            "marketingState": "NOT_SUBSCRIBED",
        },
        "defaultPhoneNumber": None,
        "defaultAddress": {"firstName": None, "lastName": None, "phone": None, "countryCodeV2": "DE"},
    }


def new_product(number: int, at: datetime, variants: int = 2) -> Node:
    return {
        "__typename": "Product",
        "id": f"gid://shopify/Product/{number}",
        "legacyResourceId": str(number),
        "title": f"Thing {number}",
        "handle": f"thing-{number}",
        "status": "ACTIVE",
        "vendor": "Nordlicht",
        "productType": "Home",
        "tags": ["home"],
        "createdAt": stamp(at),
        "updatedAt": stamp(at),
        "variants": [
            {
                "id": f"gid://shopify/ProductVariant/{number}{place:03d}",
                "title": f"Form {place}",
                "sku": f"T-{number}-{place}",
                "price": f"{10 + place}.00",
            }
            for place in range(variants)
        ],
    }


def new_order(number: int, at: datetime, customer: Node | None, lines: int = 1) -> Node:
    total = 1000 + number % 9000
    address = {"firstName": "Ada", "lastName": f"Last{number}", "phone": None, "countryCodeV2": "DE"}
    visit = {
        "__typename": "CustomerVisit",
        "id": f"gid://shopify/CustomerVisit/{number}1",
        "occurredAt": stamp(at - timedelta(minutes=20)),
        "landingPage": "https://shop.example/?utm_source=newsletter&utm_medium=email",
        "referrerUrl": None,
        "source": "email",
        "sourceType": "NEWSLETTER",
        "utmParameters": {
            "source": "newsletter", "medium": "email", "campaign": None, "content": None, "term": None
        },
    }  # fmt: skip
    return {
        "__typename": "Order",
        "id": f"gid://shopify/Order/{number}",
        "legacyResourceId": str(number),
        "name": f"#{number}",
        "email": mapping(customer).get("emailAddress") or f"guest{number}@example.org",
        "phone": None,
        "test": False,
        "createdAt": stamp(at),
        "processedAt": stamp(at),
        "updatedAt": stamp(at),
        "cancelledAt": None,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "totalPriceSet": money(total),
        "totalDiscountsSet": money(0),
        "totalTaxSet": money(total * 19 // 119),
        "totalShippingPriceSet": money(0),
        "paymentGatewayNames": ["shopify_payments"],
        "discountCodes": [],
        "customAttributes": [],
        "taxLines": [],
        "shippingLine": None,
        "customer": customer,
        "billingAddress": address,
        "shippingAddress": address,
        "refunds": [],
        "customerJourneySummary": {
            "ready": True,
            "firstVisit": visit,
            "lastVisit": visit,
            "moments": [visit],
        },
        "lineItems": [
            {
                "id": f"gid://shopify/LineItem/{number}{place:03d}",
                "title": f"Thing {place}",
                "variantTitle": None,
                "sku": f"T-{place}",
                "quantity": 1,
                "product": {"id": "gid://shopify/Product/1"},
                "variant": {"id": "gid://shopify/ProductVariant/1000"},
                "originalUnitPriceSet": money(total // lines),
                "discountedTotalSet": money(total // lines),
            }
            for place in range(lines)
        ],
    }


def mapping(customer: Node | None) -> Node:
    return customer["defaultEmailAddress"] if customer else {}


def change(node: Node, at: datetime, **members: Any) -> None:
    """Edit an object, as a merchant or a buyer does."""
    node.update(members)
    node["updatedAt"] = stamp(at)


def refund(order: Node, number: int, cents: int, at: datetime) -> None:
    """Pay a part of an order back."""
    order["refunds"].append(
        {
            "id": f"gid://shopify/Refund/{number}",
            "legacyResourceId": str(number),
            "createdAt": stamp(at),
            "note": "given back",
            "totalRefundedSet": money(cents),
        }
    )
    change(order, at, displayFinancialStatus="PARTIALLY_REFUNDED")


def filled(seed: int, now: datetime, *, orders: int, customers: int = 0, products: int = 0) -> Truth:
    """A store with a past of some weeks."""
    chance = random.Random(seed)
    truth = Truth()

    def past(place: int, of: int) -> datetime:
        return now - timedelta(days=40) + timedelta(days=39) * place / max(of, 1)

    for place in range(customers):
        truth.customers[100 + place] = new_customer(100 + place, past(place, customers))
    for place in range(products):
        number = 1 + place
        truth.products[number] = new_product(number, past(place, products), chance.choice([1, 2, 2, 3, 60]))
    for place in range(orders):
        number = 5000 + place
        at = past(place, orders)
        customer = chance.choice(list(truth.customers.values()) or [None])
        if chance.random() < 0.3:
            customer = None
        order = new_order(number, at, customer, chance.choice([1, 1, 2, 4, 7, 30]))
        truth.orders[number] = order
        if chance.random() < 0.1:
            refund(order, 900_000 + number, 300, at + timedelta(hours=5))
        elif chance.random() < 0.05:
            change(order, at + timedelta(hours=1), cancelledAt=stamp(at + timedelta(hours=1)))
    return truth
