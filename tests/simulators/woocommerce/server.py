"""The store on a loopback port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import uvicorn

from tests.simulators.woocommerce.access import Access
from tests.simulators.woocommerce.answers import Answer, Asked, invalid, read_list, refusal, written
from tests.simulators.woocommerce.deliveries import Webhooks
from tests.simulators.woocommerce.faults import Fault
from tests.simulators.woocommerce.shop import Shop

API = "/wp-json/wc/v3"
_KINDS = ("orders", "customers", "products")
_ERRORS = {"orders": "shop_order", "customers": "", "products": "product"}
_HTML = {"content-type": "text/html"}
_NO_ROUTE = refusal(404, "rest_no_route", "No route was found matching the URL and request method.")
_OTHER_PLACES = {
    "nothing": Answer(404, b"<html>nothing here</html>", _HTML),
    "plain": Answer(404, b"<html>Not found</html>", _HTML),
    "wall": Answer(403, b"<html>Attention Required!</html>", _HTML),
    "closed": refusal(401, "rest_disabled", "The REST API is disabled on this site."),
}


@dataclass
class RunningShop:
    """A store that listens.

    Attributes:
        asked: every request to the API that was let in, in order.
        before: called before each request is answered; may change the shop.
        kind: what is at this address: `shop`, `blog` (WordPress alone), `plain` (plain permalinks), `nothing`,
            `closed` (REST API switched off), `wall` (a firewall), `moved`.
    """

    shop: Shop
    access: Access
    port: int = 0
    scheme: str = "http"
    kind: str = "shop"
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    before: Callable[[Asked], None] = lambda _: None
    after: Callable[[Asked], Awaitable[None]] | None = None
    page_seconds: float = 0.0
    knows_modified_order: bool = True
    _lanes: asyncio.Semaphore | None = None

    def __post_init__(self) -> None:
        self.webhooks = Webhooks(self.shop, self.address)

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def deliver(self, server: str) -> int:
        """Let the store's cron run; deliveries go to a server, whatever it calls itself in public."""
        async with httpx.AsyncClient(base_url=server, timeout=30) as http:
            return await self.webhooks.send_waiting(http)

    def pages_asked(self, kind: str) -> list[int]:
        """The pages of the whole list that were asked for, in order."""
        return [
            asked.number("page", 1)
            for asked in self.asked
            if asked.path == f"/{kind}" and "page" in asked.query and "modified_after" not in asked.query
        ]

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        asked, authorization = await _read(scope, receive)
        answer = await self._answer(asked, scope["path"], authorization)
        if self.after is not None:
            await self.after(asked)
        headers = {
            "content-type": "application/json",
            "date": format_datetime(datetime.now(UTC), usegmt=True),
        }
        headers |= answer.headers
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, asked: Asked, path: str, authorization: str) -> Answer:
        elsewhere = self._elsewhere(asked, path)
        if elsewhere is not None:
            return elsewhere
        refused = self.access.refused(asked, authorization, f"{self.address}{path}")
        if refused is not None:
            return refused
        self.asked.append(asked)
        self.before(asked)
        spoils = [fault.spoil for fault in self.faults if fault.meets(asked)]
        answer = await self._true_answer(asked)
        for spoil in spoils:
            answer = spoil(answer)
        return answer

    def _elsewhere(self, asked: Asked, path: str) -> Answer | None:
        """What is answered without looking at keys."""
        index = {"name": "Lab store", "home": self.address, "timezone_string": self.shop.timezone}
        spaces = ["wp/v2"] if self.kind == "blog" else ["wp/v2", "wc/v3"]
        is_index = path.rstrip("/") == "/wp-json" and self.kind in {"shop", "blog"}
        if is_index or (self.kind == "plain" and asked.query.get("rest_route") == "/"):
            return written({**index, "namespaces": spaces})
        if self.kind == "moved":
            return Answer(301, b"", {"location": f"https://www.shop.example{path}"})
        if self.kind in _OTHER_PLACES:
            return _OTHER_PLACES[self.kind]
        return _NO_ROUTE if self.kind == "blog" or not path.startswith(API) else None

    async def _true_answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/webhooks"):
            return self.webhooks.serve(asked)
        if asked.path == "/data/currencies/current":
            return written({"code": "EUR", "name": "Euro"})
        _, kind, *rest = asked.path.split("/")
        if kind not in _KINDS:
            return _NO_ROUTE
        if rest:
            return self._one(kind, rest[0])
        if self.page_seconds:
            await self._take_time()
        if asked.query.get("orderby") == "modified" and not self.knows_modified_order:
            return invalid("orderby", "orderby is not one of date, id, include, title, and slug.")
        return read_list(self.shop, kind, asked)

    async def _take_time(self) -> None:
        """Two PHP workers share the machine, as in the recorded measurement."""
        self._lanes = self._lanes or asyncio.Semaphore(2)
        async with self._lanes:
            await asyncio.sleep(self.page_seconds)

    def _one(self, kind: str, name: str) -> Answer:
        if name.isdigit() and int(name) in self.shop.objects[kind]:
            return Answer(200, self.shop.body(kind, int(name)))
        middle = f"_{_ERRORS[kind]}" if _ERRORS[kind] else ""
        return refusal(404, f"woocommerce_rest{middle}_invalid_id", "Invalid ID.")


async def _read(scope: dict[str, Any], receive: Any) -> tuple[Asked, str]:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    path = scope["path"].removeprefix(API)
    return Asked(scope["method"], path, query, body), headers.get("authorization", "")


@asynccontextmanager
async def run_shop(
    shop: Shop | None = None, *, certificate: tuple[str, str] | None = None, knows_tls: bool = True
) -> AsyncIterator[RunningShop]:
    """Run a store on a free loopback port; over https where it is given a certificate (file, key)."""
    shop = shop or Shop()
    running = RunningShop(shop, Access(shop, knows_tls=certificate is not None and knows_tls))
    running.scheme = "https" if certificate else "http"
    options: dict[str, Any] = {"host": "127.0.0.1", "port": 0, "log_config": None, "lifespan": "off"}
    if certificate:
        options |= {"ssl_certfile": certificate[0], "ssl_keyfile": certificate[1]}
    server = _Quiet(uvicorn.Config(running, http="httptools", date_header=False, **options))
    serving = asyncio.create_task(server._serve())
    while not server.started:
        if serving.done():
            await serving
        await asyncio.sleep(0.005)
    running.port = server.servers[0].sockets[0].getsockname()[1]
    running.webhooks._address = running.address
    try:
        yield running
    finally:
        server.should_exit = True
        server.force_exit = True
        with suppress(asyncio.CancelledError):
            await serving


class _Quiet(uvicorn.Server):
    """Leaves signals to whoever runs the tests."""

    def install_signal_handlers(self) -> None:
        return None
