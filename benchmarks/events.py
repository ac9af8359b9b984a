"""Orders as our WordPress plugin sends them: what the ingest and processing figures are measured with.

About 1.3 kB: a person with account, address and phone, two items, campaign, visitor and landing page. A third
of the orders come from people who ordered before.
"""

import json
import random
from datetime import UTC, datetime, timedelta

_SOURCES = (("facebook", "paid_social"), ("google", "cpc"), ("klaviyo", "email"), ("tiktok", "paid_social"))
_AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
NEW_CUSTOMERS = 2 / 3


def order_event(number: int, *, is_update: bool = False, now: datetime | None = None) -> bytes:
    """The creation of an order, or its later completion; the same number, the same order."""
    chance = random.Random(number)
    known = chance.random() > NEW_CUSTOMERS
    person = chance.randrange(max(1, number // 2)) if known else 10_000_000 + number
    placed_at = (now or datetime.now(UTC)) - timedelta(minutes=chance.randrange(60 * 24 * 20))
    changed_at = placed_at + timedelta(hours=5 if is_update else 0)
    source, medium = chance.choice(_SOURCES)
    price = chance.randrange(900, 20_000)
    total = f"{(price + 990) / 100:.2f}"
    data = {
        "order_id": 1000 + number,
        "order_number": str(1000 + number),
        "status": "completed" if is_update else "processing",
        "total": total,
        "subtotal": f"{(price + 500) / 100:.2f}",
        "discount_total": "0.00",
        "shipping_total": "4.90",
        "tax_total": f"{price * 0.19 / 100:.2f}",
        "currency": "EUR",
        "email": f"person.{person}@example.com",
        "first_name": "Ann",
        "last_name": "Example",
        "phone": f"+3069{person % 10**8:08d}",
        "customer_id": person + 1,
        "payment_method": "stripe",
        "created_at": placed_at.isoformat(),
        "paid_at": placed_at.isoformat(),
        "modified_at": changed_at.isoformat(),
        "items": [
            {"id": 2 * number, "product_id": 5, "sku": "BOOT-42", "name": "Canvas boots, size 42, sand",
             "quantity": 1, "price": f"{price / 100:.2f}", "total": f"{price / 100:.2f}"},
            {"id": 2 * number + 1, "product_id": 6, "variation_id": 9, "sku": "LACE", "name": "Laces, waxed, 120 cm",
             "quantity": 2, "price": "2.50", "total": "5.00"},
        ],
        "utm_source": source,
        "utm_medium": medium,
        "utm_campaign": f"campaign_{chance.randrange(20)}",
        "utm_content": "carousel-2",
        "visitor_id": f"visitor-{person:x}",
        "landing_page": f"https://shop.example/boots?utm_source={source}&utm_medium={medium}&fbclid=IwAR{number:x}",
        "referrer": "https://l.facebook.com/",
        "user_agent": _AGENT,
    }  # fmt: skip
    event = {
        "event_id": f"{number:08d}-0000-4000-8000-{int(is_update):012d}",
        "event_type": "order.updated" if is_update else "order.created",
        "timestamp": changed_at.isoformat(),
        "data": data,
    }
    return json.dumps(event).encode()
