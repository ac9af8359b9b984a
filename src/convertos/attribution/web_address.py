"""Hosts: read out of what a browser or a person wrote, and cut to the domain that somebody registered.

Nothing here raises: what is no host is None. Hosts are lower case and ASCII (IDNA 2008 with the
mappings of UTS 46, as browsers send them), without `www.`, port or final dot.
Source: the Public Suffix List with its private section, by the library `publicsuffixlist` (offline).
"""

import re
from functools import cache, lru_cache

import idna
from publicsuffixlist import PublicSuffixList

_LONGEST_ADDRESS = 2048
_AUTHORITY = re.compile(
    r"\s*(?P<scheme>[a-z][a-z0-9+.-]{0,19})://(?:[^/?#\\@\s]{0,255}@)?(?P<host>[^/?#\\:@\s\[\]]{1,255})(?=[/?#\\:]|\s*\Z)",
    re.IGNORECASE,
)
_WEB = frozenset({"http", "https"})
_APP = frozenset({"android-app", "ios-app"})
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_IP_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


def host_of(address: str) -> str | None:
    """The host of a web address."""
    return _authority(address, _WEB)


def app_of(address: str) -> str | None:
    """The package of an app that refers (`android-app://com.slack`)."""
    return _authority(address, _APP)


@lru_cache(maxsize=8192)
def host_named(name: str) -> str | None:
    """The host that a source's name is or holds (`l.facebook.com`, `https://t.co/x`), under a real suffix."""
    if "." not in name:
        return None
    host = host_of(name) if "://" in name else _ascii_host(re.split(r"[/?#:]", name, maxsplit=1)[0])
    if host is None or _suffixes().publicsuffix(host, accept_unknown=False) is None:
        return None
    return host


@lru_cache(maxsize=8192)
def domain_of(host: str) -> str:
    """The part of a host that somebody registered (`m.example.co.uk` → `example.co.uk`), else the host."""
    if _IP_ADDRESS.fullmatch(host):
        return host
    return _suffixes().privatesuffix(host) or host


def _authority(address: str, schemes: frozenset[str]) -> str | None:
    found = _AUTHORITY.match(address[:_LONGEST_ADDRESS])
    if found is None or found["scheme"].lower() not in schemes:
        return None
    return _ascii_host(found["host"])


@lru_cache(maxsize=8192)
def _ascii_host(raw: str) -> str | None:
    host = raw.lower().rstrip(".")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except UnicodeError:
            return None
    host = host.removeprefix("www.")
    return host if _HOST.fullmatch(host) else None


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
