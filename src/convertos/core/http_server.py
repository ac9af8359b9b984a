"""Runs the web process: uvicorn with httptools, on uvloop where there is one, within our own limits."""

import asyncio
import signal
import sys
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import uvicorn

from convertos.core.errors import ConfigurationError
from convertos.core.http_protocol import BoundedConfig, BoundedHttpProtocol, HttpLimits
from convertos.core.settings import Settings

_BACKLOG = 2048
_SPARE_DESCRIPTORS = 200
_MOST_DESCRIPTORS = 65_536
_SWEEP_TICKS = 5
_DRAIN_SECONDS = 8
_IDLE_SECONDS = 75
"""Longer than the 60 s for which nginx keeps connections: one that we close while it sends is a lost webhook."""


class BoundedServer(uvicorn.Server):
    """uvicorn's server that also looks after deadlines; signals are left to whoever runs it.

    Args:
        on_ready: called when it listens.
        on_stop: called when it is to end, so that answers without an end of their own (streams) find one.
    """

    def __init__(
        self,
        config: BoundedConfig,
        on_ready: Callable[[], None] = lambda: None,
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_stop = on_stop

    async def serve(self, sockets: Any = None) -> None:
        """Run until `stop`; then end what has begun."""
        await self._serve(sockets)

    async def startup(self, sockets: Any = None) -> None:
        """Listen."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if counter % _SWEEP_TICKS == 0:
            now = asyncio.get_running_loop().time()
            for connection in tuple(self.server_state.connections):
                if isinstance(connection, BoundedHttpProtocol):
                    connection.enforce_deadlines(now)
        return await super().on_tick(counter)

    def stop(self) -> None:
        """End after what has begun; at the second call at once."""
        self._on_stop()
        self.force_exit = self.should_exit
        self.should_exit = True

    @property
    def port(self) -> int:
        """The port that it listens on, where the configuration left the choice to the system."""
        return int(self.servers[0].sockets[0].getsockname()[1])


def make_server(
    app: Any,
    settings: Settings,
    limits: HttpLimits | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> BoundedServer:
    """A server of an ASGI application, as the settings describe it; its `stop`, where it has one, is called."""
    config = BoundedConfig(
        app,
        limits or limits_of(settings),
        host=settings.host,
        port=settings.port,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        backlog=_BACKLOG,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    return BoundedServer(config, on_ready, getattr(app, "stop", lambda: None))


def limits_of(settings: Settings) -> HttpLimits:
    """The limits that the settings describe, within what the system gives this process."""
    return HttpLimits(
        connections=min(settings.most_connections, _raise_descriptor_limit() - _SPARE_DESCRIPTORS),
        connections_per_address=settings.most_connections_per_address,
        trusted_proxies=trusted_networks(settings.trusted_proxies),
    )


def trusted_networks(listed: str) -> list[IPv4Network | IPv6Network]:
    """The addresses and networks of a comma-separated list.

    Raises:
        ConfigurationError: one is neither.
    """
    try:
        return [ip_network(entry.strip(), strict=False) for entry in listed.split(",") if entry.strip()]
    except ValueError as error:
        raise ConfigurationError(f"CONVERTOS_TRUSTED_PROXIES: {error}.") from error


def _raise_descriptor_limit() -> int:
    # Many systems start processes with 1024 descriptors and allow many more to who asks.
    if sys.platform == "win32":
        return _MOST_DESCRIPTORS
    import resource  # noqa: PLC0415 - not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return _MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


def serve(app: Any, settings: Settings, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve an ASGI application until SIGTERM or SIGINT; what has begun is answered first."""

    async def run() -> None:
        server = make_server(app, settings, on_ready=on_ready)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        await server.serve()

    try:
        import uvloop  # noqa: PLC0415 - not on Windows
    except ImportError:
        asyncio.run(run())
    else:
        uvloop.run(run())
