"""Clients of an organization: made, listed, changed, erased."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from babel.numbers import list_currencies

from convertos.core.addresses import normal_domain
from convertos.core.clock import Clock, system_clock
from convertos.core.database import Transaction
from convertos.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from convertos.core.ids import MakeId, new_id
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.core.regions import currency_of
from convertos.jobs import emit
from convertos.jobs.queue import later
from convertos.records import ClientCalendarChanged
from convertos.tenancy.audit import record
from convertos.tenancy.model import Caller, Client
from convertos.tenancy.store import clients as store
from convertos.tenancy.tasks import erase_client

_FALLBACK_CURRENCY = "USD"
_LONGEST_SLUG = 60
_MOST_TRIES = 50
_CALENDAR = frozenset({"timezone", "excludes_tax", "excludes_shipping"})
"""What moves revenue between days, or changes what revenue is."""


async def add_client(
    transaction: Transaction,
    caller: Caller,
    *,
    name: str,
    timezone: str,
    domain: str | None = None,
    currency: str | None = None,
    clock: Clock = system_clock,
    make_id: MakeId = new_id,
) -> Client:
    """A new client of the caller's organization.

    Args:
        currency: the one it reports in; without it, the one that is paid with in its time zone.

    Raises:
        InvalidError: there is no such time zone or currency, or the domain is none.
        ForbiddenError: the caller is restricted to some clients, and would not see the new one.
    """
    if caller.is_restricted:
        raise ForbiddenError("You see only some clients, so you can't create one.")
    check_timezone(timezone)
    domain = check_domain(domain)
    client = Client(
        organization_id=caller.organization_id,
        client_id=make_id(),
        name=name,
        slug="",
        domain=domain,
        timezone=timezone,
        currency=_currency(currency, timezone),
        status="active",
        lookback_days=30,
        excludes_tax=False,
        excludes_shipping=False,
        high_value_threshold=Decimal(500),
        source_aliases=[],
        own_domains=[],
        created_at=clock(),
    )
    client = await _insert_under_free_slug(transaction, client)
    details = {"name": name, "timezone": timezone, "currency": client.currency}
    await record(
        transaction,
        caller,
        "client.created",
        "client",
        client.client_id,
        client_id=client.client_id,
        details=details,
    )
    return client


async def _insert_under_free_slug(transaction: Transaction, client: Client) -> Client:
    wanted = slug_of(client.name)
    for number in range(1, _MOST_TRIES + 1):
        candidate = msgspec.structs.replace(client, slug=wanted if number == 1 else f"{wanted}-{number}")
        if await store.insert_client(transaction, candidate):
            return candidate
    raise ConflictError(f"There are {_MOST_TRIES} clients with this name already; choose another.")


def slug_of(name: str) -> str:
    """A client's name as part of an address: `Café Noir 2` → `cafe-noir-2`."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    slug = re.sub(r"[^a-z0-9]+", "-", decomposed.encode("ascii", "ignore").decode()).strip("-")
    return slug[:_LONGEST_SLUG].rstrip("-") or "client"


def check_timezone(timezone: str) -> None:
    """Refuse what is no IANA time zone.

    Raises:
        InvalidError: names one that is.
    """
    try:
        if "/" in timezone or timezone == "UTC":
            ZoneInfo(timezone)
            return
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise InvalidError.field("timezone", "This is no IANA time zone, such as Europe/Athens.")


def check_domain(domain: str | None) -> str | None:
    """A shop's host in its one spelling, from a domain or an address; `None` for none.

    Raises:
        InvalidError: there is no host in it.
    """
    if not domain:
        return None
    host = normal_domain(domain)
    if host is None or not host.isprintable() or " " in host:
        raise InvalidError.field("domain", "This is no domain, such as shop.example.")
    return host


def _currency(currency: str | None, timezone: str) -> str:
    if currency is None:
        return currency_of(timezone) or _FALLBACK_CURRENCY
    if currency.upper() not in list_currencies():
        raise InvalidError.field("currency", "This is no ISO 4217 currency, such as EUR.")
    return currency.upper()


async def list_clients(transaction: Transaction, *, limit: int, cursor: str | None = None) -> Page[Client]:
    """The scope's clients, oldest first."""
    position = decode_cursor(cursor, UUID)
    clients = await store.list_clients(transaction, position[0] if position else None, limit + 1)
    return page_of(clients, limit, lambda client: (client.client_id,))


async def read_client(transaction: Transaction, client_id: UUID) -> Client:
    """One client of the scope.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    return _found(await store.find_client(transaction, client_id))


def _found(client: Client | None) -> Client:
    if client is None:
        raise NotFoundError("There is no such client.")
    return client


async def change_client(
    transaction: Transaction, caller: Caller, client_id: UUID, changes: Mapping[str, Any]
) -> Client:
    """Set some of a client's fields; a change of what a day or revenue is has all sums made anew.

    Args:
        changes: by the names of `Client`: `name`, `domain`, `timezone`, `lookback_days`, `excludes_tax`,
            `excludes_shipping`, `high_value_threshold`, `source_aliases`, `own_domains`.

    Raises:
        NotFoundError: it is not yours, or not there.
        InvalidError: there is no such time zone.
    """
    client = _found(await store.lock_client(transaction, client_id))
    changes = _checked(changes)
    changed = {name: value for name, value in changes.items() if getattr(client, name) != value}
    if not changed:
        return client
    await store.update_client(transaction, client_id, changed)
    if _CALENDAR & changed.keys():
        await emit(transaction, ClientCalendarChanged(client_id))
    await record(
        transaction,
        caller,
        "client.changed",
        "client",
        client_id,
        client_id=client_id,
        details={"changed": sorted(changed)},
    )
    return msgspec.structs.replace(client, **changed)


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(changes)
    if "timezone" in checked:
        check_timezone(checked["timezone"])
    if "domain" in checked:
        checked["domain"] = check_domain(checked["domain"])
    if "own_domains" in checked:
        hosts = map(check_domain, checked["own_domains"])
        checked["own_domains"] = sorted({host for host in hosts if host})
    return checked


async def erase(transaction: Transaction, caller: Caller, client_id: UUID, confirmation: str) -> Client:
    """Take a client out of everybody's reach now, and have all its data erased soon.

    Args:
        confirmation: the client's slug, as the person typed it.

    Raises:
        NotFoundError: it is not yours, or not there.
        InvalidError: the confirmation is not its slug.
    """
    client = _found(await store.lock_client(transaction, client_id))
    if confirmation != client.slug:
        raise InvalidError.field(
            "confirm", f"To erase this client and all its data, send its slug: {client.slug}"
        )
    await store.mark_erasing(transaction, client_id)
    await record(
        transaction,
        caller,
        "client.erased",
        "client",
        client_id,
        client_id=client_id,
        details={"name": client.name},
    )
    await later(transaction, erase_client, {"client_id": str(client_id)}, only_one=f"erase {client_id}")
    return msgspec.structs.replace(client, status="erasing")
