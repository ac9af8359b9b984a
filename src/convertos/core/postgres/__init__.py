"""The database server that comes with ConvertOS: one command runs it, nothing else is to be set up.

In:    a home directory, settings, and PostgreSQL's programs from a wheel or from the system.
Out:   a running server that ends with its parent, and connection strings for its other processes.
Next:  `core.supervision` owns it; `core.database` connects to it.
Never: databases, roles or tables (migrations make those), nor a server that somebody else runs.
"""

from convertos.core.postgres.binaries import Binaries, find_binaries, read_binaries
from convertos.core.postgres.connection import PostgresConnection, connection_info
from convertos.core.postgres.errors import (
    HomeInUseError,
    NoBinariesError,
    PostgresError,
    PostgresStartError,
    PostgresUnreachableError,
)
from convertos.core.postgres.server import EmbeddedPostgres

__all__ = [
    "Binaries",
    "EmbeddedPostgres",
    "HomeInUseError",
    "NoBinariesError",
    "PostgresConnection",
    "PostgresError",
    "PostgresStartError",
    "PostgresUnreachableError",
    "connection_info",
    "find_binaries",
    "read_binaries",
]
