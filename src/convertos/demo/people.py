"""Makes people up."""

import unicodedata
from functools import cache

from convertos.demo.brand import Country, brand, populations
from convertos.demo.chance import Chance, Weighted
from convertos.demo.happenings import Person

_DOMAINS = Weighted({"example.com": 6.0, "example.org": 2.0, "example.net": 2.0})
"""Reserved for examples (RFC 2606): nobody gets mail there."""

_GIVES_PHONE = 0.45
_LETTERS = {"ß": "ss", "ø": "o", "æ": "ae", "ł": "l"}


@cache
def _countries(brand_key: str) -> Weighted[Country]:
    return Weighted([(country, country.share) for country in brand(brand_key).countries])


def make_person(chance: Chance, key: str, number: int) -> Person:
    """Somebody who lives where the brand sells.

    Args:
        key: the brand's.
        number: tells them from everybody else of the brand; it is in their address.
    """
    country = chance.pick(_countries(key))
    people = populations()[country.code]
    first, last = chance.one_of(people.first_names), chance.one_of(people.last_names)
    postcode, city, state = chance.one_of(people.cities)
    return Person(
        number=number,
        first_name=first,
        last_name=last,
        email=f"{_mailbox(first, last)}{number}@{chance.pick(_DOMAINS)}",
        phone=_phone(chance, people.phones) if chance.happens(_GIVES_PHONE) else None,
        country=country.code,
        state=state,
        city=city,
        postcode=postcode,
        street=f"{chance.one_of(people.streets)} {chance.whole(1, 180)}",
    )


def _phone(chance: Chance, patterns: tuple[str, ...]) -> str:
    pattern = chance.one_of(patterns)
    return pattern.replace("#", "") + chance.digits(pattern.count("#"))


def _mailbox(first: str, last: str) -> str:
    names = [folded for name in (first, last) if (folded := _folded(name))]
    return ".".join(names) or "customer"


def _folded(name: str) -> str:
    spelled = "".join(_LETTERS.get(letter, letter) for letter in name.lower())
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain if letter.isalnum())


def misspelled(chance: Chance, email: str) -> str:
    """The same address as somebody in a hurry types it; it is still theirs."""
    mailbox, _, domain = email.partition("@")
    shouting = f"{mailbox.title()}@{domain.capitalize()}"
    return chance.one_of((shouting, f"{email} ", email.upper()))
