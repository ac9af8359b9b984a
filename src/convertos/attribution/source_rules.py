"""The shipped tables together with what one client adds: own domains, own names for sources."""

from collections.abc import Iterable

import msgspec

from convertos.attribution.source_tables import (
    Category,
    Named,
    Place,
    app_named,
    categories,
    folded,
    named_by,
    passed_through_names,
    place_of,
)
from convertos.attribution.stated import stated_name
from convertos.attribution.web_address import app_of, domain_of, host_named, host_of


class ClientSource(msgspec.Struct, frozen=True):
    """A client's own entry in the table; it wins over the shipped ones.

    Attributes:
        alias: a name as it stands in `utm_source`, or a host (its sub-domains count too).
        source: the canonical name; one of ours or a new one.
        category: what kind of place it is; None takes ours, where the source is one of ours.
    """

    alias: str
    source: str
    category: Category | None = None


class SourceRules:
    """What evidence means for one client. Cheap to build: the shipped tables are shared."""

    __slots__ = ("_hosts", "_own", "_sources")

    def __init__(self, own_domains: Iterable[str] = (), sources: Iterable[ClientSource] = ()) -> None:
        """Make the rules of a client.

        Args:
            own_domains: hosts or addresses of the client's shops and sites; their sub-domains and
                their sister hosts under the same registered domain are own too.
            sources: the client's additions. What can't be read is left out.
        """
        self._own = frozenset(own for domain in own_domains if (own := _own_domain(domain)))
        read = [named for entry in sources if (named := _read(entry)) is not None]
        self._sources = {folded(alias): named for alias, named in read}
        # Apart from the names: `nl` may be somebody's newsletter, and is no part of shop.nl.
        self._hosts = {host: named for alias, named in read if (host := host_named(alias)) is not None}

    def named(self, text: str) -> Named | None:
        """The source that a stated name names; None where it states nothing."""
        name = stated_name(text)
        if not name:
            return None
        if self._sources:
            of_client = self._sources.get(folded(name)) or self._client_host(host_named(name))
            if of_client is not None:
                return of_client
        return named_by(name)

    def origin(self, text: str) -> Named | None:
        """The source that a shop tells as an origin; no payment provider and no domain of the client."""
        named = self.named(text)
        if named is None or named.source in passed_through_names():
            return None
        return self._outside(named.host) if named.host else named

    def site(self, address: str) -> Named | None:
        """The source that a referring address is; None where it is none."""
        if (host := host_of(address)) is not None:
            return self._outside(host)
        package = app_of(address)
        return None if package is None else app_named(package)

    def _outside(self, host: str) -> Named | None:
        place = place_of(host)
        if self._own and self._is_own(host, place):
            return None
        if self._hosts and (of_client := self._client_host(host)) is not None:
            return of_client
        return None if place.passed_through else place.named

    def _is_own(self, host: str, place: Place) -> bool:
        return place.domain in self._own or any(host == own or host.endswith(f".{own}") for own in self._own)

    def _client_host(self, host: str | None) -> Named | None:
        candidate = host
        while candidate:
            if (named := self._hosts.get(candidate)) is not None:
                return named._replace(host=host or "")
            candidate = candidate.partition(".")[2]
        return None


def _own_domain(text: str) -> str | None:
    """What to compare with: the registered domain, but the host itself on somebody else's platform."""
    host = host_of(text if "://" in text else f"https://{text.strip()}")
    if host is None:
        return None
    domain = domain_of(host)
    place = place_of(domain)
    return host if place.passed_through or place.named.source in categories() else domain


def _read(entry: ClientSource) -> tuple[str, Named] | None:
    name, source = stated_name(entry.alias), stated_name(entry.source)
    if not name or not source:
        return None
    ours = named_by(source)
    canonical = ours.source if ours.source in categories() else source
    return name, Named(canonical, entry.category or ours.category)
