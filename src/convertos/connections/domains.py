"""One spelling for each shop's host."""

from urllib.parse import urlsplit

import idna


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
