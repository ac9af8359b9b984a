"""Commands that run ConvertOS: everything under one parent, or one process at a time."""

import asyncio
import sys
from typing import Annotated

import typer
import uvloop

from convertos.core.child import Child, report_ready
from convertos.core.failpoints import arm
from convertos.core.installation import Installation
from convertos.core.logging import configure_logging
from convertos.core.postgres import EmbeddedPostgres
from convertos.core.settings import Settings
from convertos.core.supervision import Supervisor
from convertos.jobs.schema import migrate_queue
from convertos.tenancy.setup import offer_setup

_PROGRAM = [sys.executable, "-m", "convertos"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(web)
    app.command()(worker)
    app.command()(migrate)


def up(
    port: Annotated[int | None, typer.Option(help="Port to listen on (CONVERTOS_PORT).")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (CONVERTOS_HOST).")] = None,
) -> None:
    """Run everything: PostgreSQL (unless CONVERTOS_DATABASE_URL is set), web server and worker.

    Ctrl-C stops all of it.
    """
    given = {name: value for name, value in (("port", port), ("host", host)) if value is not None}
    settings = Settings().model_copy(update=given)
    configure_logging(settings.log_level, settings.log_format, process="parent")
    setup_links: list[str] = []

    async def prepare() -> None:
        installation = Installation.find(settings)
        await _bring_up_to_date(installation)
        setup_links.extend(await offer_setup(installation))

    environment = settings.for_children()
    if sys.stderr.isatty():
        # Theirs is a pipe to us, and a person reads what we pass on.
        environment.setdefault("CONVERTOS_LOG_FORMAT", "text")
    supervisor = Supervisor(
        settings.home,
        EmbeddedPostgres(settings.home) if settings.is_embedded else None,
        [
            Child("web", [*_PROGRAM, "web"], environment),
            Child("worker", [*_PROGRAM, "worker"], environment),
        ],
        host=settings.host,
        port=settings.port,
        prepare=prepare,
        on_ready=lambda: _announce(settings, setup_links),
    )
    raise typer.Exit(supervisor.run())


def _announce(settings: Settings, setup_links: list[str]) -> None:
    lines = ["", f"  ConvertOS is running at {settings.base_url}/dashboard"]
    lines.extend(f"  Set it up (this link works once): {link}" for link in setup_links)
    lines.extend([f"  Data: {settings.home}", "  Stop it with Ctrl-C.", ""])
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def web() -> None:
    """Run a web server; any number of them may share one database."""
    from convertos.app import create_app  # noqa: PLC0415 - a second of imports that other commands do not need
    from convertos.core.http_server import serve  # noqa: PLC0415

    settings = Settings()
    configure_logging(settings.log_level, settings.log_format, process="web")
    arm(settings)
    installation = Installation.find(settings)
    serve(create_app(installation), settings, on_ready=report_ready)


def worker() -> None:
    """Run a worker; any number of them may share one database."""
    from convertos.worker import run_worker  # noqa: PLC0415 - as for web

    settings = Settings()
    configure_logging(settings.log_level, settings.log_format, process="worker")
    arm(settings)
    uvloop.run(run_worker(Installation.find(settings), on_ready=report_ready))


def migrate() -> None:
    """Bring the database to this release's schema; safe to run at any time and from several machines."""
    settings = Settings()
    configure_logging(settings.log_level, settings.log_format, process="migrate")
    applied = asyncio.run(_bring_up_to_date(Installation.find(settings)))
    for name in applied:
        typer.echo(f"applied {name}")
    if not applied:
        typer.echo("The database is up to date.")


async def _bring_up_to_date(installation: Installation) -> list[str]:
    applied = await installation.prepare()
    await migrate_queue(installation.access)
    return applied
