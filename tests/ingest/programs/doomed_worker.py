"""A worker whose reading of one receipt kills the whole process: run as a program, it dies or becomes idle."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence

from convertos import flow
from convertos.core.crypto import MasterKey
from convertos.core.database import Database, DatabaseAccess, Role
from convertos.core.installation import Installation
from convertos.core.settings import Settings
from convertos.jobs import install_reactions
from convertos.platforms import Ignored, ReceivedEvent
from convertos.platforms.wordpress import WordPress
from convertos.records import Record
from convertos.worker import Worker

DEADLY = b"deadly"
DIED = 9
_read = WordPress.records


def _die(self: WordPress, event: ReceivedEvent) -> Sequence[Record] | Ignored:
    if DEADLY in event.body:
        os._exit(DIED)  # as the kernel ends a process that takes too much memory
    return _read(self, event)


async def main() -> None:
    conninfo = {Role(name): address for name, address in json.loads(sys.argv[1]).items()}
    access = DatabaseAccess(conninfo, creates_roles=False)
    installation = Installation(Settings(worker_batch_size=50), MasterKey(b"0" * 32), access, None)
    WordPress.records = _die  # type: ignore[method-assign]  # the fault that is tested
    install_reactions(flow.REACTIONS)
    async with Database(access, {Role.WORKER: 4}, name="doomed worker") as database:
        worker = Worker(installation, database)
        while await worker.process_once():
            pass


if __name__ == "__main__":
    asyncio.run(main())
