"""Decides as which user PostgreSQL runs: as we do, or for root the first rung of the ladder that holds.

Which rung was used is told by the owner of an existing database: root's own files can only be served inside
a user namespace (`Rung.USERS`), everybody else's by becoming that user.
"""

import os
import pwd
import subprocess
from collections.abc import Iterator

from convertos.core.launch import IS_LINUX, Identity, Rung, trial_command
from convertos.core.postgres.binaries import Binaries
from convertos.core.postgres.errors import PostgresStartError
from convertos.core.postgres.layout import Layout

_UNPRIVILEGED = "nobody"
_BECOMING_ANOTHER = (Rung.DROP, Rung.MOUNTS, Rung.CAPABILITY) if IS_LINUX else (Rung.DROP,)


def choose_identity(layout: Layout, binaries: Binaries) -> Identity:
    """Who runs PostgreSQL here; its directories exist and belong to it afterwards.

    Raises:
        PostgresStartError: nobody can; says for each way why not.
    """
    refusals = []
    for identity in _candidates(layout, binaries):
        refusal = _try(identity, layout, binaries)
        if refusal is None:
            return identity
        refusals.append(f"{identity.rung.value}: {refusal}")
    raise PostgresStartError(
        f"PostgreSQL cannot be run with its data in {layout.root} ({'; '.join(refusals)}). "
        "Run as an ordinary user, choose a home directory that others may pass, "
        "or set CONVERTOS_DATABASE_URL to a server that runs elsewhere."
    )


def _candidates(layout: Layout, binaries: Binaries) -> Iterator[Identity]:
    owner = layout.owner()
    if os.geteuid() != 0:
        if owner and owner[0] != os.geteuid():
            raise PostgresStartError(
                f"The database in {layout.root} belongs to the user {_name(owner[0])}. "
                "Run as that user or as root, or choose another home directory."
            )
        yield Identity(Rung.SAME, os.geteuid(), os.getegid())
        return
    user = owner or _unprivileged_user()
    if user and user[0] != 0:
        needs = (str(binaries.needs), str(layout.root))
        yield from (Identity(rung, *user, needs) for rung in _BECOMING_ANOTHER)
    if IS_LINUX and (owner is None or owner[0] == 0):
        yield Identity(Rung.USERS, 0, 0)


def _try(identity: Identity, layout: Layout, binaries: Binaries) -> str | None:
    """None when PostgreSQL can be run like this, else the reason."""
    try:
        layout.make_directories(identity.uid, identity.gid)
        os.close(os.open(layout.run, os.O_RDONLY))  # ours to reach as well
    except OSError as error:
        return str(error)
    # Of the two programs it is initdb that also needs the libraries that came with it.
    trial = [str(binaries.program("initdb")), "--version"]
    done = subprocess.run(  # noqa: S603 -- our own script and the program that was found
        trial_command(trial, identity=identity, writable=layout.run),
        capture_output=True,
        text=True,
        check=False,
    )
    return None if done.returncode == 0 else done.stderr.strip() or f"exit code {done.returncode}"


def _unprivileged_user() -> tuple[int, int] | None:
    try:
        entry = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
