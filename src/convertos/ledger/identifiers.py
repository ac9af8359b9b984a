"""One spelling for each e-mail address and phone number. Pure.

Source: issue "identity"; RFC 5321 (a mailbox's local part is taken as case-insensitive, as every shop does),
UTS 46 for domains, ITU E.164 for phones through the `phonenumbers` library.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import idna
import phonenumbers

from convertos.records import Person

_LONGEST_EMAIL = 254
_PLAIN_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
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
    address = unicodedata.normalize("NFKC", address)
    address = "".join(address.split()).removeprefix("mailto:").strip("<>").casefold()
    local, at, domain = address.rpartition("@")
    try:
        domain = idna.encode(domain.rstrip("."), uts46=True).decode() if at else ""
    except (idna.IDNAError, UnicodeError):
        return None
    local = unicodedata.normalize("NFC", local)
    if not local or "." not in domain or "@" in local or len(address) > _LONGEST_EMAIL:
        return None
    return f"{local}@{domain}"


@lru_cache(maxsize=65536)
def normal_phone(number: str | None, region: str | None = None) -> str | None:
    """The number in E.164, or `None` where it is none.

    Args:
        region: the country (ISO 3166) of a number that is written without its country code.
    """
    if not number:
        return None
    bare = _PHONE_NOISE.sub("", number) if "(0)" not in number else number
    if _E164.fullmatch(bare) and _has_country_code(bare):
        return bare
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
