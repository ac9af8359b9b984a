"""A WooCommerce store that serves as many orders as it is told to, as fast as it is told to. A program.

`python -m benchmarks.shop_server PORT ORDERS PAGE_SECONDS`: each page takes that long, two at a time, as on the
recorded store (its two PHP workers gave a page of a hundred in a third of a second); 0: as fast as it can.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import uvicorn

_PAGE = 100
_WORKERS = 2
_TEMPLATE = Path(__file__).parents[1] / "tests" / "fixtures" / "woocommerce" / "rest" / "order.one.json"
_ID, _EMAIL, _DATE = b"@@id@@", b"@@email@@", b"2026-05-01T10:00:00"


def _template() -> bytes:
    order = json.loads(_TEMPLATE.read_bytes())
    order |= {"id": "@@id@@", "number": "@@id@@", "customer_id": 0, "refunds": [], "status": "completed"}
    order |= {name: _DATE.decode() for name in order if name.startswith("date_") and order[name]}
    order["billing"]["email"] = "@@email@@"
    order["billing"]["phone"] = order["shipping"]["phone"] = ""
    return json.dumps(order, separators=(",", ":")).encode().replace(b'"id":"@@id@@"', b'"id":@@id@@')


class Store:
    """The store's lists; there are orders and nothing else."""

    def __init__(self, orders: int, page_seconds: float) -> None:
        self._orders = orders
        self._page_seconds = page_seconds
        self._order = _template()
        self._free = asyncio.Semaphore(_WORKERS)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request, whoever asks."""
        await receive()
        query = parse_qs(scope["query_string"].decode())
        is_orders = scope["path"].endswith("/orders") and "modified_after" not in query
        total = self._orders if is_orders else 0
        page = int(query.get("page", ["1"])[0])
        size = int(query.get("per_page", ["10"])[0])
        if scope["method"] == "POST":
            status, body = 400, b'{"code":"woocommerce_rest_shop_webhook_invalid_topic","message":"No."}'
        else:
            status, body = 200, await self._page(page, size, total)
        headers = [(b"content-type", b"application/json"), (b"x-wp-total", str(total).encode())]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _page(self, page: int, size: int, total: int) -> bytes:
        first = (page - 1) * size
        numbers = range(first + 1, min(first + size, total) + 1)
        if self._page_seconds and size == _PAGE and numbers:
            async with self._free:
                await asyncio.sleep(self._page_seconds)
        return b"[" + b",".join(map(self._rendered, numbers)) + b"]"

    def _rendered(self, number: int) -> bytes:
        # A buyer makes two and a half orders; days go on through four months.
        day = b"2026-%02d-%02dT10:00:00" % (5 + number % 4, 1 + number % 28)
        email = b"buyer%d@example.com" % (number * 2 // 5)
        return self._order.replace(_ID, b"%d" % number).replace(_EMAIL, email).replace(_DATE, day)


def main() -> None:
    """Serve until ended."""
    port, orders, page_seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    uvicorn.run(
        Store(orders, page_seconds),
        host="127.0.0.1",
        port=port,
        log_level="error",
        lifespan="off",
        loop="uvloop",
    )


if __name__ == "__main__":
    main()
