"""Random tokens that can be told from anything else, and from a typing mistake, without asking the database.

`cos_` + 40 random characters (238 bits) + 6 characters of CRC-32, all base 62: a prefix that secret scanners
find, and a checksum that lets them be sure. Source: GitHub, "Behind GitHub's new authentication token
formats" (prefix, entropy, 32-bit checksum at the end), as in reliability.md F.
"""

import re
import secrets
import string
from collections.abc import Callable
from zlib import crc32

API_KEY_PREFIX = "cos"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_LENGTH = 40
_CHECKSUM_LENGTH = 6
_SHOWN_LENGTH = 6
_SHAPE = re.compile(r"([a-z]{3})_([0-9A-Za-z]{40})([0-9A-Za-z]{6})")

MakeToken = Callable[[], str]


def make_token(prefix: str = API_KEY_PREFIX) -> str:
    """A new token."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    return f"{prefix}_{random}{checksum(random)}"


def checksum(random: str) -> str:
    """The CRC-32 of a token's random part, in six characters of base 62."""
    number, digits = crc32(random.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def is_well_formed(token: str, prefix: str = API_KEY_PREFIX) -> bool:
    """Whether this could be a token of ours."""
    match = _SHAPE.fullmatch(token)
    return match is not None and match[1] == prefix and checksum(match[2]) == match[3]


def shown_part(token: str) -> str:
    """As much of a token as may be shown: enough to recognise it, useless to guess it."""
    return token[: len(API_KEY_PREFIX) + 1 + _SHOWN_LENGTH]
