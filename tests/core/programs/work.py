"""A child of a supervisor: `work.py NAME BEHAVIOUR HOME`; writes what happens to it to `HOME/events`."""

# ruff: noqa: T201 -- its standard output is what a test reads

import os
import signal
import sys
from pathlib import Path

from convertos.core.child import report_ready
from convertos.core.postgres import PostgresUnreachableError, connection_info

name, behaviour, home = sys.argv[1], sys.argv[2], Path(sys.argv[3])


def note(event: str) -> None:
    with (home / "events").open("a") as events:
        events.write(f"{name} {event}\n")


def end(*_: object) -> None:
    if behaviour == "notes-and-stays":
        print(f"{name} stays", flush=True)
        return
    if behaviour == "uses-database":
        try:
            connection_info(home).close()
        except PostgresUnreachableError:
            note("misses the database")
    note("ends")
    os._exit(0)


signal.signal(signal.SIGTERM, signal.SIG_IGN if behaviour == "stubborn" else end)
signal.signal(signal.SIGINT, lambda *_: note("is interrupted"))
note(f"runs as {os.getpid()}")
print(f"{name} starts", flush=True)
if behaviour == "fails":
    print("a line on standard output", flush=True)
    sys.exit("the port is taken")
if behaviour != "never-ready":
    report_ready()
while True:
    signal.pause()
