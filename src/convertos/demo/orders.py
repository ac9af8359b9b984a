"""An order's life: placed, paid or not, sent, given back, and whether the customer comes again."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec

from convertos.demo.amounts import amount_off, percent_off, price_lines, split_tax
from convertos.demo.brand import Country, Coupon, Payment
from convertos.demo.catalog import Basket
from convertos.demo.chance import Weighted
from convertos.demo.crowd import Visitor
from convertos.demo.happenings import Change, Line, Order, OrderChanged, Person, Refund, Visit
from convertos.demo.people import misspelled
from convertos.demo.scene import Scene
from convertos.demo.season import Window

_USES_PROMISE = 0.75
_TYPES_IN_A_HURRY = 0.03
_SECOND_RETURN = 0.06
_GOODWILL = (10, 15, 20, 25, 30, 50)


class Purchase(NamedTuple):
    """Somebody who buys, and what.

    Attributes:
        visit: in which they buy.
        token: of the checkout; empty where there was none.
    """

    visitor: Visitor
    person: Person
    visit: Visit
    basket: Basket
    token: str = ""


Paid = Callable[[Visitor, Order], None]
"""What follows for the customer from a paid order."""


class OrderLives:
    """Places orders and lets them live.

    Args:
        on_paid: called when an order is paid.
    """

    def __init__(self, scene: Scene, on_paid: Paid) -> None:
        self._scene = scene
        self._on_paid = on_paid
        brand = scene.brand
        self._payments: Weighted[Payment] = Weighted([(way, way.share) for way in brand.payments])
        self._countries = {country.code: country for country in brand.countries}
        self._coupons = {coupon.code: coupon for coupon in brand.coupons}

    def place(self, purchase: Purchase, at: datetime) -> Order:
        """Somebody buys; what follows is planned."""
        order = self._order(purchase, at)
        status = "on-hold" if order.payment.is_transfer else "pending"
        order = self._change(order, Change.PLACED, at, status=status)
        if order.payment.is_transfer:
            self._await_transfer(purchase.visitor, order)
        else:
            self._charge(purchase.visitor, order)
        return order

    def try_out(self, purchase: Purchase, at: datetime) -> None:
        """Staff place an order to see whether the shop works."""
        order = msgspec.structs.replace(self._order(purchase, at), is_test=True)
        order = self._change(order, Change.PLACED, at, status="pending")
        self._change(order, Change.PAID, self._scene.after(at, seconds=20), status="processing")

    def _order(self, purchase: Purchase, at: datetime) -> Order:
        scene, chance = self._scene, self._scene.chance
        visitor, person = purchase.visitor, purchase.person
        country = self._countries[person.country]
        tax_rate = round(country.tax_by_state.get(person.state, country.tax) * 1000)
        coupon = self._coupon(visitor, at)
        lines, shipping, shipping_tax = self._price(purchase.basket, coupon, country, tax_rate)
        return Order(
            number=scene.number("post", step=chance.whole(1, 3)),
            key=f"wc_order_{chance.token(12)}",
            person=person,
            email=misspelled(chance, person.email) if chance.happens(_TYPES_IN_A_HURRY) else person.email,
            account=visitor.account,
            status="pending",
            currency=scene.brand.currency,
            lines=lines,
            shipping=shipping,
            shipping_tax=shipping_tax,
            shipping_number=scene.number("line"),
            tax_number=scene.number("line"),
            tax_rate=tax_rate,
            coupon=coupon.code if coupon else "",
            coupon_percent=coupon.percent if coupon else 0,
            coupon_amount=coupon.amount if coupon else 0,
            coupon_number=scene.number("line") if coupon else 0,
            payment=chance.pick(self._payments),
            session=purchase.visit,
            touches=tuple(visitor.touches),
            meta_number=scene.number("meta", step=20),
            checkout_token=purchase.token,
            placed_at=at,
            modified_at=at,
        )

    def _coupon(self, visitor: Visitor, at: datetime) -> Coupon | None:
        chance = self._scene.chance
        if visitor.promised:
            promised, visitor.promised = self._coupons.get(visitor.promised), ""
            if chance.happens(_USES_PROMISE):
                return promised
        day = self._scene.day_of(at)
        for coupon in self._coupons.values():
            is_on = any(day in Window.parse(window) for window in coupon.runs)
            if is_on and chance.happens(coupon.share):
                return coupon
        return None

    def _price(
        self, basket: Basket, coupon: Coupon | None, country: Country, tax_rate: int
    ) -> tuple[tuple[Line, ...], int, int]:
        includes_tax = self._scene.brand.prices_include_tax
        shown = [item.price * quantity for item, quantity in basket]
        off = [0 for _ in shown]
        if coupon is not None:
            off = percent_off(shown, coupon.percent) if coupon.percent else amount_off(shown, coupon.amount)
        priced = price_lines(shown, discount=off, tax_rate=tax_rate, includes_tax=includes_tax)
        lines = tuple(
            Line(
                number=self._scene.number("line"),
                item=item,
                quantity=quantity,
                subtotal=line.subtotal,
                subtotal_tax=line.subtotal_tax,
                total=line.total,
                total_tax=line.total_tax,
            )
            for (item, quantity), line in zip(basket, priced, strict=True)
        )
        is_free = sum(shown) - sum(off) >= country.free_from
        shipping = split_tax(0 if is_free else country.shipping, tax_rate, includes_tax=includes_tax)
        return lines, *shipping

    def _change(self, order: Order, change: Change, at: datetime, **changes: object) -> Order:
        """The order as it is from now on; told."""
        changed = msgspec.structs.replace(order, modified_at=at, **changes)
        if change is Change.PAID:
            changed = msgspec.structs.replace(changed, paid_at=at)
        elif change is Change.COMPLETED:
            changed = msgspec.structs.replace(changed, completed_at=at)
        self._scene.tell(OrderChanged(at, change, changed))
        return changed

    def _charge(self, visitor: Visitor, order: Order) -> None:
        scene, chance = self._scene, self._scene.chance
        at = scene.after(order.placed_at, seconds=chance.between(6, 55))
        if not chance.happens(scene.brand.trade.fails):
            scene.timeline.plan(at, lambda at: self._pay(visitor, order, at))
            return

        def fail(at: datetime) -> None:
            failed = self._change(order, Change.FAILED, at, status="failed")
            if chance.happens(scene.brand.trade.retries):
                again = scene.after(at, minutes=chance.between(1, 14))
                scene.timeline.plan(again, lambda at: self._pay(visitor, failed, at))

        scene.timeline.plan(at, fail)

    def _await_transfer(self, visitor: Visitor, order: Order) -> None:
        scene, chance = self._scene, self._scene.chance
        if chance.happens(scene.brand.trade.ignores_transfer):
            at = scene.after(order.placed_at, days=chance.between(8, 12))
            scene.timeline.plan(at, lambda at: self._cancel(order, at))
            return
        at = scene.after(order.placed_at, days=chance.between(0.7, 5))
        scene.timeline.plan(at, lambda at: self._pay(visitor, order, at))

    def _cancel(self, order: Order, at: datetime) -> None:
        self._change(order, Change.CANCELLED, at, status="cancelled")

    def _pay(self, visitor: Visitor, order: Order, at: datetime) -> None:
        scene, chance, trade = self._scene, self._scene.chance, self._scene.brand.trade
        paid = self._change(order, Change.PAID, at, status="processing")
        visitor.orders += 1
        self._on_paid(visitor, paid)
        if chance.happens(trade.cancels):
            soon = scene.after(at, hours=chance.between(0.3, 16))
            scene.timeline.plan(soon, lambda at: self._give_back_all(paid, at, "Cancelled by the customer"))
            return
        done = scene.after(at, hours=chance.between(*trade.done_after_hours))
        scene.timeline.plan(done, lambda at: self._complete(paid, at))

    def _complete(self, order: Order, at: datetime) -> None:
        scene, chance, trade = self._scene, self._scene.chance, self._scene.brand.trade
        completed = self._change(order, Change.COMPLETED, at, status="completed")
        reason = chance.one_of(trade.return_reasons)
        later = scene.after(at, days=chance.between(2, 26))
        if chance.happens(trade.returns_all):
            scene.timeline.plan(later, lambda at: self._give_back_all(completed, at, reason))
        elif chance.happens(trade.returns_part):
            scene.timeline.plan(later, lambda at: self._give_back_part(completed, at, reason))

    def _give_back_all(self, order: Order, at: datetime, reason: str) -> None:
        rest = order.total - order.refunded
        tax = order.tax - sum(refund.tax for refund in order.refunds)
        if rest > 0:
            self._refund(order, at, rest, tax, reason)

    def _give_back_part(self, order: Order, at: datetime, reason: str) -> None:
        chance = self._scene.chance
        amount, tax = self._part(order)
        if not 0 < amount <= order.total - order.refunded:
            return
        order = self._refund(order, at, amount, tax, reason)
        if order.refunded < order.total and chance.happens(_SECOND_RETURN):
            later = self._scene.after(at, days=chance.between(1, 9))
            self._scene.timeline.plan(later, lambda at: self._give_back_all(order, at, reason))

    def _part(self, order: Order) -> tuple[int, int]:
        """One piece of one line; of an order that is only one piece, some of its price."""
        chance = self._scene.chance
        line = chance.one_of(order.lines)
        if len(order.lines) > 1 or line.quantity > 1:
            return (line.total + line.total_tax) // line.quantity, line.total_tax // line.quantity
        amount = (line.total + line.total_tax) * chance.one_of(_GOODWILL) // 100
        return amount, split_tax(amount, order.tax_rate, includes_tax=True)[1]

    def _refund(self, order: Order, at: datetime, amount: int, tax: int, reason: str) -> Order:
        refund = Refund(number=self._scene.number("post"), at=at, amount=amount, tax=tax, reason=reason)
        is_all = order.refunded + amount == order.total
        status = "refunded" if is_all else order.status
        return self._change(order, Change.REFUNDED, at, status=status, refunds=(*order.refunds, refund))
