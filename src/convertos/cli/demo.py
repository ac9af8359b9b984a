"""`convertos demo`: eighteen months of made-up history to look at, and out again."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from convertos.core.database import Database, Role
from convertos.core.errors import NotFoundError
from convertos.core.installation import Installation
from convertos.core.logging import configure_logging
from convertos.core.settings import Settings
from convertos.core.supervision import running_instance
from convertos.demo.brand import Brand
from convertos.demo.fill import Filled
from convertos.demo.follow import Waiting
from convertos.demo.perform import Performed, Watcher, Wishes, perform
from convertos.demo.place import alone, remove_demo
from convertos.tenancy.console import KnownOrganization, organizations

EXIT_INTERRUPTED = 130
_POOLS = {Role.APP: 3, Role.AUTH: 1, Role.INGEST: 2}
_STORES = {"quillfink": "WooCommerce shop", "wrenfallow": "Shopify shop", "sunnybarrow": "lead generation"}
_Answer = TypeVar("_Answer")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    organization: Annotated[
        str | None,
        typer.Option(
            help="Its name or id. Without it: the only one there is, else one called ConvertOS demo."
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Another number, another history (1).")] = None,
    scale: Annotated[
        float | None,
        typer.Option(min=0.01, max=10, help="How busy the brands are; 1 is some 30,000 orders."),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Erase the demo's clients and all their data.")
    ] = False,
) -> None:
    """Fill a running ConvertOS with 18 months of made-up history of three brands.

    A second run adds what would have happened since; one that was interrupted is completed.
    """
    configure_logging("warning", "text", process="demo")
    if remove:
        _remove(organization)
    else:
        _fill(Wishes(organization, seed, scale))


def _fill(wishes: Wishes) -> None:
    settings = Settings()

    async def fill(installation: Installation, database: Database) -> tuple[Performed, KnownOrganization]:
        with _watcher() as watcher:
            performed = await perform(database, installation.vault, wishes, watcher)
        known = await organizations(database)
        return performed, next(
            each for each in known if str(each.caller.organization_id) == performed.organization_id
        )

    try:
        performed, organization = _run(settings, fill)
    except KeyboardInterrupt:
        typer.echo("Interrupted. What was sent is kept; run it again to complete the history.", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    typer.echo("\n".join(_report(performed, organization, _address(settings))))


def _remove(organization: str | None) -> None:
    async def remove(_: Installation, database: Database) -> list[str]:
        names: list[str] = []
        async with alone(database):
            for known in await organizations(database):
                if organization in {None, known.name, str(known.caller.organization_id)}:
                    names.extend(client.name for client in await remove_demo(database, known.caller))
        return names

    names = _run(Settings(), remove)
    if not names:
        raise NotFoundError("There is no demo to remove.")
    typer.echo(
        f"{', '.join(names)}: gone from every page now. The worker erases their data in the next minutes; "
        "nothing else is touched."
    )


def _run(settings: Settings, work: Callable[[Installation, Database], Awaitable[_Answer]]) -> _Answer:
    async def run() -> _Answer:
        installation = Installation.find(settings)
        async with Database(installation.access, _POOLS, name="convertos demo") as database:
            return await work(installation, database)

    return asyncio.run(run())


def _address(settings: Settings) -> str:
    instance = running_instance(settings.home) if settings.is_embedded else None
    return instance.address if instance is not None else settings.base_url


# --- what is said -----------------------------------------------------------------------------------------


def _report(performed: Performed, organization: KnownOrganization, address: str) -> Iterator[str]:
    filled = performed.filled
    yield ""
    if filled.kept:
        yield f"  {organization.name} has {filled.kept:,} events more, processed and added up:"
    else:
        yield f"  {organization.name} has all of it already; nothing was added:"
    for placed in performed.placed:
        yield f"    {_brand_line(placed.brand, filled)}"
    if performed.waiting.parked:
        yield f"  {performed.waiting.parked:,} events could not be processed; see Connections > Events."
    yield ""
    yield f"  Look at it: {address}/dashboard"
    yield f"  Sign in:    {_who_signs_in(organization)}"
    yield "  Remove it:  convertos demo --remove"


def _brand_line(brand: Brand, filled: Filled) -> str:
    counts = {
        "orders": filled.told[brand.key, "order.created"],
        "leads": filled.told[brand.key, "lead.created"],
        "visits": filled.told[brand.key, "touch.recorded"],
    }
    words = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return f"{brand.name:20} {_STORES[brand.key]:17} {brand.currency}  {words}"


def _who_signs_in(organization: KnownOrganization) -> str:
    if organization.has_people:
        return f"as anybody who has an account in {organization.name}"
    return (
        "with the set-up link that ConvertOS printed when it started; or make an account:\n"
        f'              convertos user create --organization "{organization.name}" --email YOU@EXAMPLE.COM'
    )


class _Bars:
    """Two bars on a terminal: what was sent, and what the worker has made of it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._sent = progress.add_task("Sending", total=None)
        self._processed = progress.add_task("Processing", total=None)
        self._kept = 0

    def starts(self, first_day: date, until: datetime) -> None:
        """The length of the history is the length of the first bar."""
        self._first_day = first_day
        self._progress.update(self._sent, total=(until.date() - first_day).days, unit="days")

    def filled(self, state: Filled) -> None:
        """Move the first bar."""
        self._kept = state.kept
        days = (state.at.date() - self._first_day).days
        self._progress.update(self._sent, completed=days, description=f"Sending {state.at:%B %Y}")

    def waits(self, waiting: Waiting) -> None:
        """Move the second."""
        done = max(0, self._kept - waiting.receipts)
        self._progress.update(self._processed, total=self._kept or None, completed=done)


class _Lines:
    """A line for each month of the history, where nobody looks at a terminal."""

    def __init__(self) -> None:
        self._month = (0, 0)
        self._kept = 0

    def starts(self, first_day: date, until: datetime) -> None:
        """Say what is to come."""
        typer.echo(
            f"Sending what happened from {first_day} to {until:%Y-%m-%d %H:%M} UTC, where it is new.",
            err=True,
        )

    def filled(self, state: Filled) -> None:
        """Say when a month is through."""
        month = (state.at.year, state.at.month)
        if month != self._month and state.kept > self._kept:
            self._month, self._kept = month, state.kept
            typer.echo(f"{state.at:%Y-%m}: {state.kept:,} events sent.", err=True)

    def waits(self, waiting: Waiting) -> None:
        """Say nothing."""


@contextmanager
def _watcher() -> Iterator[Watcher]:
    if not sys.stderr.isatty():
        yield _Lines()
        return
    columns = (
        TextColumn("{task.description:22}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bars(progress)
