"""What can go wrong in a way that somebody can act on.

Domains raise these; `api` turns them into problem details. They know no HTTP, only what the reader needs:
a stable code, a sentence, and for fields which one.
"""

from dataclasses import dataclass


class ConvertOSError(Exception):
    """An error that is meant for the person who reads it.

    Args:
        message: what happened, to what, what to do; a whole sentence.
        code: stable and machine-readable (`secret_expired`); defaults to the class's own.
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class NotFoundError(ConvertOSError):
    """It does not exist, or belongs to somebody else: the caller can't tell which."""

    code = "not_found"


class ConflictError(ConvertOSError):
    """It contradicts what is already there."""

    code = "conflict"


class UnauthenticatedError(ConvertOSError):
    """Nobody, or nobody we know, is calling."""

    code = "unauthenticated"


class ForbiddenError(ConvertOSError):
    """We know who is calling, and they may not."""

    code = "forbidden"


class UnavailableError(ConvertOSError):
    """It can't be done now; later it can."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after_seconds: int = 5, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_seconds = retry_after_seconds


class TooManyRequestsError(UnavailableError):
    """The caller is over its limit."""

    code = "rate_limited"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field and what is wrong with it."""

    field: str
    message: str


class InvalidError(ConvertOSError):
    """Fields do not hold what they should."""

    code = "invalid"

    def __init__(self, message: str, *fields: FieldError, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.fields = fields

    @classmethod
    def field(cls, field: str, message: str) -> "InvalidError":
        """The common case: one field is wrong."""
        return cls(message, FieldError(field, message))


class ConfigurationError(ConvertOSError):
    """The installation is not set up in a way that ConvertOS can run safely."""

    code = "configuration"
