"""The FastAPI application that the resources are hung into."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI

from convertos import __version__
from convertos.api import (
    analytics_attribution,
    analytics_overview,
    analytics_timeseries,
    audit,
    auth,
    checkouts,
    clients,
    connections,
    contacts,
    docs,
    integrations,
    keys,
    leads,
    me,
    operations,
    orders,
    privacy,
    products,
    reconciliations,
    shopify,
    sync_schedules,
    syncs,
    touch,
    users,
    webhook_setup,
    woocommerce_approval,
    wordpress_plugin,
    wordpress_sites,
)
from convertos.api.frame import Frame
from convertos.api.openapi import install_openapi
from convertos.api.problems import install_problems

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

ROUTERS: Sequence[APIRouter] = (
    analytics_attribution.router,
    analytics_overview.router,
    analytics_timeseries.router,
    audit.router,
    auth.router,
    checkouts.router,
    clients.router,
    connections.router,
    contacts.router,
    docs.router,
    integrations.older,
    # Before `/integrations/{id}`, as Shopify is.
    woocommerce_approval.router,
    # Before `/integrations/{id}`, which would take `shopify` for an id.
    shopify.router,
    integrations.router,
    keys.router,
    leads.router,
    me.router,
    operations.router,
    touch.preflight,
    touch.router,
    orders.router,
    privacy.router,
    products.router,
    reconciliations.router,
    sync_schedules.router,
    syncs.router,
    users.router,
    webhook_setup.router,
    wordpress_plugin.router,
    wordpress_sites.router,
)
"""Every resource, sorted, one for each line."""


def create_api(lifespan: Lifespan) -> FastAPI:
    """An application with every route of the API.

    Args:
        lifespan: opens what the routes find in `app.state`: `installation`, `database`, `authenticator`,
            `log_in`, `grants`, `passwords`, `limiter`, `directory`, `door`, `keeper`, `client_rules`, `stores`.
            Pages may add `error_page` (problems.ErrorPage).
    """
    app = FastAPI(
        title="ConvertOS",
        version=__version__,
        lifespan=lifespan,
        # Wherever the document was read from: a server may be reached by several names.
        servers=[{"url": "/"}],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.add_middleware(Frame)
    install_problems(app)
    for router in ROUTERS:
        # Not include_router: the routes stay what they are, and whoever walks `app.routes` sees each.
        app.router.routes.extend(router.routes)
    install_openapi(app)
    return app
