"""People's passwords."""

from typing import Literal

import pytest
from argon2 import PasswordHasher
from tests.support.people import QUICK

from convertos.core.errors import InvalidError
from convertos.tenancy.passwords import Passwords, check_new_password


async def test_a_password_is_kept_as_argon2id() -> None:
    """A stolen database holds no password, and every guess costs 64 MiB and time."""
    hashed = await Passwords().hash("correct horse battery")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_only_the_password_itself_matches() -> None:
    """The right password matches its hash; another, a broken hash and nobody's do not."""
    hashed = await QUICK.hash("correct horse battery")
    assert await QUICK.matches("correct horse battery", hashed)
    assert not await QUICK.matches("correct horse batterY", hashed)
    assert not await QUICK.matches("correct horse battery", "broken")
    assert not await QUICK.matches("the password of nobody at all", None)


async def test_nobody_s_password_takes_the_same_work() -> None:
    """For an unknown address the same hash is computed, so that its absence can't be heard."""

    class Counting(PasswordHasher):
        verified = 0

        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's name
            Counting.verified += 1
            return super().verify(hash, password)

    passwords = Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))
    await passwords.matches("anything at all", None)
    assert Counting.verified == 1


async def test_a_weak_hash_is_recognised() -> None:
    """Hashes of earlier parameters are renewed when their owner signs in."""
    assert Passwords().is_outdated(await QUICK.hash("correct horse battery"))
    assert not QUICK.is_outdated(await QUICK.hash("correct horse battery"))


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 300,
        "aaaaaaaaaaaa",
        "abababababab",
        "Password1234!",
        "maria.k@shop.example",
        "convertos2025",
        "seven c",
        "12345678",
        "87654321",
        "qwertyui",
        "Abcd1234",
        "P@ssw0rd",
        "welcome1",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    """A password that anybody would try is refused with a reason."""
    with pytest.raises(InvalidError):
        check_new_password(password, "maria.k@shop.example")


@pytest.mark.parametrize(
    "password", ["correct horse battery", "ένας μακρύς κωδικός", "a1!b2?c3.d4,", "tulip 9x", "90417736"]
)
def test_length_is_enough(password: str) -> None:
    """Nobody is forced to use digits or signs, and every script is taken."""
    check_new_password(password, "maria@shop.example")
