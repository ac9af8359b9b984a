"""A made-up but believable history of a shop, sent through the front door as the WordPress plugin sends it."""

import json
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import httpx

from convertos.platforms import platform_of
from tests.support.house import House
from tests.support.tenants import Source

DAYS = 75
_ARRIVALS: Sequence[tuple[int, dict[str, str]]] = (
    (26, {"utm_source": "facebook", "utm_medium": "paid_social", "utm_campaign": "Autumn collection"}),
    (10, {"utm_source": "ig", "utm_medium": "paid_social", "utm_campaign": "Reels, new colours"}),
    (16, {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "Brand"}),
    (11, {"referrer": "https://www.google.com/"}),
    (12, {"utm_source": "klaviyo", "utm_medium": "email", "utm_campaign": "Weekly letter"}),
    (6, {"utm_source": "tiktok", "utm_medium": "paid_social", "utm_campaign": "Creators"}),
    (4, {"referrer": "https://chatgpt.com/"}),
    (3, {"referrer": "https://www.bing.com/"}),
    (2, {"referrer": "https://the-slow-wardrobe.example/best-of"}),
    (14, {}),
)
_PRODUCTS = (
    ("Linen shirt", "79.00"),
    ("Merino jumper", "119.00"),
    ("Canvas tote", "29.00"),
    ("Wool socks, three pairs", "24.00"),
    ("Rain jacket", "189.00"),
    ("Leather belt", "45.00"),
)
_FIRST = (
    "Eleni",
    "Nikos",
    "Ángela",
    "Jörg",
    "Zoë",
    "Łukasz",
    "Marie",
    "Ahmed",
    "Sofia",
    "Liam",
    "Chloé",
    "Yiannis",
)
_LAST = (
    "Papadaki",
    "Müller",
    "García",
    "Nowak",
    "Dubois",
    "Rossi",
    "Novák",
    "Hansen",
    "O’Brien",
    "Kaya",
    "Silva",
)
_SEND_AT_ONCE = 100


class ShopHistory:
    """Events of some weeks up to now, the same for the same seed."""

    def __init__(self, now: datetime, seed: int = 7, days: int = DAYS) -> None:
        self._now, self._days, self._random = now, days, Random(seed)
        self._customers: list[tuple[str, str, str]] = []
        self._number = 1000

    def events(self) -> Iterator[dict[str, Any]]:
        """Everything that happened, oldest first within each day."""
        for days_ago in range(self._days, -1, -1):
            for moment in sorted(self._moments(days_ago)):
                yield from self._visit(moment)

    def _moments(self, days_ago: int) -> Iterator[datetime]:
        day = (self._now - timedelta(days=days_ago)).replace(hour=0, minute=0, second=0, microsecond=0)
        season = 1 + 0.35 * math.sin(days_ago / 9) + 0.6 * (1 - days_ago / self._days)
        weekday = 1.35 if day.weekday() in {4, 5, 6} else 1.0
        for _ in range(round(5 * season * weekday + self._random.uniform(-1, 1))):
            moment = day + timedelta(seconds=self._random.triangular(6, 24, 19) * 3600)
            if moment < self._now - timedelta(seconds=30):
                yield moment

    def _visit(self, moment: datetime) -> Iterator[dict[str, Any]]:
        arrival = self._random.choices([each for _, each in _ARRIVALS], [weight for weight, _ in _ARRIVALS])[
            0
        ]
        is_returning = self._customers and self._random.random() < 0.3
        person = self._random.choice(self._customers) if is_returning else self._somebody()
        common = dict(
            zip(("email", "first_name", "last_name"), person, strict=True),
            landing_page="https://shop.example/" + self._random.choice(("", "sale", "new", "linen")),
            visitor_id=f"v-{person[0]}",
            **arrival,
        )
        if self._random.random() < 0.18:
            yield self._event(
                "lead.created", moment, form_plugin="cf7", form_id="3", form_name="Newsletter", **common
            )
            return
        if self._random.random() < 0.12:
            checkout = {"checkout_token": self._uuid().hex, "total": "79.00", "currency": "EUR"}
            yield self._event("checkout.started", moment, **checkout, **common)
            yield self._event("checkout.abandoned", moment + timedelta(minutes=20), **checkout, **common)
            return
        yield from self._order(moment, common)

    def _somebody(self) -> tuple[str, str, str]:
        first, last = self._random.choice(_FIRST), self._random.choice(_LAST)
        name = f"{first}.{last}".encode("ascii", "ignore").decode().lower()
        person = (f"{name}{len(self._customers)}@mail.example", first, last)
        self._customers.append(person)
        return person

    def _order(self, moment: datetime, common: dict[str, Any]) -> Iterator[dict[str, Any]]:
        self._number += 1
        lines = self._random.sample(_PRODUCTS, self._random.choices((1, 2, 3), (6, 3, 1))[0])
        items = [
            {"id": place, "product_id": name, "name": name, "quantity": 1, "price": price, "total": price}
            for place, (name, price) in enumerate(lines, 1)
        ]
        total = sum(float(price) for _, price in lines)
        order = {
            "order_id": self._number,
            "order_number": f"{self._number}",
            "total": f"{total + 4.9:.2f}",
            "subtotal": f"{total:.2f}",
            "shipping_total": "4.90",
            "tax_total": f"{total * 0.19:.2f}",
            "currency": "EUR",
            "payment_method": self._random.choice(("stripe", "paypal", "klarna")),
            "created_at": moment.isoformat(),
            "items": items,
        }
        fate = self._random.random()
        if fate < 0.04:
            yield self._event("order.created", moment, **order, status="failed", **common)
            return
        status = "processing" if moment > self._now - timedelta(days=2) else "completed"
        paid = {**order, "status": status, "paid_at": moment.isoformat()}
        yield self._event("order.paid", moment, **paid, **common)
        later = moment + timedelta(hours=30)
        if fate < 0.11 and later < self._now:
            refund = {
                "id": self._number,
                "amount": lines[0][1],
                "reason": "Too small",
                "refunded_at": later.isoformat(),
            }
            yield self._event("order.refunded", later, **paid, refund=refund, **common)

    def _event(self, event_type: str, moment: datetime, **data: Any) -> dict[str, Any]:
        return {
            "event_id": str(self._uuid()),
            "event_type": event_type,
            "timestamp": moment.isoformat(),
            "data": data,
        }

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)


async def send_events(house: House, site: Source, events: Sequence[dict[str, Any]]) -> None:
    """Deliver events, signed, and let the house process them."""
    platform = platform_of("wordpress")
    assert platform is not None
    async with house.http() as http:
        for start in range(0, len(events), _SEND_AT_ONCE):
            body = json.dumps(events[start : start + _SEND_AT_ONCE]).encode()
            headers = platform.sign(body, "batch", site.secret.encode(), datetime.now(UTC))
            headers |= {"x-convertos-connection-id": site.public_id, "content-type": "application/json"}
            response: httpx.Response = await http.post(
                "/api/webhooks/wordpress", content=body, headers=headers
            )
            assert response.status_code == 200, response.text
    await house.settle()


async def furnish(house: House, site: Source) -> None:
    """Give a client some weeks of history."""
    await send_events(house, site, list(ShopHistory(datetime.now(UTC)).events()))
