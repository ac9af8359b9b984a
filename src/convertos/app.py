"""The web process: the webhook door in front, and everything that people and programs touch behind it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI

from convertos import flow
from convertos.api import create_api
from convertos.attribution.client_rules import ClientRules
from convertos.connections.directory import Directory
from convertos.core.database import Database, Role
from convertos.core.http import Receive, Scope, Send
from convertos.core.installation import Installation
from convertos.core.limits import RateLimit, RateLimiter
from convertos.ingest.keep import Keeper
from convertos.ingest.receive import Door, is_webhook_path
from convertos.ingest.rejections import RejectionCounter
from convertos.jobs import install_reactions
from convertos.sync.stores import Stores
from convertos.tenancy.authenticate import Authenticator
from convertos.tenancy.grants import Grants
from convertos.tenancy.log_in import LogIn
from convertos.tenancy.passwords import Passwords
from convertos.web import add_pages
from convertos.web.live import LiveStreams

_POOL_SIZES = {Role.APP: 10, Role.AUTH: 3, Role.INGEST: 3}
_MINUTE = 60


class Application:
    """The ASGI application: webhooks go to the door, all else to FastAPI."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._door: Door | None = None
        self.api = create_api(self._lifespan)
        add_pages(self.api, installation.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self._door is not None and scope["type"] == "http" and is_webhook_path(scope["path"]):
            await self._door(scope, receive, send)
        else:
            await self.api(scope, receive, send)

    def stop(self) -> None:
        """End what has no end of its own, so that the server can."""
        streams: LiveStreams = self.api.state.live_streams
        streams.close()

    @asynccontextmanager
    async def _lifespan(self, api: FastAPI) -> AsyncIterator[None]:
        installation, settings = self._installation, self._installation.settings
        install_reactions(flow.REACTIONS)
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(
                Database(installation.access, _POOL_SIZES, name="convertos web")
            )
            directory = Directory(database, installation.vault)
            keeper = Keeper(database)
            rejections = RejectionCounter(database)
            redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
            limiter = RateLimiter(redis_url)
            passwords = Passwords()
            stack.push_async_callback(rejections.flush)
            stack.push_async_callback(keeper.drain)
            await stack.enter_async_context(_background(rejections.run()))
            api.state.installation = installation
            api.state.database = database
            api.state.authenticator = Authenticator(database, installation.master_key)
            api.state.passwords = passwords
            api.state.log_in = LogIn(database, installation.master_key, passwords, limiter)
            api.state.grants = Grants(database, installation.master_key)
            api.state.directory = directory
            api.state.keeper = keeper
            api.state.client_rules = ClientRules()
            api.state.stores = Stores(
                database, installation.vault, Role.APP, allows_private=settings.allow_private_hosts
            )
            api.state.limiter = limiter
            api.state.door = self._door = Door(
                directory,
                keeper,
                rejections,
                limiter,
                rate=RateLimit(settings.webhook_rate_per_minute, _MINUTE),
                largest_body=settings.max_body_bytes,
            )
            yield
            self._door = None


@asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def create_app(installation: Installation) -> Application:
    """The application of an installation."""
    return Application(installation)
