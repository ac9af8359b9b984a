"""`convertos demo`, as somebody runs it beside a running ConvertOS."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
from psycopg.conninfo import conninfo_to_dict

from convertos.core.database import Database, Role
from convertos.core.installation import Installation
from convertos.worker import Worker


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


async def convertos(installation: Installation, *arguments: str) -> Ended:
    """Run a command against an installation whose database runs elsewhere."""
    given = {
        f"CONVERTOS_{'' if role is Role.OWNER else f'{role.upper()}_'}DATABASE_URL": conninfo
        for role, conninfo in installation.access.conninfo.items()
    }
    environment = {
        **os.environ,
        **given,
        "CONVERTOS_SECRET_KEY": installation.master_key._key.hex(),
        "CONVERTOS_LOG_LEVEL": "error",
    }
    # The embedded server's socket is named by an open descriptor, which the command has to inherit.
    host = str(conninfo_to_dict(installation.access.conninfo[Role.OWNER])["host"])
    descriptor = re.fullmatch(r"/proc/self/fd/(\d+)", host)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "convertos", *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=[int(descriptor[1])] if descriptor else [],
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def working(installation: Installation) -> AsyncIterator[None]:
    """A worker runs meanwhile."""
    async with Database(installation.access, {Role.WORKER: 8}, name="tests") as database:
        worker = Worker(installation, database)
        running = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            worker.stop()
            await running


async def test_without_a_worker_it_says_what_to_do(empty_installation: Installation) -> None:
    """Nothing is begun that nobody would finish."""
    ended = await convertos(empty_installation, "demo")
    assert (ended.code, ended.out) == (1, "")
    assert "No worker runs" in ended.err
    assert "make up" in ended.err


@pytest.mark.slow
async def test_fill_look_fill_again_remove(empty_installation: Installation) -> None:
    """It fills, tells what there is and how to look at it; a second run adds nothing; it can be removed."""
    async with working(empty_installation):
        filled = await convertos(empty_installation, "demo", "--scale", "0.01")
        assert filled.code == 0, filled.err
        assert "ConvertOS demo has" in filled.out
        assert all(
            name in filled.out for name in ("Quillfink Kaffee", "Wrenfallow Outdoor", "Sunnybarrow Solar")
        )
        assert "/dashboard" in filled.out
        assert "set-up link" in filled.out
        again = await convertos(empty_installation, "demo")
        assert again.code == 0, again.err
        # A few minutes may have brought something; nothing of the history is sent a second time.
        sent = re.search(r"([\d,]+) events more", again.out)
        assert sent is None or int(sent[1].replace(",", "")) < 50
        other = await convertos(empty_installation, "demo", "--seed", "2")
        assert other.code == 1
        assert "--seed 1" in other.err
        removed = await convertos(empty_installation, "demo", "--remove")
        assert removed.code == 0, removed.err
        assert "nothing else is touched" in removed.out
        nothing = await convertos(empty_installation, "demo", "--remove")
        assert (nothing.code, nothing.err) == (1, "convertos: There is no demo to remove.\n")
