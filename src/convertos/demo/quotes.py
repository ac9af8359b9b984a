"""The story of a site that sells by quotes: a form is sent, somebody calls back, weeks later there is a sale."""

from datetime import date, datetime

from convertos.demo.catalog import Catalog
from convertos.demo.chance import Weighted
from convertos.demo.crowd import Crowd, Decide, Mood, Visitor
from convertos.demo.happenings import FormSent, Order, Visit
from convertos.demo.orders import OrderLives, Purchase
from convertos.demo.scene import Scene

_ROOFS = Weighted({"Tile": 5.0, "Metal": 4.0, "Flat": 1.0})
_STOREYS = Weighted({"1": 6.0, "2": 3.5, "3": 0.5})
_BILLS = Weighted({"under $300": 2.0, "$300-$500": 4.0, "$500-$800": 3.0, "over $800": 1.5})
_LOOKS_AT_QUOTE = 0.2
_ACCEPTS_ON_PAGE = 0.12


class QuoteSite:
    """A quote site's days."""

    def __init__(self, scene: Scene) -> None:
        if scene.brand.quotes is None:
            raise ValueError(f"{scene.brand.key} sells without quotes")
        self._scene = scene
        self._quotes = scene.brand.quotes
        self._forms = Weighted([(form, form.share) for form in self._quotes.forms])
        self._catalog = Catalog(scene)
        self._crowd = Crowd(scene, buy=self._ask, look=_leave)
        self._orders = OrderLives(scene, self._come_again_perhaps)

    def plan_day(self, day: date) -> None:
        """Plan what begins on a day."""
        scene = self._scene
        if scene.day_number(day) == 0:
            self._catalog.list_all(scene.starts_at(day), is_new=True)
        self._crowd.plan_day(day)
        if scene.chance.happens(scene.brand.trade.staff_tests_per_month * scene.scale / 30):
            scene.timeline.plan(scene.moment_on(day), self._try_out)

    def _ask(self, visitor: Visitor, visit: Visit) -> None:
        scene, chance = self._scene, self._scene.chance
        at = scene.after(visit.at, minutes=chance.between(1.5, 14))
        scene.timeline.plan(at, lambda at: self._send_form(visitor, at))
        if chance.happens(self._quotes.asks_twice):
            again = scene.after(at, hours=chance.between(5, 60))
            scene.timeline.plan(again, lambda at: self._send_form(visitor, at))
        visitor.is_subscriber = True
        if chance.happens(_LOOKS_AT_QUOTE):
            self._return_later(visitor, at, chance.about(2.5, 0.7), _look_at_quote)
        if chance.happens(self._quotes.sells):
            days = 1 + chance.about(self._quotes.decides_after_days, 0.65)
            if chance.happens(_ACCEPTS_ON_PAGE):
                self._return_later(visitor, at, days, self._accept)
            else:
                # By telephone: no visit, so what brought the request is what earned the sale.
                scene.timeline.plan(scene.moment_after(at, days), lambda at: self._sell(visitor, visit, at))

    def _return_later(self, visitor: Visitor, at: datetime, days: float, decide: Decide) -> None:
        moment = self._scene.moment_after(at, days)
        self._scene.timeline.plan(
            moment, lambda at: self._crowd.come_again(visitor, at, Mood.RECOVERING, decide)
        )

    def _send_form(self, visitor: Visitor, at: datetime) -> None:
        scene, chance = self._scene, self._scene.chance
        form = chance.pick(self._forms)
        person = self._crowd.introduce(visitor)
        scene.tell(
            FormSent(
                at=at,
                number=scene.number("form"),
                form_plugin=self._quotes.plugin,
                form_id=form.id,
                form_name=form.name,
                page=f"{scene.brand.address}{form.page}",
                person=person,
                fields={
                    "suburb": person.city,
                    "postcode": person.postcode,
                    "roof": chance.pick(_ROOFS),
                    "storeys": chance.pick(_STOREYS),
                    "quarterly-bill": chance.pick(_BILLS),
                },
                visitor_id=visitor.visitor_id,
                touches=tuple(visitor.touches),
            )
        )

    def _accept(self, visitor: Visitor, visit: Visit) -> None:
        at = self._scene.after(visit.at, minutes=self._scene.chance.between(4, 40))
        self._scene.timeline.plan(at, lambda at: self._sell(visitor, visit, at))

    def _sell(self, visitor: Visitor, visit: Visit, at: datetime) -> None:
        person, basket = self._crowd.introduce(visitor), self._catalog.fill_basket()
        self._orders.place(Purchase(visitor, person, visit, basket), at)

    def _try_out(self, at: datetime) -> None:
        visitor = Visitor(None, is_guest=True)
        person, visit = self._crowd.introduce(visitor), self._crowd.type_address(visitor, at)
        purchase = Purchase(visitor, person, visit, self._catalog.fill_basket())
        self._orders.try_out(purchase, self._scene.after(at, minutes=2))

    def _come_again_perhaps(self, visitor: Visitor, order: Order) -> None:
        scene, trade = self._scene, self._scene.brand.trade
        probability = trade.comes_again[min(visitor.orders, len(trade.comes_again)) - 1]
        if scene.chance.happens(probability):
            days = scene.chance.about(trade.again_after_days, trade.again_spread)
            self._return_later(visitor, order.modified_at, days, self._accept)


def _leave(_visitor: Visitor, _visit: Visit) -> None:
    """Go without a trace but the visit."""


def _look_at_quote(_visitor: Visitor, _visit: Visit) -> None:
    """Read the quote, and go."""
