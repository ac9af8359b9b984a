"""The OpenAPI document: what the routes declare, and every error that their machinery can answer.

Nobody writes down that a route answers 401 or 413; it follows from what the route asks for.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import JSONResponse

from convertos.api.contract_route import API_PREFIX, ContractRoute
from convertos.api.problem_answers import HEADERS, problem_answer, problem_schema
from convertos.api.webhooks_reference import webhook_paths
from convertos.tenancy.sessions import SESSION_COOKIE

OPENAPI_VERSION = "3.1.0"
_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
_ABOUT = """Where a shop's revenue comes from.

Every answer is JSON: `{"success": true, ...}` with the resource under its own name, or problem details
(RFC 9457) with a stable `code`. Fields and query parameters are taken in camelCase and in snake_case. Lists
are read by `cursor`. Send an `Idempotency-Key` with a POST to be able to repeat it safely for 24 hours."""

_SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`cos_…`), or an access token from `POST /api/auth/token`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "A person who signed in; what changes something also needs `X-CSRF-Token`.",
    },
    "siteKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A connection's key (`csk_…`). Where the connection demands it, the request also has to be "
        "signed as an event is: `X-ConvertOS-Signature` and `X-ConvertOS-Timestamp`.",
    },
}

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own; the same request with the same key has one effect and one answer "
    "for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=OPENAPI_VERSION,
        description=_ABOUT,
        routes=app.routes,
        servers=app.servers,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    for route in app.routes:
        if isinstance(route, ContractRoute) and route.include_in_schema:
            for method in route.methods or ():
                _complete(made["paths"][route.path_format][method.lower()], route, method)
    made["paths"].update(webhook_paths())
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _FRAMEWORKS_OWN:
        schemas.pop(name, None)
    schemas["Problem"] = problem_schema()
    components["securitySchemes"] = _SECURITY_SCHEMES
    components["headers"] = {
        name: {"description": words, "schema": {"type": "string"}} for name, words in HEADERS.items()
    }
    return made


def _complete(operation: dict[str, Any], route: ContractRoute, method: str) -> None:
    operation["summary"] = operation.get("description", "").partition(".")[0].partition("\n")[0]
    declared = operation["responses"]
    declared.pop("422", None)
    for status in _statuses(route, method):
        declared.setdefault(str(status), problem_answer(status))
    operation["responses"] = dict(sorted(declared.items()))
    operation.pop("x-bulk", None)
    if not route.demands:
        return
    operation["security"] = [{way: []} for demand in route.demands[:1] for way in demand.ways]
    rights = [demand.right.value for demand in route.demands if demand.right is not None]
    if rights:
        words = " and ".join(f"`{right}`" for right in rights)
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds the right {words}.".strip()
        operation["x-required-rights"] = rights
    if method == "POST":
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)


def _statuses(route: ContractRoute, method: str) -> Iterator[int]:
    yield from (429, 500, 503)
    if route.demands:
        yield 401
        if any(demand.right or demand.is_by_address for demand in route.demands) or method != "GET":
            yield 403
        if method == "POST":
            yield from (400, 409)
    if route.query_names:
        yield 422
    if route.dependant.path_params or "clientId" in route.query_names:
        yield 404
    if method != "GET":
        yield from (408, 413)
    if route.body_field is not None:
        yield from (400, 415, 422)


def install_openapi(app: FastAPI) -> None:
    """Serve the document."""

    def cached() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app)
        return app.openapi_schema

    # The framework's way to replace the document is to replace the method.
    app.openapi = cached  # type: ignore[method-assign]
    router = APIRouter(prefix=API_PREFIX, include_in_schema=False)

    @router.get("/openapi.json")
    async def openapi(request: Request) -> JSONResponse:
        return JSONResponse(request.app.openapi())

    app.router.routes.extend(router.routes)
