"""What PostgreSQL refused although nobody foresaw it, in words that somebody can act on."""

import psycopg

from convertos.core.errors import ConvertOSError, InvalidError, NotFoundError, UnavailableError

DatabaseError = psycopg.Error
"""Whatever the database or the way to it raises."""


def explained(error: DatabaseError) -> ConvertOSError | None:
    """What an error means for whoever asked; `None` where it is a fault of ours.

    Never quotes the error: PostgreSQL's text holds the row.
    """
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        # A row outside of the caller's walls: the last wall held, and one before it did not.
        return NotFoundError("There is no such thing here.")
    if isinstance(error, psycopg.DataError):
        return InvalidError("A value is out of range, or can't be stored.")
    if isinstance(error, psycopg.OperationalError):
        return UnavailableError("The database is busy. Try again soon.")
    return None
