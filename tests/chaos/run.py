"""One run: build, load, faults, quiet points, verdict."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from convertos.core.database import Role
from tests.chaos.acts import Acts
from tests.chaos.commerce import Brand, Story
from tests.chaos.journal import Journal, Standing
from tests.chaos.load import Load
from tests.chaos.oracle import find_leaks, judge
from tests.chaos.rebuild import rebuild, replay
from tests.support.ground import SECOND_WORKER, Ground, make_home
from tests.support.tenants import Source, make_source, make_tenant

_PER_SECOND = 120.0
_QUIET_EVERY_SECONDS = 150.0
_DRAIN_SECONDS = 90.0
_LONG_SECONDS = 200.0
"""From here on there is time for faults that take half a minute."""

_POLL_SECONDS = 0.2


@dataclass
class Report:
    """What was done to the system, and what was found."""

    seed: int
    seconds: float
    faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    events: dict[str, int] = field(default_factory=dict)
    slowest: dict[str, float] = field(default_factory=dict)
    quiet_points: int = 0
    breaches: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"seed {self.seed}, {self.seconds:.0f} s of faults, {self.quiet_points} quiet points"]
        lines += [f"  fault    {count:6d}  {name}" for name, count in sorted(self.faults.items())]
        lines += [f"  answer   {count:6d}  {name}" for name, count in sorted(self.answers.items())]
        lines += [f"  events   {count:6d}  {name}" for name, count in self.events.items()]
        lines += [f"  slowest  {value:6.2f} s  {name}" for name, value in sorted(self.slowest.items())]
        lines += [f"  BREACH   {breach}" for breach in self.breaches]
        verdict = "BROKEN" if self.breaches else "HELD"
        return "\n".join(
            [*lines, f"verdict: {verdict} (again with: --seconds {self.seconds:.0f} --seed {self.seed})"]
        )


class Run:
    """A ground with shops on it, under load."""

    def __init__(self, directory: Path, seed: int) -> None:
        self.ground = Ground(make_home(directory))
        self.journal = Journal(directory / "journal.jsonl")
        self._seed = seed
        self.brands: list[Brand] = []
        self.probe: Source

    async def build(self) -> None:
        """Start everything, with two workers.

        Make a shop that speaks both ways, one of each kind, and one to probe with.
        """
        await self.ground.build()
        await self.ground.start(SECOND_WORKER)
        shops = (("EUR", ("wordpress", "woocommerce")), ("KWD", ("woocommerce",)), ("JPY", ("wordpress",)))
        for currency, ways in shops:
            self.brands.append(Brand(await self._sources(currency, ways), currency))
        (self.probe,) = await self._sources("EUR", ("wordpress",))

    async def _sources(self, currency: str, ways: Sequence[str]) -> list[Source]:
        database, installation = self.ground.database, self.ground.installation
        tenant = await make_tenant(database, currency=currency)
        domain = f"shop-{tenant.client_id.hex[-8:]}.example"
        return [await make_source(database, installation, tenant, way, domain=domain) for way in ways]

    def load(self) -> Load:
        story = Story(self.brands, self._seed, datetime.now(UTC).replace(microsecond=0))
        return Load(
            story.events(), self.journal, self.ground.base_url, per_second=_PER_SECOND, seed=self._seed
        )

    async def drain(self) -> list[str]:
        """Wait until nothing waits any more; leases of the dead run out meanwhile."""
        clock = asyncio.get_running_loop().time
        began = clock()
        while waiting := await self._waiting():
            if clock() - began > _DRAIN_SECONDS:
                return [f"I4: {waiting} receipts and days still wait after {_DRAIN_SECONDS:.0f} s"]
            await asyncio.sleep(_POLL_SECONDS)
        return []

    async def _waiting(self) -> int:
        async with self.ground.database.transaction(role=Role.WORKER) as transaction:
            return int(
                await transaction.scalar(
                    """
                    SELECT (SELECT count(*) FROM inbox WHERE NOT is_parked) + (SELECT count(*) FROM stale_days)
                    """
                )
            )

    async def judge(self) -> list[str]:
        """What the oracle says at a quiet point."""
        return await judge(self.ground.database, self.journal, self.brands)

    async def find_leaks(self) -> list[str]:
        """I7."""
        async with httpx.AsyncClient(base_url=self.ground.base_url) as http:
            metrics = (await http.get("/metrics")).text
        async with self.ground.database.transaction(role=Role.WORKER) as transaction:
            queries = [row[0] for row in await transaction.tuples("SELECT query FROM pg_stat_activity")]
        secrets = [source.secret for brand in self.brands for source in brand.sources]
        texts = [("metrics", metrics), ("pg_stat_activity", "\n".join(query or "" for query in queries))]
        return await find_leaks(self.ground, texts, secrets)


async def chaos(directory: Path, *, seconds: float, seed: int) -> Report:
    """Make faults for some seconds, each kind at least once; then judge."""
    report, run = Report(seed, seconds), Run(directory, seed)
    await run.build()
    try:
        with run.journal:
            await _conduct(run, report)
    finally:
        await run.ground.clear()
    return report


async def _conduct(run: Run, report: Report) -> None:
    load = run.load()
    acts = Acts(run.ground, run.probe, report.seed, is_long=report.seconds >= _LONG_SECONDS)
    sending = asyncio.create_task(load.run())
    await _make_faults(run, load, acts, report)
    await load.rest()
    load.end()
    await sending
    report.breaches += [*load.faults, *acts.breaches, *await _quiet(run, report)]
    report.breaches += await run.find_leaks()
    report.breaches += [*await replay(run.ground), *await rebuild(run.ground)]
    report.faults, report.slowest, report.answers = acts.done, acts.slowest, load.answers
    report.events = {"sent": len(run.journal.entries)}
    report.events |= {standing.value: run.journal.count(standing) for standing in Standing}


async def _make_faults(run: Run, load: Load, acts: Acts, report: Report) -> None:
    clock = asyncio.get_running_loop().time
    began = quiet_at = clock()
    has_made_all = False
    while not has_made_all or clock() - began < report.seconds:
        for act in acts.deck():
            await act()
            if has_made_all and clock() - began > report.seconds:
                break
            if clock() - quiet_at > _QUIET_EVERY_SECONDS:
                await load.rest()
                report.breaches += await _quiet(run, report)
                load.go_on()
                quiet_at = clock()
        has_made_all = True


async def _quiet(run: Run, report: Report) -> list[str]:
    report.quiet_points += 1
    return [*await run.drain(), *await run.judge()]
