"""Prints the answer of a running database to one statement: `ask_postgres.py HOME SQL`."""

# ruff: noqa: T201 -- its standard output is what a test reads

import sys
from pathlib import Path

from tests.core.machine import answer

from convertos.core.postgres import PostgresError

try:
    print(answer(Path(sys.argv[1]), sys.argv[2]))
except PostgresError as error:
    sys.exit(str(error))
