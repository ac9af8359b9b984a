"""Tells copies of the WordPress plugin of a newer one, signed, so that nobody else can.

Source: docs/reference/plugin-protocol.md, "Updates".
"""

import base64
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import msgspec

from convertos.connections.plugin_package import SLUG, PluginPackage
from convertos.connections.plugin_versions import MINIMUM_PLUGIN_VERSION
from convertos.connections.update_key import public_update_key, update_key
from convertos.core.crypto import MasterKey


class SignedManifest(NamedTuple):
    """What a copy asks for.

    Attributes:
        signed: JSON, whose bytes the signature is of.
        signature: base64.
        key_id: tells which key it was, where there were several.
    """

    signed: str
    signature: str
    key_id: str


class _Manifest(msgspec.Struct, rename="camel", kw_only=True):
    slug: str
    version: str
    requires: str
    tested: str
    requires_php: str
    package: str
    package_sha256: str
    package_bytes: int
    minimum_plugin_version: str
    changelog: str
    issued_at: datetime


class UpdateSigner:
    """Signs for one installation.

    Attributes:
        public_key: base64; it goes with every connection string.
    """

    def __init__(self, master_key: MasterKey) -> None:
        self._key = update_key(master_key)
        self.public_key = public_update_key(master_key)

    def manifest(self, package: PluginPackage, address: str, issued_at: datetime) -> SignedManifest:
        """Word of a package, and where it is."""
        facts = package.facts
        manifest = _Manifest(
            slug=SLUG,
            version=facts.version,
            requires=facts.requires,
            tested=facts.tested,
            requires_php=facts.requires_php,
            package=address,
            package_sha256=package.sha256,
            package_bytes=len(package.content),
            minimum_plugin_version=MINIMUM_PLUGIN_VERSION,
            changelog=facts.changelog,
            issued_at=issued_at,
        )
        signed = msgspec.json.encode(manifest)
        signature = base64.b64encode(self._key.sign(signed)).decode()
        return SignedManifest(signed.decode(), signature, sha256(self.public_key.encode()).hexdigest()[:16])
