"""One spelling for each e-mail address and each shop's host. Pure.

Source: RFC 5321 (a mailbox's local part is taken as case-insensitive, as every shop does), UTS 46 for domains.
"""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

import idna

_LONGEST_EMAIL = 254
_PLAIN_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def normal_email(address: str | None) -> str | None:
    """The address in its one spelling, or `None` where it is none.

    Lower case, no white space, Unicode in NFC, the domain in ASCII without a last dot.
    """
    if not address:
        return None
    lowered = address.strip().lower()
    if len(lowered) <= _LONGEST_EMAIL and _PLAIN_EMAIL.fullmatch(lowered):
        return lowered
    return _normal_unusual_email(address)


@lru_cache(maxsize=4096)
def _normal_unusual_email(address: str) -> str | None:
    address = "".join(unicodedata.normalize("NFKC", address).split())
    local, at, domain = address.removeprefix("mailto:").strip("<>").rpartition("@")
    if not at or not local or "@" in local or len(address) > _LONGEST_EMAIL:
        return None
    try:
        # Not case-folded before: straße.example and strasse.example are two domains.
        domain = idna.encode(domain.rstrip("."), uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
    local = unicodedata.normalize("NFC", local.lower())
    return f"{local}@{domain}" if "." in domain else None


def normal_domain(address: str | None) -> str | None:
    """The host of an address or domain as it is compared: lower case, ASCII, without `www.`; with its port.

    `https://www.Shop.example/de/`, `shop.example` and `SHOP.example.` are the same shop. `None` for
    what holds no host.
    """
    address = (address or "").strip().lower()
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    host = _ascii(host.removeprefix("www."))
    if not host:
        return None
    is_default_port = port is None or port in {80, 443}
    return host if is_default_port else f"{host}:{port}"


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return ""
