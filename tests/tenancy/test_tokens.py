"""Keys that can be told from a typing mistake."""

import string

from hypothesis import given
from hypothesis import strategies as st

from convertos.tenancy.tokens import checksum, is_well_formed, make_token, shown_part

_CHARACTERS = string.ascii_letters + string.digits
_BASE_62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def test_a_new_key_is_recognised() -> None:
    """A key has its prefix, 40 random characters and a checksum of six."""
    token = make_token()
    assert token.startswith("cos_")
    assert len(token) == 50
    assert is_well_formed(token)
    assert shown_part(token) == token[:10]
    assert not is_well_formed(token, "cor")


def test_no_two_keys_are_alike() -> None:
    """Keys do not repeat, nor do the parts of them that are shown."""
    assert len({make_token() for _ in range(1000)}) == 1000


def test_the_checksum_is_the_one_that_scanners_compute() -> None:
    """CRC-32 of the random part in base 62, padded: what secret scanners can check by themselves."""
    number = 0
    for digit in checksum("123456789"):
        number = number * 62 + _BASE_62.index(digit)
    assert number == 0xCBF43926  # the check value of CRC-32 in every catalogue


@given(st.integers(0, 45), st.sampled_from(_CHARACTERS))
def test_a_mistyped_key_is_recognised(place: int, character: str) -> None:
    """A key with one wrong character is refused without asking the database."""
    prefix, _, rest = make_token().partition("_")
    mistyped = rest[:place] + character + rest[place + 1 :]
    assert is_well_formed(f"{prefix}_{mistyped}") is (mistyped == rest)


@given(st.text(max_size=60))
def test_other_text_is_no_key(text: str) -> None:
    """Whatever is sent in a key's place is refused, never an error."""
    assert not is_well_formed(text)
