"""What can be wrong with the embedded database; each message says what happened and what to do."""

from convertos.core.errors import ConvertOSError


class PostgresError(ConvertOSError):
    """The embedded PostgreSQL cannot be used."""

    code = "embedded_postgres"


class NoBinariesError(PostgresError):
    """No PostgreSQL of a supported version was found."""

    code = "no_postgres_binaries"


class HomeInUseError(PostgresError):
    """Another living process owns this home directory's database."""

    code = "home_in_use"


class PostgresStartError(PostgresError):
    """PostgreSQL was found but did not start."""

    code = "postgres_start_failed"


class PostgresUnreachableError(PostgresError):
    """No PostgreSQL accepts connections for this home directory, or not from us."""

    code = "postgres_unreachable"
