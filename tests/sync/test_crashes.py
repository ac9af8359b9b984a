"""A worker that is killed in the middle of a sync costs at most a page."""

import asyncio
import json
import os
import re
import signal
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from convertos.sync.model import SyncKind, SyncStatus
from tests.support.connected_shops import ConnectedShop

PROGRAM = Path(__file__).parent / "programs" / "doomed_sync.py"
_KEY = b"a key that is only good for tests and nothing else"


async def run_doomed(connected: ConnectedShop, sync_id: UUID, point: str, number: int) -> int:
    """Run the sync in a process that kills itself; returns how the process ended."""
    conninfo = connected.house.installation.access.conninfo
    addresses = json.dumps({role.value: address for role, address in conninfo.items()})
    descriptors = {int(found) for found in re.findall(r"/proc/self/fd/(\d+)", addresses)}
    arguments = (addresses, _KEY.hex(), str(connected.source.client_id), str(sync_id), point, str(number))
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        *arguments,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        pass_fds=sorted(descriptors),
    )
    return await program.wait()


async def let_lease_run_out(connected: ConnectedShop) -> None:
    async with connected.stores.work(connected.scope) as transaction:
        await transaction.execute(
            "UPDATE syncs SET leased_until = now() - interval '1 second' WHERE client_id = %s AND status = 'running'",
            (connected.source.client_id,),
        )


@pytest.mark.parametrize(("point", "number", "again"), [("after", 1, 0), ("before", 2, 1)])
async def test_killed_at_every_page(connected: ConnectedShop, point: str, number: int, again: int) -> None:
    """Killed again and again, the run goes on where it was; a crash has at most one page fetched twice."""
    for _ in range(430):
        connected.shop.pass_time(seconds=11)
        connected.shop.add_order()
    sync_id = await connected.request(SyncKind.FULL, "orders")
    deaths = 0
    while await run_doomed(connected, sync_id, point, number if deaths < 5 else 99) == -signal.SIGKILL:
        deaths += 1
        await let_lease_run_out(connected)
    await connected.house.settle()
    sync, progress = await connected.read(sync_id)
    pages = Counter(connected.running.pages_asked("orders"))
    assert sync.status == SyncStatus.SUCCEEDED
    assert progress["orders"].pulled == 430
    assert set(pages) == {1, 2, 3, 4, 5}
    assert sum(pages.values()) - len(pages) <= deaths * again
    assert max(pages.values()) <= 1 + again
    assert (await connected.tables())["orders"] == connected.truth()["orders"]


async def test_while_the_lease_lives_nobody_else_takes_it(connected: ConnectedShop) -> None:
    """A run that died a moment ago is not begun by another worker before its lease is over."""
    for _ in range(150):
        connected.shop.add_order()
    sync_id = await connected.request(SyncKind.FULL, "orders")
    assert await run_doomed(connected, sync_id, "after", 1) == -signal.SIGKILL
    pages = len(connected.running.pages_asked("orders"))
    assert await run_doomed(connected, sync_id, "after", 1) == 0
    assert len(connected.running.pages_asked("orders")) == pages
