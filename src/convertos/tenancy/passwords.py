"""People's passwords: which are taken, how they are kept, and checking one without telling who exists.

Source: NIST SP 800-63B §5.1.1.2 (at least 8 characters, no rules of composition, no well-known ones); RFC 9106,
second recommended option (argon2id, 64 MiB), which is the library's default.
"""

import asyncio
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from convertos.core.errors import FieldError, InvalidError

SHORTEST = 8
LONGEST = 256
_AT_ONCE = 2
"""Each check takes 64 MiB for a moment: a storm of log-ins waits instead of filling the memory."""

_WELL_KNOWN = frozenset(
    """
    password passwort p@ssword p@ssw0rd passw0rd admin administrator root user guest test changeme letmein
    welcome willkommen secret iloveyou princess sunshine football baseball basketball superman batman pokemon
    starwars dragon monkey master shadow whatever trustno michael jennifer charlie computer internet samsung
    google facebook convertos wordpress woocommerce shopify
    """.split()  # noqa: SIM905 - forty words read best as words
)
"""With digits or signs after them, the most common of those that are long enough (lists of leaked passwords)."""

_RUNS = tuple(
    direction
    for run in (
        "12345678901234567890",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiopasdfghjklzxcvbnm",
        "qwertzuiopasdfghjklyxcvbnm",
        "azertyuiopqsdfghjklmwxcvbn",
        "1q2w3e4r5t6y7u8i9o0p",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    )
    for direction in (run, run[::-1])
)
"""What fingers find by themselves."""


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
    bare = lowered.rstrip("0123456789!?.*#$-_ ") or lowered
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters; a few words in a row are easy to remember."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if len(set(lowered)) < 5:
        return "Use more than a few different characters."
    is_run = any(bare in run for run in _RUNS)
    if is_run or bare in _WELL_KNOWN or lowered in {email, email.partition("@")[0]}:
        return "This is one of the first passwords that anybody would try."
    return None
