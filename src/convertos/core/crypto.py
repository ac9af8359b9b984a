"""Secrets at rest, and hashes of what need not be known again.

The master key comes from `CONVERTOS_SECRET_KEY` or, on the embedded database, from a file that only the
owner can read. Everything is derived from it by HKDF with a purpose, so no two uses share a key.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from convertos.core.errors import ConfigurationError

KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_ID_BYTES = 4


class MasterKey:
    """The one secret from which all others are derived."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ConfigurationError(
                f"The secret key has {len(key)} bytes; it needs at least {KEY_BYTES}. "
                "Make one with: openssl rand -hex 32"
            )
        self._key = key

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(self._key)

    @classmethod
    def parse(cls, text: str) -> "MasterKey":
        """From hex or base64.

        Raises:
            ConfigurationError: it is neither, or too short.
        """
        text = text.strip()
        try:
            return cls(bytes.fromhex(text))
        except ValueError:
            pass
        try:
            return cls(base64.b64decode(text, validate=True))
        except binascii.Error as error:
            raise ConfigurationError("CONVERTOS_SECRET_KEY is neither hexadecimal nor base64.") from error

    @classmethod
    def load_or_create(cls, file: Path) -> "MasterKey":
        """From the file, which is made on first use and readable by its owner alone."""
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls.parse(file.read_text())
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_hex(KEY_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        return cls.parse(file.read_text())


class Vault:
    """Encrypts secrets for the database (AES-256-GCM).

    The additional data names the row and column that a secret belongs to, so a ciphertext that somebody
    copies into another row does not decrypt there. The first bytes name the key, for rotation.
    """

    def __init__(self, current: MasterKey, *previous: MasterKey) -> None:
        keys = [key.derive("secrets at rest") for key in (current, *previous)]
        self._ciphers = {hashlib.sha256(key).digest()[:_KEY_ID_BYTES]: AESGCM(key) for key in keys}
        self._current = hashlib.sha256(keys[0]).digest()[:_KEY_ID_BYTES]

    def encrypt(self, secret: bytes, belongs_to: str) -> bytes:
        """The secret, readable only with the key and for the same `belongs_to`."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, secret, belongs_to.encode())
        return self._current + nonce + sealed

    def decrypt(self, ciphertext: bytes, belongs_to: str) -> bytes:
        """The secret again.

        Raises:
            ConfigurationError: it was encrypted with another master key, or for another row.
        """
        key_id, nonce = ciphertext[:_KEY_ID_BYTES], ciphertext[_KEY_ID_BYTES:][:_NONCE_BYTES]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise ConfigurationError(
                "A stored secret was encrypted with another master key. Set CONVERTOS_SECRET_KEY to the key "
                "that this database was used with."
            )
        try:
            return cipher.decrypt(nonce, ciphertext[_KEY_ID_BYTES + _NONCE_BYTES :], belongs_to.encode())
        except InvalidTag as error:
            raise ConfigurationError("A stored secret was changed or moved to another row.") from error

    def is_current(self, ciphertext: bytes) -> bool:
        """Whether the ciphertext was made with the present key."""
        return ciphertext[:_KEY_ID_BYTES] == self._current


class TokenHasher:
    """Hashes random tokens (keys, sessions) so that a stolen database does not hold usable ones.

    A keyed SHA-256 is enough for tokens with 128 bits or more; people's passwords get argon2.
    """

    def __init__(self, master: MasterKey) -> None:
        self._key = master.derive("token hashes")

    def hash(self, token: str) -> bytes:
        """What is stored and looked up in the token's place."""
        return hmac.digest(self._key, token.encode(), hashlib.sha256)
