"""The FastAPI application that the resources are hung into."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from convertos import __version__
from convertos.core.settings import Settings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_api(settings: Settings, lifespan: Lifespan) -> FastAPI:
    """An application with every route of the API.

    Args:
        lifespan: opens what the routes find in `app.state`: `installation`, `database`, `directory`,
            `keeper`, `limiter`.
    """
    return FastAPI(
        title="ConvertOS",
        version=__version__,
        lifespan=lifespan,
        servers=[{"url": settings.base_url}],
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
