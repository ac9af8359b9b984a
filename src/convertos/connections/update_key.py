"""The key that signs the WordPress plugin's updates. Pure.

Source: RFC 8032 (Ed25519); docs/reference/plugin-protocol.md, "Updates".
"""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from convertos.core.crypto import MasterKey


def update_key(master: MasterKey) -> Ed25519PrivateKey:
    """This installation's key; the same as long as its master key is."""
    return Ed25519PrivateKey.from_private_bytes(master.derive("plugin updates"))


def public_update_key(master: MasterKey) -> str:
    """What a plugin verifies with, in base64."""
    return base64.b64encode(update_key(master).public_key().public_bytes_raw()).decode()
