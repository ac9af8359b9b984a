"""The store on a loopback port."""

import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from convertos.core.settings import Settings
from tests.simulators.shopify.store import LostAnswerError, Store
from tests.simulators.shopify.truth import Truth
from tests.support.house import run_server


class RunningStore:
    """The store as an ASGI application."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, is_more = b"", True
        while is_more:
            message = await receive()
            body += message.get("body", b"")
            is_more = message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = scope.get("query_string", b"").decode()
        path = scope["path"] + (f"?{query}" if query else "")
        try:
            answered = self.store.answer(scope["method"], path, headers, body)
        except LostAnswerError:
            # A server that promises more than it sends breaks the connection.
            await _send(send, 200, {"content-length": "1000"}, b"", more_body=False)
            return
        content, answer_headers = answered.body, dict(answered.headers)
        if path.startswith("/files/") and answered.status == 200:
            content, answer_headers["content-encoding"] = gzip.compress(content), "gzip"
        answer_headers["content-length"] = str(len(content))
        await _send(send, answered.status, answer_headers, content, more_body=False)


async def _send(send: Any, status: int, headers: dict[str, str], body: bytes, *, more_body: bool) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body, "more_body": more_body})


@asynccontextmanager
async def run_store(truth: Truth, clock: Callable[[], datetime], settings: Settings) -> AsyncIterator[Store]:
    """Run a store on a free loopback port; its address is in `url`."""
    store = Store(truth, clock)
    async with run_server(RunningStore(store), settings) as port:
        store.url = f"http://127.0.0.1:{port}"
        yield store
