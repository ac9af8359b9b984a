"""What a person sees when something goes wrong: the same look, a sentence, and a way on."""

from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from convertos.web.assets import MissingAssetsError
from convertos.web.desk import theme_of
from convertos.web.templating import Templates

_TITLES = {
    HTTPStatus.FORBIDDEN: "You can't do this",
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.METHOD_NOT_ALLOWED: "There is nothing here",
    HTTPStatus.CONFLICT: "This does not fit any more",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Something is missing",
    HTTPStatus.TOO_MANY_REQUESTS: "Too fast",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not right now",
}
_PASSING = frozenset(
    {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE}
)
_OWN_ERRORS = "Something went wrong on our side. It is in the log, and nothing that was saved is lost."


def error_page(request: Request, status: int, detail: str) -> Response:
    """The page in place of problem details."""
    if status == HTTPStatus.UNAUTHORIZED:
        return _to_sign_in(request)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        detail = _OWN_ERRORS
    templates: Templates = request.app.state.templates
    try:
        if request.headers.get("hx-request"):
            return _toast(templates, detail)
        return HTMLResponse(_page(templates, request, status, detail), status, {"cache-control": "no-store"})
    except MissingAssetsError as error:
        return missing_assets(error)


def _page(templates: Templates, request: Request, status: int, detail: str) -> str:
    return templates.render(
        "error.html",
        theme=theme_of(request),
        status=status,
        title=_TITLES.get(HTTPStatus(status), HTTPStatus(status).phrase),
        detail=detail,
        is_passing=status in _PASSING,
        retry=request.url.path,
        request_id=request.scope["state"].get("request_id")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR
        else None,
    )


def _toast(templates: Templates, detail: str) -> Response:
    """For a part of a page: a toast, and the part stays as it is."""
    headers = {"hx-retarget": "#toasts", "hx-reswap": "beforeend", "cache-control": "no-store"}
    return HTMLResponse(templates.render("toast.html", mood="bad", text=detail), headers=headers)


def _to_sign_in(request: Request) -> Response:
    path = request.url.path
    wanted = f"{path}?{request.url.query}" if request.url.query else path
    is_page = request.method == "GET" and path.startswith("/dashboard") and path != "/dashboard"
    address = f"/login?{urlencode({'next': wanted})}" if is_page or request.url.query else "/login"
    if request.headers.get("hx-request"):
        return Response(headers={"hx-redirect": "/login", "cache-control": "no-store"})
    return RedirectResponse(address, 303)


def missing_assets(error: MissingAssetsError) -> Response:
    """Without any asset: words alone."""
    text = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>ConvertOS</title>"
        f"<h1>ConvertOS is running, but can't show its pages</h1><p>{error.message}</p>"
        "<p>The API works without them.</p></html>"
    )
    return HTMLResponse(text, 503)
