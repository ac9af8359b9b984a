"""One spelling for each phone number, and what tells one person from another. Pure.

Source: issue "identity"; ITU E.164 for phones through the `phonenumbers` library.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import phonenumbers

from convertos.core.addresses import normal_email
from convertos.records import Person

_E164 = re.compile(r"\+[1-9]\d{7,14}")
_PHONE_NOISE = re.compile(r"[\s().\-/]+")


class Identifier(NamedTuple):
    """One value that tells a person of one client from another.

    Attributes:
        kind: `email`, `customer` (value: store id, colon, account number) or `phone`.
    """

    client_id: UUID
    kind: str
    value: str


@lru_cache(maxsize=65536)
def normal_phone(number: str | None, *regions: str | None) -> str | None:
    """The number in E.164, or `None` where it is none.

    Args:
        regions: where a number that is written without its country code may be from (ISO 3166): the
            first that is a country counts.
    """
    if not number:
        return None
    bare = _PHONE_NOISE.sub("", number) if "(0)" not in number else number
    if _E164.fullmatch(bare) and _has_country_code(bare):
        return bare
    countries = (region.upper() for region in regions if region)
    region = next((country for country in countries if country in phonenumbers.SUPPORTED_REGIONS), None)
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _has_country_code(number: str) -> bool:
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return any(int(number[1:end]) in codes for end in (2, 3, 4))


def joining_identifiers(
    client_id: UUID, store_id: UUID, person: Person, emails: tuple[str, ...] = ()
) -> list[Identifier]:
    """What joins all that carries it into one contact: the account in the shop, and addresses."""
    found = []
    if person.customer_external_id:
        found.append(Identifier(client_id, "customer", f"{store_id}:{person.customer_external_id}"))
    for address in (person.email, *emails):
        email = normal_email(address)
        if email and (identifier := Identifier(client_id, "email", email)) not in found:
            found.append(identifier)
    return found
