"""Where the pages are hung into the application."""

from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Request
from starlette.responses import RedirectResponse, Response

from convertos.core.errors import NotFoundError
from convertos.core.settings import Settings
from convertos.web import account, connections, contacts, design, integrations, leads, live, orders, overview
from convertos.web import settings as settings_pages
from convertos.web.assets import PREFIX, Assets, MissingAssetsError
from convertos.web.error_pages import error_page, missing_assets
from convertos.web.headers import SecurityHeaders
from convertos.web.navigation import HOME
from convertos.web.templating import Templates

ROUTERS: tuple[APIRouter, ...] = (
    account.router,
    overview.router,
    live.router,
    *orders.ROUTERS,
    *contacts.ROUTERS,
    *leads.ROUTERS,
    *connections.ROUTERS,
    *integrations.ROUTERS,
    design.router,
    *settings_pages.ROUTERS,
)
"""Every area, one for each line."""


def add_pages(app: FastAPI, settings: Settings, assets: Assets | None = None) -> None:
    """Add every page to the application."""
    assets = assets or Assets()
    app.state.templates = Templates(assets)
    app.state.error_page = error_page
    app.state.live_streams = live.LiveStreams()
    app.add_middleware(SecurityHeaders, is_secure=settings.base_url.startswith("https://"))

    @app.exception_handler(MissingAssetsError)
    async def _(_request: Request, error: MissingAssetsError) -> Response:
        return missing_assets(error)

    @app.get(f"{PREFIX}/{{version}}/{{name:path}}", include_in_schema=False)
    async def _(request: Request, version: str, name: Annotated[str, Path(max_length=200)]) -> Response:
        return assets.respond(request, version, name)

    @app.get("/", include_in_schema=False)
    async def _() -> Response:
        return RedirectResponse(HOME, 303)

    for router in ROUTERS:
        app.router.routes.extend(router.routes)

    @app.api_route("/dashboard/{path:path}", methods=["GET", "POST"], include_in_schema=False)
    async def _(path: str) -> Response:  # noqa: ARG001 - the address that nobody answers
        raise NotFoundError("There is nothing at this address. It may have moved, or been deleted.")
