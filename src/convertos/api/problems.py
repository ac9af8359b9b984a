"""Every error as problem details: what domains raise, what the framework raises, and what nobody expected.

Source: RFC 9457; api.md, "Envelope and errors". No answer quotes what was sent or what the database said.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route

from convertos.api.spelling import field_path
from convertos.core.database import DatabaseError, explained
from convertos.core.errors import (
    ConflictError,
    ConvertOSError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from convertos.core.http import PROBLEM_JSON, problem
from convertos.core.logging import get_logger

_logger = get_logger(__name__)

ErrorPage = Callable[[Request, int, str], Response]
"""Makes the page that a person sees instead of problem details: request, status, sentence."""

_STATUS: Mapping[type[ConvertOSError], int] = {
    NotFoundError: 404,
    ConflictError: 409,
    UnauthenticatedError: 401,
    ForbiddenError: 403,
    TooManyRequestsError: 429,
    UnavailableError: 503,
    InvalidError: 422,
}


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """An answer that says what is wrong with a request, where no domain was asked.

    Args:
        code: stable and machine-readable.
        detail: what happened, to what, what to do.
    """

    def __init__(
        self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **members: object
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or {}
        self.members = members

    def response(self, request: Request) -> Response:
        """The answer; a page for a person who looks at pages."""
        page: ErrorPage | None = getattr(request.app.state, "error_page", None)
        if page is not None and not is_program(request):
            return page(request, self.status, self.detail)
        request_id = request.scope["state"].get("request_id", "")
        members = {
            "instance": f"urn:convertos:request:{request_id}",
            "requestId": request_id,
            **self.members,
        }
        content = msgspec.json.encode(problem(self.status, self.code, self.detail, **members))
        return Response(content, self.status, dict(self.headers), PROBLEM_JSON)


def is_program(request: Request) -> bool:
    """Whether a request is for the API, or at least not from a browser that wants a page."""
    path = request.scope["path"]
    return path.startswith("/api/") or "text/html" not in request.headers.get("accept", "")


def internal_problem() -> Problem:
    """What is said about an error of ours: nothing but the number of the request."""
    return Problem(500, "internal", "Something went wrong on our side. Tell us the requestId of this answer.")


def problem_of(error: ConvertOSError) -> Problem:
    """What a domain raised, as an answer."""
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), None)
    if status is None:
        _logger.error("unexpected", exc_info=error)
        return internal_problem()
    headers: dict[str, str] = {}
    members: dict[str, object] = {}
    if isinstance(error, UnauthenticatedError):
        headers["www-authenticate"] = 'Bearer realm="ConvertOS"'
    if isinstance(error, UnavailableError):
        headers["retry-after"] = str(error.retry_after_seconds)
    if isinstance(error, InvalidError):
        members["errors"] = [{"field": each.field, "message": each.message} for each in error.fields]
    return Problem(status, error.code, error.message, headers, **members)


def problem_of_validation(error: RequestValidationError, query: bytes) -> Problem:
    """Fields that do not hold what they should, named as the request spelled them."""
    errors = error.errors()
    if any(each["loc"][:1] == ("path",) for each in errors):
        return Problem(404, "not_found", "There is no such thing here.")
    fields = [
        {
            "field": field_path(each["loc"], error.body, query),
            "message": str(each["msg"]).removeprefix("Value error, "),
        }
        for each in errors
    ]
    return Problem(422, "invalid", "Some fields do not hold what they should.", errors=fields)


def problem_of_database(error: DatabaseError) -> Problem:
    """What PostgreSQL refused although nobody foresaw it; looked into, because something let it through."""
    _logger.error("refused by the database", exc_info=error)
    found = explained(error)
    return problem_of(found) if found is not None else internal_problem()


def problem_of_framework(error: HTTPException, request: Request) -> Problem:
    """What the router or the framework refused."""
    status, headers = error.status_code, dict(error.headers or {})
    if status == HTTPStatus.NOT_FOUND:
        return Problem(status, "not_found", "There is nothing at this address.", headers)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods_at(request)))
        return Problem(status, "method_not_allowed", f"Use one of {headers['Allow']} here.", headers)
    if status == HTTPStatus.BAD_REQUEST:
        return Problem(status, "malformed", "The request can't be read.", headers)
    phrase = HTTPStatus(status).phrase
    return Problem(status, phrase.lower().replace(" ", "_"), f"{phrase}.", headers)


def _methods_at(request: Request) -> set[str]:
    scope = {**request.scope, "path_params": {}}
    routes = (route for route in request.app.routes if isinstance(route, Route))
    found = (route.methods or set() for route in routes if route.matches(scope)[0] is not Match.NONE)
    return set().union(*found)


def install_problems(app: FastAPI) -> None:
    """Answer every error of the application's routes with problem details."""

    @app.exception_handler(Problem)
    async def _(request: Request, error: Problem) -> Response:
        return error.response(request)

    @app.exception_handler(ConvertOSError)
    async def _(request: Request, error: ConvertOSError) -> Response:
        return problem_of(error).response(request)

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> Response:
        query = request.scope.get("query_as_sent", request.scope["query_string"])
        return problem_of_validation(error, query).response(request)

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        return problem_of_framework(error, request).response(request)

    @app.exception_handler(DatabaseError)
    async def _(request: Request, error: DatabaseError) -> Response:
        return problem_of_database(error).response(request)
