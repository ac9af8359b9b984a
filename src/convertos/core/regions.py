"""Which country a time zone lies in, for phone numbers and currencies that do not say."""

from functools import lru_cache

from babel.core import get_global
from babel.numbers import get_territory_currencies


@lru_cache(maxsize=1024)
def territory_of(timezone: str) -> str | None:
    """The country (ISO 3166) of an IANA time zone; `None` for zones without one, such as UTC."""
    territory = get_global("zone_territories").get(timezone)
    return territory if territory and len(territory) == 2 and territory != "ZZ" else None


def currency_of(timezone: str) -> str | None:
    """The currency that is paid with where a time zone lies."""
    territory = territory_of(timezone)
    currencies = get_territory_currencies(territory) if territory else []
    return str(currencies[0]) if currencies else None
