"""How fast the Overview is answered: 5 million orders of 50 clients, asked by the one with a million.

Each query is a transaction of its own as the pages make it: inside row-level security, with the calculation in
Python. Nothing is cached between them but what PostgreSQL keeps of its tables.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import httpx
import psycopg

from benchmarks.figures import Figure, cpu_seconds, family, percentile
from benchmarks.history import DAYS, write_history
from benchmarks.house import House, run_house, signal_worker
from convertos.analytics.breakdown import break_down
from convertos.analytics.model import Dimension, Question
from convertos.analytics.overview import look_over
from convertos.analytics.periods import Compare
from convertos.analytics.question import Asked, question_of
from convertos.analytics.rollups import refresh
from convertos.analytics.timeline import draw
from convertos.core.database import Database, Role, TenantScope, Transaction
from convertos.core.installation import Installation
from convertos.core.settings import Settings

CLIENTS = 50
LARGEST, OTHERS = 1_000_000, 81_633
_PROMISED_MS = 20.0
_LINES = 7
_WARMING = 6
"""Afterwards the statements are prepared, as they are in a server that runs."""

Query = Callable[[Transaction, Question], Awaitable[object]]

_OVERVIEW: Mapping[str, Query] = {
    "figures": look_over,
    "revenue by source": lambda work, question: break_down(work, question, Dimension.SOURCE),
    "revenue by channel": lambda work, question: break_down(work, question, Dimension.CHANNEL),
    "sources over time": lambda work, question: draw(work, question, by=Dimension.SOURCE, limit=_LINES),
}
_BESIDE: Mapping[str, Query] = {
    "revenue by medium": lambda work, question: break_down(work, question, Dimension.MEDIUM),
    "revenue by campaign": lambda work, question: break_down(work, question, Dimension.CAMPAIGN),
    "revenue by landing page": lambda work, question: break_down(work, question, Dimension.LANDING_PAGE),
}
_RANGES = {"1 day": 1, "30 days": 30, "90 days": 90, "12 months": 365, "2 years": DAYS}


def measure(*, is_quick: bool) -> list[Figure]:
    """Every query of the Overview, over every range, compared with the period before."""
    shrunk = 50 if is_quick else 1
    with run_house() as house:
        signal_worker(house, signal.SIGSTOP)
        try:
            installation = Installation.find(Settings(home=house.home))
            access = installation.access
            sizes = [LARGEST // shrunk, *[OTHERS // shrunk] * (CLIENTS - 1)]
            started = time.monotonic()
            client_ids = write_history(access.conninfo[Role.OWNER], sizes)
            written_seconds = time.monotonic() - started
            database = Database(access, {Role.APP: 2, Role.WORKER: 2}, name="bench")
            figures = asyncio.run(_measure(house, database, client_ids[0], 20 if is_quick else 200))
            figures += _over_http(house, client_ids[0], 20 if is_quick else 100)
        finally:
            signal_worker(house, signal.SIGCONT)
    return [Figure("orders written for this", sum(sizes) / written_seconds, "a second"), *figures]


async def _measure(house: House, database: Database, client_id: UUID, rounds: int) -> list[Figure]:
    async with database:
        figures = await _sum_all(database)
        # What the owner's autovacuum does in time.
        with psycopg.connect(database.conninfo(Role.OWNER), autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE) day_sums")
        scope = await _scope(database, client_id)
        figures.append(await _compare_with_orders(database, scope))
        overview = [(name, label, _PROMISED_MS) for name in _RANGES for label in _OVERVIEW]
        beside = [(name, label, None) for label in _BESIDE for name in ("30 days", "12 months")]
        for name, label, promised in [*overview, *beside]:
            query = {**_OVERVIEW, **_BESIDE}[label]
            used = _cpu_milliseconds(house)
            took = await _time(database, scope, query, _RANGES[name], rounds)
            used = (_cpu_milliseconds(house) - used) / (rounds + _WARMING)
            figures.append(Figure(f"{label}, {name}: p95", took, "ms", promised, is_least=False))
            figures.append(Figure(f"{label}, {name}: CPU of all", used, "ms"))
        return figures


def _cpu_milliseconds(house: House) -> float:
    """What this process and the house have used: says what a query costs, also on a machine that is busy."""
    return cpu_seconds([os.getpid(), *family(house.parent.pid)]) * 1000


async def _sum_all(database: Database) -> list[Figure]:
    started, days = time.monotonic(), 0
    while summed := await refresh(database):
        days += summed
    return [Figure("days summed anew from their orders", days / (time.monotonic() - started), "a second")]


async def _scope(database: Database, client_id: UUID) -> TenantScope:
    async with database.transaction(role=Role.WORKER) as transaction:
        organization_id = await transaction.scalar("SELECT organization_id FROM organizations")
    return TenantScope(organization_id, (client_id,))


async def _question(transaction: Transaction, days: int) -> Question:
    now = datetime.now(UTC)
    first = now.date() - timedelta(days=days - 1)
    asked = Asked(first=first, last=now.date(), compare=Compare.PREVIOUS)
    return await question_of(transaction, asked, now)


async def _time(database: Database, scope: TenantScope, query: Query, days: int, rounds: int) -> float:
    """The 95th percentile in milliseconds."""
    milliseconds = []
    for turn in range(rounds + _WARMING):
        started = time.perf_counter()
        async with database.transaction(scope) as transaction:
            await query(transaction, await _question(transaction, days))
        if turn >= _WARMING:
            milliseconds.append((time.perf_counter() - started) * 1000)
    return percentile(milliseconds, 0.95)


async def _compare_with_orders(database: Database, scope: TenantScope) -> Figure:
    """What the reports and the orders themselves come to: the same, to the cent."""
    async with database.transaction(scope) as transaction:
        now = datetime.now(UTC)
        asked = Asked(first=now.date() - timedelta(days=3000), last=now.date() + timedelta(days=1))
        report = await break_down(transaction, await question_of(transaction, asked, now), Dimension.CAMPAIGN)
        reported = {found.currency: found.total.sums for found in report.breakdowns}
        rows = await transaction.tuples(
            "SELECT currency, count(*), sum(total), sum(refunded_total) FROM orders WHERE is_counted GROUP BY 1"
        )
    difference = sum(
        (
            abs(reported[currency].orders - count)
            + abs(reported[currency].revenue - total)
            + abs(reported[currency].refunds - refunded)
            for currency, count, total, refunded in rows
        ),
        Decimal(0),
    )
    return Figure("difference to the orders themselves", float(difference), "", 0, is_least=False)


def _over_http(house: House, client_id: UUID, rounds: int) -> list[Figure]:
    first = datetime.now(UTC).date() - timedelta(days=29)
    asked = {"clientId": str(client_id), "from": str(first), "compare": "previous"}
    figures = []
    with httpx.Client(base_url=house.address, headers={"Authorization": f"Bearer {house.key}"}) as http:
        for name in ("overview", "attribution", "timeseries"):
            milliseconds = []
            for turn in range(rounds + _WARMING):
                started = time.perf_counter()
                http.get(f"/api/analytics/{name}", params=asked).raise_for_status()
                if turn >= _WARMING:
                    milliseconds.append((time.perf_counter() - started) * 1000)
            label = f"GET /api/analytics/{name}, 30 days: p95"
            figures.append(Figure(label, percentile(milliseconds, 0.95), "ms"))
    return figures
