"""People's passwords: which are taken, how they are kept, and checking one without telling who exists.

Source: NIST SP 800-63B §5.1.1.2 (length, no rules of composition, no well-known ones); RFC 9106, second
recommended option (argon2id, 64 MiB), which is the library's default.
"""

import asyncio
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from convertos.core.errors import FieldError, InvalidError

SHORTEST = 12
LONGEST = 256
_AT_ONCE = 2
"""Each check takes 64 MiB for a moment: a storm of log-ins waits instead of filling the memory."""

_WELL_KNOWN = frozenset(
    {
        "password",
        "passwort",
        "convertos",
        "qwertyuiop",
        "letmein",
        "welcome",
        "administrator",
        "changeme",
        "iloveyou",
    }
)


class Passwords:
    """Hashes and checks passwords, off the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """What is stored in the password's place."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether it is the password; takes as long where there is none to compare with.

        Args:
            stored: its hash; `None` for somebody who does not exist.
        """
        async with self._turn:
            return await asyncio.to_thread(self._verify, password, stored)

    def _verify(self, password: str, stored: str | None) -> bool:
        nobodys_hash = self._nobodys_hash
        try:
            self._hasher.verify(stored or nobodys_hash, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._hasher.hash("the password of nobody at all")

    def is_outdated(self, stored: str) -> bool:
        """Whether it was hashed with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


def check_new_password(password: str, email: str) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        InvalidError: says why.
    """
    if fault := _fault(password, email):
        raise InvalidError(fault, FieldError("password", fault))


def _fault(password: str, email: str) -> str | None:
    lowered = password.casefold()
    bare = lowered.rstrip("0123456789!?.*#$-_ ")
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters; a few words in a row are easy to remember."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if len(set(lowered)) < 5:
        return "Use more than a few different characters."
    if bare in _WELL_KNOWN or lowered in {email, email.partition("@")[0]}:
        return "This is one of the first passwords that anybody would try."
    return None
