"""The voice of the WordPress plugin. Source: api.md, "WordPress event"."""

from collections.abc import Iterator
from typing import Any

from convertos.core.ids import derived_id
from convertos.demo.brand import Brand
from convertos.demo.happenings import (
    AccountMade,
    Arrived,
    Change,
    CheckoutMoved,
    FormSent,
    Happening,
    Item,
    Order,
    OrderChanged,
    Person,
    ProductListed,
    Refund,
    Visit,
)
from convertos.demo.voices.told import Told, arrives, money, php_json, rfc3339

_EVENTS = {
    Change.PLACED: "order.created",
    Change.PAID: "order.paid",
    Change.FAILED: "order.updated",
    Change.CANCELLED: "order.cancelled",
    Change.COMPLETED: "order.updated",
    Change.REFUNDED: "order.refunded",
}
_FUNNEL = "312"


class PluginVoice:
    """Tells of visits, forms, checkouts, and orders.

    Args:
        is_alone: whether nobody else tells of orders, customers and products. Beside a shop's webhooks the
            plugin adds only what those can't know: which browser placed an order.
    """

    type = "wordpress"
    connection_name = "WordPress plugin"

    def __init__(self, brand: Brand, *, is_alone: bool) -> None:
        self._brand = brand
        self._is_alone = is_alone

    def tell(self, happening: Happening) -> Iterator[Told]:
        """The events of a happening."""
        said = self._say(happening)
        if said is not None:
            event_type, number, name, data = said
            event = {
                "event_id": str(derived_id(self._brand.key, event_type, *name)),
                "event_type": event_type,
                "timestamp": rfc3339(happening.at),
                "data": data,
            }
            yield Told(self.type, arrives(happening.at, number), event_type, php_json(event))

    def _say(self, happening: Happening) -> "_Said | None":
        said = None
        match happening:
            case Arrived():
                said = self._arrived(happening)
            case CheckoutMoved():
                said = self._checkout(happening)
            case FormSent():
                said = self._form(happening)
            case OrderChanged() if self._is_alone or happening.change is Change.PLACED:
                said = self._order(happening)
            case AccountMade() if self._is_alone:
                said = self._account(happening)
            case ProductListed() if self._is_alone:
                said = self._product(happening)
        return said

    def _arrived(self, happening: Arrived) -> "_Said":
        visit = happening.visit
        name = (visit.visitor_id or "", str(visit.count))
        data = {"visitor_id": visit.visitor_id, **_evidence(visit)}
        return "touch.recorded", _lateness(visit.visitor_id), name, data

    def _checkout(self, happening: CheckoutMoved) -> "_Said":
        data = {
            "checkout_token": happening.token,
            **({} if self._is_alone else {"funnel_id": _FUNNEL}),
            "total": money(happening.total),
            "currency": self._brand.currency,
            "items": [_item(item, quantity, item.price * quantity) for item, quantity in happening.basket],
            **_person(happening.person, happening.visitor_id),
            **({"order_id": happening.order_number} if happening.order_number else {}),
        }
        return (
            f"checkout.{happening.stage}",
            _lateness(happening.token),
            (happening.token,),
            data,
        )

    def _order(self, happening: OrderChanged) -> "_Said":
        order = happening.order
        name = (str(order.number), happening.change, rfc3339(happening.at))
        return _EVENTS[happening.change], order.number, name, _order(happening.change, order)

    def _account(self, happening: AccountMade) -> "_Said":
        data = {
            "customer_id": happening.account,
            "role": "customer",
            "created_at": rfc3339(happening.at),
            **_person(happening.person, happening.visitor_id),
        }
        return "customer.registered", happening.account, (str(happening.account),), data

    def _product(self, happening: ProductListed) -> "_Said":
        product, items = happening.product, happening.items
        data = {
            "product_id": items[0].number,
            "sku": product.sku,
            "name": product.name,
            "status": "publish",
            "price": money(min(item.price for item in items)),
            "currency": self._brand.currency,
            "categories": [product.category],
            "tags": list(product.tags),
            "variants": [
                {
                    "id": item.variant_number,
                    "sku": item.sku,
                    "name": item.variant,
                    "price": money(item.price),
                }
                for item in items
                if item.variant_number
            ],
            "modified_at": rfc3339(happening.at),
        }
        name = (product.sku, rfc3339(happening.at))
        return "product.updated", items[0].number, name, data

    def _form(self, happening: FormSent) -> "_Said":
        data = {
            "form_plugin": happening.form_plugin,
            "form_id": happening.form_id,
            "form_name": happening.form_name,
            "fields": happening.fields,
            "page_url": happening.page,
            **_person(happening.person, happening.visitor_id),
            "touches": _touches(happening.touches),
        }
        return "lead.created", happening.number, (str(happening.number),), data


_Said = tuple[str, int, tuple[str, ...], dict[str, Any]]
"""An event: its type, what its lateness goes by, what tells it from others of its type, its data."""


def _lateness(hexadecimal: str | None) -> int:
    return int((hexadecimal or "0")[:4], 16)


def _order(change: Change, order: Order) -> dict[str, Any]:
    data = {
        "order_id": order.number,
        "order_number": str(order.number),
        "status": order.status,
        "currency": order.currency,
        "total": money(order.total),
        "subtotal": money(order.subtotal),
        "discount_total": money(order.discount),
        "shipping_total": money(order.shipping),
        "tax_total": money(order.tax),
        "payment_method": order.payment.method,
        **_person(order.person, order.session.visitor_id),
        "email": order.email,
        **({"customer_id": order.account} if order.account else {}),
        **({"checkout_token": order.checkout_token} if order.checkout_token else {}),
        "created_at": rfc3339(order.placed_at),
        "modified_at": rfc3339(order.modified_at),
        **({"paid_at": rfc3339(order.paid_at)} if order.paid_at else {}),
        "items": [{"id": line.number, **_item(line.item, line.quantity, line.total)} for line in order.lines],
        **({"coupons": [order.coupon]} if order.coupon else {}),
        **({"test": True} if order.is_test else {}),
    }
    if change is Change.PLACED:
        data["touches"] = _touches(order.touches)
    if order.refunds:
        data["refund"] = _refund(order.refunds[-1])
        data["refunds"] = [_refund(refund) for refund in order.refunds]
    return data


def _item(item: Item, quantity: int, total: int) -> dict[str, Any]:
    return {
        "product_id": item.number,
        "variation_id": item.variant_number,
        "sku": item.sku,
        "name": item.name,
        "quantity": quantity,
        "price": f"{total / quantity / 100:.6f}",
        "total": money(total),
    }


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.number,
        "amount": money(refund.amount),
        "reason": refund.reason,
        "refunded_at": rfc3339(refund.at),
    }


def _person(person: Person, visitor_id: str | None) -> dict[str, Any]:
    return {
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        **({"phone": person.phone} if person.phone else {}),
        "country": person.country,
        **({"visitor_id": visitor_id} if visitor_id else {"consent": {"marketing": False}}),
    }


def _touches(visits: tuple[Visit, ...]) -> list[dict[str, Any]]:
    return [{"occurred_at": rfc3339(visit.at), **_evidence(visit)} for visit in visits]


def _evidence(visit: Visit) -> dict[str, Any]:
    arrival = visit.arrival
    return {
        **{f"utm_{name}": value for name, value in arrival.utm.items()},
        **arrival.click_ids,
        **({"referrer": arrival.referrer} if arrival.referrer else {}),
        "landing_page": arrival.landing_page,
    }
