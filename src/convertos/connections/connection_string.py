"""Everything that a site needs to join, as one line to paste. Pure.

Source: docs/reference/plugin-protocol.md, "The connection string".
"""

import base64
from zlib import crc32

import msgspec

PREFIX = "convertos1"


class ConnectionString(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the line holds.

    Attributes:
        url: the server's public address, without a slash at its end.
        update_key: the Ed25519 public key (base64) that signs the plugin's updates.
    """

    url: str
    connection_id: str
    secret: str
    api_key: str
    update_key: str

    def encode(self) -> str:
        """The line; it ends in a checksum, so that half a paste is noticed."""
        content = base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")
        return f"{PREFIX}_{content}_{_checksum(content)}"

    @classmethod
    def decode(cls, line: str) -> "ConnectionString":
        """What a line holds.

        Raises:
            ValueError: it is no connection string, or not all of it.
        """
        prefix, _, rest = line.strip().partition("_")
        content, _, checksum = rest.rpartition("_")
        if prefix != PREFIX or checksum != _checksum(content):
            raise ValueError("This is not a whole connection string.")
        padded = content + "=" * (-len(content) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=cls)


def _checksum(content: str) -> str:
    return f"{crc32(content.encode()):08x}"
