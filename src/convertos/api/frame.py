"""What every request of the application gets: a number, limits in its headers, a log line, and never a bare 500."""

import re
import time
from collections.abc import Mapping
from typing import Any

import structlog
from starlette.requests import Request

from convertos.api.dependencies import address_of, count
from convertos.api.problems import internal_problem
from convertos.core.http import Message, Receive, Scope, Send
from convertos.core.ids import new_id
from convertos.core.limits import Allowance
from convertos.core.logging import get_logger
from convertos.core.metrics import HTTP_SECONDS
from convertos.tenancy.model import Caller

_logger = get_logger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CONNECTION_ID = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]{2,4}_[0-9a-f]{24}", re.IGNORECASE
)
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines: not worth a line each."""

# api.md: the conversion and workspace calls are answered without /api too.
_WITHOUT_PREFIX = re.compile(r"/(?:workspaces|conversions)(?:/.*)?|/contacts/[^/]+/conversion/?")


class Frame:
    """The outermost part of the application that is ours (ASGI)."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_at = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        scope["path"] = _route_path(scope["path"])
        answer = _Answer(scope, send)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, answer.send)
            except Exception:
                _logger.exception("unexpected")
                if not answer.status:
                    await internal_problem().response(Request(scope))(scope, receive, answer.send)
            finally:
                _note(scope, answer.status, time.perf_counter() - started_at)


class _Answer:
    """Sends the answer on, with the headers that all answers have."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name.lower() for name, _ in message["headers"]}
            extra = {name.encode(): value.encode() for name, value in (await self._headers()).items()}
            added = [(name, value) for name, value in extra.items() if name not in present]
            message = {**message, "headers": [*message["headers"], *added]}
        await self._send(message)

    async def _headers(self) -> Mapping[str, str]:
        state = self._scope["state"]
        headers = {"x-request-id": state["request_id"], "x-content-type-options": "nosniff"}
        if not self._scope["path"].startswith("/api/"):
            return headers
        allowance: Allowance | None = state.get("allowance")
        if allowance is None:
            request = Request(self._scope)
            allowance = await count(request, f"address:{address_of(request)}")
        return {**headers, **allowance.headers(), "cache-control": "no-store"}


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode())
    return new_id().hex


def _route_path(path: str) -> str:
    """Where the router finds it: with the prefix, without a slash at the end."""
    if _WITHOUT_PREFIX.fullmatch(path):
        path = f"/api{path}"
    return path.rstrip("/") if path.startswith("/api/") else path


def _note(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unknown")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    HTTP_SECONDS.labels(route, method, str(status)).observe(seconds)
    if scope["path"] in _QUIET:
        return
    caller: Caller | None = scope["state"].get("caller")
    connection_id = _connection_of(scope)
    _logger.info(
        "request",
        route=route,
        method=method,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        caller=caller.label if caller else None,
        **({"connection_id": connection_id} if connection_id else {}),
    )


def _connection_of(scope: Scope) -> str | None:
    """The connection that the path names; not what else somebody writes there."""
    named = str(scope.get("path_params", {}).get("connection_id", ""))
    return named if _CONNECTION_ID.fullmatch(named) else None
