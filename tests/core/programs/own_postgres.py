"""Owns a database until its standard input ends: `own_postgres.py HOME [DIRECTORY_OF_PROGRAMS]`."""

# ruff: noqa: T201 -- its standard output is what a test reads

import asyncio
import sys
from pathlib import Path

from convertos.core.postgres import EmbeddedPostgres, PostgresError, read_binaries


async def main(home: str, *programs: str) -> None:
    binaries = read_binaries(Path(programs[0])) if programs else None
    postgres = EmbeddedPostgres(Path(home), binaries=binaries)
    try:
        await postgres.start()
    except PostgresError as error:
        sys.exit(str(error))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await postgres.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
