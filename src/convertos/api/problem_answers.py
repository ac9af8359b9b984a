"""What problems look like in the OpenAPI document."""

from http import HTTPStatus
from typing import Any

from convertos.core.http import PROBLEM_JSON

_WORDS = {
    400: "The body is not JSON, or the request can't be read.",
    401: "Nobody, or nobody we know, is calling.",
    403: "The caller may not do this.",
    404: "It does not exist, or is not yours.",
    405: "Another method is needed here.",
    408: "The body came too slowly.",
    409: "It contradicts what is there, or the Idempotency-Key was used for another request.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "Fields do not hold what they should; `errors` says which.",
    429: "The caller is over its limit; `Retry-After` says how long to wait.",
    500: "An error of ours; `requestId` helps us to find it.",
    503: "The database is away or busy; `Retry-After` says when to try again.",
}
_WITH_RETRY = frozenset({429, 503})


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route that can answer these problems besides those that follow from what it asks for."""
    return {status: problem_answer(status) for status in statuses}


def problem_answer(status: int) -> dict[str, Any]:
    """One problem, as a response of an operation."""
    names = ["X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
    names += ["Retry-After"] if status in _WITH_RETRY else []
    names += ["WWW-Authenticate"] if status == HTTPStatus.UNAUTHORIZED else []
    return {
        "description": _WORDS.get(status, HTTPStatus(status).phrase),
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
    }


HEADERS = {
    "X-Request-Id": "The number of this request.",
    "RateLimit-Limit": "How many requests a window holds.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "Seconds until the next window.",
    "Retry-After": "Seconds to wait.",
    "WWW-Authenticate": "How to authenticate.",
}


def problem_schema() -> dict[str, Any]:
    """The body of every error, for the OpenAPI document."""
    field = {
        "type": "object",
        "required": ["field", "message"],
        "properties": {
            "field": {"type": "string", "description": "Where, in the request's own spelling."},
            "message": {"type": "string", "description": "What is wrong with it."},
        },
    }
    return {
        "type": "object",
        "title": "Problem",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance", "success", "code"],
        "properties": {
            "type": {"type": "string", "format": "uri", "examples": ["urn:convertos:problem:not_found"]},
            "title": {"type": "string", "description": "The status in words."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What happened, to what, what to do."},
            "instance": {"type": "string", "format": "uri", "description": "This occurrence."},
            "success": {"const": False},
            "code": {"type": "string", "description": "Stable and machine-readable."},
            "requestId": {"type": "string", "description": "What to tell when asking for help."},
            "errors": {"type": "array", "items": field, "description": "For 422: the fields."},
        },
    }
