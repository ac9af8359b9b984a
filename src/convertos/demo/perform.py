"""The whole of `convertos demo`: place → fill → follow, each told to whoever watches."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import NamedTuple, Protocol

from convertos.core.clock import Clock, system_clock
from convertos.core.crypto import Vault
from convertos.core.database import Database, TenantScope
from convertos.demo.fill import Filled, fill
from convertos.demo.follow import Waiting, demand_worker, follow, look
from convertos.demo.place import (
    Placed,
    Terms,
    alone,
    check_terms,
    choose_organization,
    find_demo,
    place_brands,
    terms_of,
)

SEED = 1
SCALE = 1.0
_LOOK_SECONDS = 1.0


class Wishes(NamedTuple):
    """What somebody asked for; `None` for what is usual, or what is there already."""

    organization: str | None = None
    seed: int | None = None
    scale: float | None = None


class Watcher(Protocol):
    """Whoever is shown how far it is."""

    def starts(self, first_day: date, until: datetime) -> None:
        """The filling begins."""

    def filled(self, state: Filled) -> None:
        """So much is kept."""

    def waits(self, waiting: Waiting) -> None:
        """So much waits for the worker."""


class Performed(NamedTuple):
    """What there is now.

    Attributes:
        is_new: whether there was no demo before.
    """

    organization_id: str
    is_new: bool
    terms: Terms
    placed: Sequence[Placed]
    filled: Filled
    waiting: Waiting


async def perform(
    database: Database, vault: Vault, wishes: Wishes, watcher: Watcher, clock: Clock = system_clock
) -> Performed:
    """Make the demo, or continue it until now; returns when everything is processed and added up.

    Raises:
        ConflictError: the demo that is there was made with another seed or scale.
        UnavailableError: no worker runs; what was kept so far is processed when one does.
    """
    until = clock()
    async with alone(database):
        await demand_worker(database)
        caller = await choose_organization(database, wishes.organization)
        found = await find_demo(database, caller)
        if found is not None:
            check_terms(found.terms, wishes.seed, wishes.scale)
        terms = found.terms if found else _new_terms(wishes, until.date())
        placed = await place_brands(database, vault, caller, found=found, terms=terms, clock=clock)
    scope = TenantScope(caller.organization_id, tuple(sorted(each.client_id for each in placed)))
    watcher.starts(terms.starts_on, until)
    async with _watching(database, scope, watcher):
        filled = await fill(database, vault, placed, terms=terms, until=until, report=watcher.filled)
    waiting = await follow(database, scope, watcher.waits)
    return Performed(str(caller.organization_id), found is None, terms, placed, filled, waiting)


def _new_terms(wishes: Wishes, today: date) -> Terms:
    seed = SEED if wishes.seed is None else wishes.seed
    return terms_of(seed, SCALE if wishes.scale is None else wishes.scale, today)


@asynccontextmanager
async def _watching(database: Database, scope: TenantScope, watcher: Watcher) -> AsyncIterator[None]:
    async def watch() -> None:
        while True:
            watcher.waits(await look(database, scope))
            await asyncio.sleep(_LOOK_SECONDS)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
