"""The tables that ship with the product: sources, their names and hosts, click ids, places on the way to pay.

The files in `rules/` are the source of truth; docs/decisions/referrer-lists.md says where they come from.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from convertos.attribution.web_address import domain_of, host_named

_BETWEEN_WORDS = re.compile(r"(?<=[^\W_])[\s_+-]+(?=[^\W_])")
# Banks send a buyer through hosts of their own for the card check: `acs.bank.example`, `3ds2.bank.example`.
# Only left of the registered domain: acs.org is a learned society.
_CARD_CHECK_LABEL = re.compile(r"(?:3ds(?:ecure)?|acs|vbv)[0-9]{0,2}")


class Category(StrEnum):
    """What kind of place a source is; decides its channel where the medium does not."""

    SEARCH = "search"
    SOCIAL = "social"
    MESSAGING = "messaging"
    VIDEO = "video"
    SHOPPING = "shopping"
    MAIL = "mail"
    SMS = "sms"
    PUSH = "push"
    AI = "ai"
    AFFILIATE = "affiliate"
    DISPLAY = "display"
    AUDIO = "audio"
    SITE = "site"


class Named(NamedTuple):
    """A source that evidence names.

    Attributes:
        source: canonical name; for an unlisted site its domain, else the name as stated.
        category: `SITE` where the lists know no kind.
        ad_medium: the medium that a name of an advertising product implies (`facebook ads`), else empty.
        host: the host that was named, else empty.
    """

    source: str
    category: Category = Category.SITE
    ad_medium: str = ""
    host: str = ""


class ClickId(NamedTuple):
    """What a click id proves: `also` are sources of the same company that set it too."""

    source: str
    medium: str
    also: frozenset[str]
    rank: int


class Place(NamedTuple):
    """What a host is: `passed_through` on the way to pay or sign in, else a named source."""

    named: Named
    domain: str
    passed_through: bool


def folded(name: str) -> str:
    """A name as the alias table spells it: `facebook_ads`, `facebook-ads` and `facebook ads` are one."""
    return _BETWEEN_WORDS.sub(" ", name)


@cache
def display_names() -> Mapping[str, str]:
    """How people write a source: `facebook` → `Facebook`."""
    return {row["source"]: row["name"] for row in _rows("sources")}


@cache
def categories() -> Mapping[str, Category]:
    """The category of each canonical source."""
    return {row["source"]: Category(row["category"]) for row in _rows("sources")}


@cache
def click_ids() -> Mapping[str, ClickId]:
    """What each click id proves, by its lower-case parameter; those that prove more come first."""
    return {
        row["parameter"]: ClickId(row["source"], row["medium"], frozenset(row["also"].split()), rank)
        for rank, row in enumerate(_rows("click_ids"))
    }


@cache
def passed_through_names() -> frozenset[str]:
    """Names of payment providers, as a shop may tell them for an origin."""
    return frozenset(row["name"].lower() for row in _rows("pass_through"))


@lru_cache(maxsize=8192)
def named_by(name: str) -> Named:
    """The source that a stated name names: by the aliases, by its host, else the name itself."""
    listed = _aliases().get(folded(name))
    if listed is not None:
        return listed
    host = host_named(name)
    return Named(name) if host is None else place_of(host).named


@lru_cache(maxsize=8192)
def place_of(host: str) -> Place:
    """What a host is. The longest listed host wins; sub-domains count where the list says so."""
    domain = domain_of(host)
    listed = _listed(host, domain)
    if listed is not None:
        return Place(listed._replace(host=host), domain, passed_through=False)
    # A sub-domain of a listed company that is not listed itself (docs.google.com) keeps its own name.
    source = host if domain in _hosts() else domain
    return Place(Named(source, host=host), domain, passed_through=_is_passed_through(host, domain))


def app_named(package: str) -> Named:
    """The source that an app is: the one that lists it, else its package."""
    entry = _hosts().get(package)
    return Named(package, host=package) if entry is None else entry[0]


def _listed(host: str, domain: str) -> Named | None:
    for candidate, is_itself in _upwards(host, domain):
        passed = _passed_through_hosts().get(candidate)
        if passed is not None and (passed or is_itself):
            return None
        entry = _hosts().get(candidate)
        if entry is not None and (entry[1] or is_itself):
            return entry[0]
    return None


def _is_passed_through(host: str, domain: str) -> bool:
    for candidate, is_itself in _upwards(host, domain):
        covers_subdomains = _passed_through_hosts().get(candidate)
        if covers_subdomains is not None and (covers_subdomains or is_itself):
            return True
    labels = host.removesuffix(domain).split(".")
    return any(_CARD_CHECK_LABEL.fullmatch(label) for label in labels)


def _upwards(host: str, domain: str) -> Iterator[tuple[str, bool]]:
    """The host and its parents down to the registered domain, each with whether it is the host itself."""
    candidate = host
    while True:
        yield candidate, candidate == host
        if candidate == domain or "." not in candidate:
            return
        candidate = candidate.partition(".")[2]


@cache
def _aliases() -> Mapping[str, Named]:
    kinds = categories()
    names = {folded(source): Named(source, kind) for source, kind in kinds.items()}
    stated = {
        row["alias"]: Named(row["source"], kinds[row["source"]], row["medium"]) for row in _rows("aliases")
    }
    return names | stated


@cache
def _hosts() -> Mapping[str, tuple[Named, bool]]:
    kinds = categories()
    return {
        row["host"]: (Named(row["source"], kinds[row["source"]]), row["subdomains"] == "yes")
        for row in _rows("hosts")
    }


@cache
def _passed_through_hosts() -> Mapping[str, bool]:
    return {row["host"]: row["subdomains"] == "yes" for row in _rows("pass_through")}


def _rows(table: str) -> list[dict[str, str]]:
    file = files("convertos.attribution").joinpath("rules", f"{table}.csv")
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
