"""Checks that migrations are numbered without gaps and that released ones were not changed.

`--release` writes down the present files' checksums: from then on they may not change.
"""

import sys
from pathlib import Path

from convertos.core.database.migrate import all_migrations

RELEASED = Path(__file__).parent.parent / "src/convertos/core/database/migrations/released.txt"


def faults() -> list[str]:
    """What is wrong with the files."""
    known = all_migrations()
    found = [
        f"migration {migration.label} should have number {number:04d}"
        for number, migration in enumerate(known, start=1)
        if migration.number != number
    ]
    checksums = {migration.label: migration.checksum for migration in known}
    for line in RELEASED.read_text().splitlines() if RELEASED.exists() else []:
        label, checksum = line.split()
        if checksums.get(label) != checksum:
            found.append(f"migration {label} was released and may not change; add a new file instead")
    return found


def main() -> int:
    """Print what is wrong; 1 where anything is."""
    if "--release" in sys.argv:
        lines = [f"{migration.label} {migration.checksum}" for migration in all_migrations()]
        RELEASED.write_text("\n".join(lines) + "\n")
    wrong = faults()
    for fault in wrong:
        sys.stderr.write(f"{fault}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
