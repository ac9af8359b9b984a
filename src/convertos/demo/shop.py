"""The story of a shop: visitors come, some buy, some leave their cart, and customers come again."""

from datetime import date, datetime

from convertos.demo.catalog import Catalog
from convertos.demo.crowd import Crowd, Mood, Visitor
from convertos.demo.happenings import (
    AccountMade,
    CheckoutMoved,
    FormSent,
    Order,
    Stage,
    Visit,
)
from convertos.demo.orders import OrderLives, Purchase
from convertos.demo.scene import Scene

_MEAN_DAYS_UNTIL_EARLIER_CUSTOMERS_RETURN = 95
_SECONDS_PER_VISIT = (70, 900)
_ABANDONED_AFTER_MINUTES = 60
_POPUP = ("popup-1", "Newsletter popup")


class Shop:
    """A shop's days."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._catalog = Catalog(scene)
        self._crowd = Crowd(scene, buy=self._buy, look=self._look)
        self._orders = OrderLives(scene, self._come_again_perhaps)

    def plan_day(self, day: date) -> None:
        """Plan what begins on a day."""
        scene, number = self._scene, self._scene.day_number(day)
        if number == 0:
            self._catalog.list_all(scene.starts_at(day), is_new=True)
            self._plan_earlier_customers(day)
        for price_rise in scene.brand.price_rises:
            if price_rise.day == number:
                self._catalog.raise_prices(scene.starts_at(day), price_rise.percent)
        self._crowd.plan_day(day)
        if scene.chance.happens(scene.brand.trade.staff_tests_per_month * scene.scale / 30):
            scene.timeline.plan(scene.moment_on(day), self._try_out)

    def _plan_earlier_customers(self, day: date) -> None:
        scene = self._scene
        for _ in range(round(scene.brand.trade.earlier_customers * scene.scale)):
            visitor = self._crowd.newcomer()
            self._crowd.introduce(visitor)
            visitor.orders = 1
            visitor.is_subscriber = scene.chance.happens(scene.brand.trade.subscribes)
            if not visitor.is_guest:
                visitor.account = scene.number("account")
            days = min(scene.chance.about(_MEAN_DAYS_UNTIL_EARLIER_CUSTOMERS_RETURN * 0.6, 0.95), 500)
            self._return_later(visitor, scene.starts_at(day), days)

    # --- deciding -------------------------------------------------------------------------------------

    def _buy(self, visitor: Visitor, visit: Visit) -> None:
        self._sign_up_perhaps(visitor, visit, 0)
        self._begin_checkout(visitor, visit, is_left=False)

    def _look(self, visitor: Visitor, visit: Visit) -> None:
        self._sign_up_perhaps(visitor, visit, 1)
        if self._scene.chance.happens(self._scene.brand.trade.leaves_cart):
            self._begin_checkout(visitor, visit, is_left=True)

    def _sign_up_perhaps(self, visitor: Visitor, visit: Visit, kind: int) -> None:
        scene, trade = self._scene, self._scene.brand.trade
        if visitor.orders or visitor.is_subscriber or not scene.chance.happens(trade.signs_up[kind]):
            return
        visitor.is_subscriber = True
        person = self._crowd.introduce(visitor)
        at = scene.after(visit.at, seconds=scene.chance.between(15, 60))
        form_id, form_name = _POPUP
        scene.timeline.plan(
            at,
            lambda at: scene.tell(
                FormSent(
                    at=at,
                    number=scene.number("form"),
                    form_plugin="fluent-forms",
                    form_id=form_id,
                    form_name=form_name,
                    page=visit.arrival.landing_page.partition("?")[0],
                    person=person,
                    fields={"list": "newsletter"},
                    visitor_id=visitor.visitor_id,
                    touches=tuple(visitor.touches),
                )
            ),
        )

    # --- checking out ---------------------------------------------------------------------------------

    def _begin_checkout(self, visitor: Visitor, visit: Visit, *, is_left: bool) -> None:
        scene = self._scene
        person, basket = self._crowd.introduce(visitor), self._catalog.fill_basket()
        cart = Purchase(visitor, person, visit, basket, scene.chance.hexadecimal(32))
        at = scene.after(visit.at, seconds=scene.chance.between(*_SECONDS_PER_VISIT))

        def start(at: datetime) -> None:
            self._move_checkout(cart, Stage.STARTED, at)
            if is_left:
                later = scene.after(at, minutes=_ABANDONED_AFTER_MINUTES)
                scene.timeline.plan(later, lambda at: self._abandon(cart, at))
            else:
                soon = scene.after(at, seconds=scene.chance.between(50, 420))
                scene.timeline.plan(soon, lambda at: self._place(cart, at))

        scene.timeline.plan(at, start)

    def _abandon(self, cart: Purchase, at: datetime) -> None:
        scene = self._scene
        self._move_checkout(cart, Stage.ABANDONED, at)
        if not scene.chance.happens(scene.brand.trade.recovers):
            return
        # Whoever left an address in the checkout gets the reminder.
        cart.visitor.is_subscriber = True

        def finish(_visitor: Visitor, visit: Visit) -> None:
            soon = scene.after(visit.at, seconds=scene.chance.between(60, 600))
            scene.timeline.plan(soon, lambda at: self._place(cart._replace(visit=visit), at))

        later = scene.after(at, hours=scene.chance.about(9, 0.9))
        scene.timeline.plan(
            later, lambda at: self._crowd.come_again(cart.visitor, at, Mood.RECOVERING, finish)
        )

    def _move_checkout(self, cart: Purchase, stage: Stage, at: datetime, order_number: int = 0) -> None:
        self._scene.tell(
            CheckoutMoved(
                at=at,
                stage=stage,
                token=cart.token,
                person=cart.person,
                visitor_id=cart.visitor.visitor_id,
                basket=cart.basket,
                total=sum(item.price * quantity for item, quantity in cart.basket),
                order_number=order_number,
            )
        )

    def _place(self, cart: Purchase, at: datetime) -> None:
        visitor = cart.visitor
        if not visitor.is_guest and not visitor.account:
            visitor.account = self._scene.number("account")
            self._scene.tell(
                AccountMade(at=at, account=visitor.account, person=cart.person, visitor_id=visitor.visitor_id)
            )
        order = self._orders.place(cart, at)
        self._move_checkout(cart, Stage.COMPLETED, at, order.number)

    def _try_out(self, at: datetime) -> None:
        visitor = Visitor(None, is_guest=True)
        person, visit = self._crowd.introduce(visitor), self._crowd.type_address(visitor, at)
        purchase = Purchase(visitor, person, visit, self._catalog.fill_basket())
        self._orders.try_out(purchase, self._scene.after(at, minutes=2))

    # --- coming again ---------------------------------------------------------------------------------

    def _come_again_perhaps(self, visitor: Visitor, order: Order) -> None:
        scene, trade = self._scene, self._scene.brand.trade
        if visitor.orders == 1 and not visitor.is_subscriber:
            visitor.is_subscriber = scene.chance.happens(trade.subscribes)
        probability = trade.comes_again[min(visitor.orders, len(trade.comes_again)) - 1]
        if scene.chance.happens(probability):
            days = scene.chance.about(trade.again_after_days, trade.again_spread)
            self._return_later(visitor, order.modified_at, days)

    def _return_later(self, visitor: Visitor, at: datetime, days: float) -> None:
        moment = self._scene.moment_after(at, days, waits_for_sale=True)
        self._scene.timeline.plan(
            moment, lambda at: self._crowd.come_again(visitor, at, Mood.LOYAL, self._buy)
        )
