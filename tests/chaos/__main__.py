"""`python -m tests.chaos`: exits with 1 on a breach, and leaves the directory behind then."""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import chaos


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long faults are made")
    parser.add_argument(
        "--seed", type=int, default=None, help="which faults, in which order, and which shops"
    )
    given = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    directory = Path(tempfile.mkdtemp(prefix="convertos-chaos-"))
    report = asyncio.run(chaos(directory, seconds=given.seconds, seed=seed))
    sys.stdout.write(f"{report}\n")
    if report.breaches:
        sys.stdout.write(f"logs, journal and database: {directory}\n")
        return 1
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
