"""The clients and connections that the demo's deliveries come by: found, made, erased.

What tells them from everybody else's is written on their connections (`config.demo`), together with what the
history was made with, so that it can be continued another day.
"""

import calendar
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import NamedTuple
from uuid import UUID

import msgspec

from convertos.connections.directory import belongs_to
from convertos.connections.model import Connection
from convertos.connections.store import ensure_store, insert_connection, insert_secret, list_connections
from convertos.core.clock import Clock, system_clock
from convertos.core.crypto import Vault
from convertos.core.database import Database, TenantScope, Transaction
from convertos.core.errors import ConflictError
from convertos.core.ids import new_id
from convertos.demo.brand import BRANDS, Brand, brand
from convertos.demo.scene import EDITION
from convertos.demo.voices import Voice, voices_of
from convertos.platforms import all_platforms
from convertos.tenancy.clients import add_client, erase, read_client
from convertos.tenancy.console import (
    caller_in,
    console_caller,
    make_organization,
    organizations,
)
from convertos.tenancy.model import Caller, Client

MONTHS = 18
ORGANIZATION = "ConvertOS demo"
_MARK = "demo"
_MOST_CONNECTIONS = 1000


class Terms(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a history was made with; the same terms tell the same history."""

    edition: int
    seed: int
    scale: float
    starts_on: date


class Placed(NamedTuple):
    """A brand with its client, and its connections by their type."""

    brand: Brand
    client_id: UUID
    connections: dict[str, str]


class _Mark(msgspec.Struct, frozen=True, rename="camel"):
    """What stands on a connection of the demo."""

    brand: str
    terms: Terms


class Found(NamedTuple):
    """The demo in an organization."""

    terms: Terms
    placed: tuple[Placed, ...]


def terms_of(seed: int, scale: float, today: date) -> Terms:
    """The terms of a new history that ends today."""
    return Terms(edition=EDITION, seed=seed, scale=scale, starts_on=months_before(today, MONTHS))


def months_before(day: date, months: int) -> date:
    """The same day some months ago, or the last one of that month."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


async def choose_organization(database: Database, name: str | None) -> Caller:
    """Where the demo goes: into the organization of that name, else where it is, else into the only one.

    Where there is none yet, or several, into one of its own.

    Raises:
        ConflictError: there are several organizations of that name.
    """
    known = await organizations(database)
    if name is None:
        for organization in known:
            if await find_demo(database, organization.caller) is not None:
                return organization.caller
        if len(known) == 1:
            return known[0].caller
    wanted = name or ORGANIZATION
    if any(wanted in {organization.name, str(organization.caller.organization_id)} for organization in known):
        return await caller_in(database, wanted)
    return await make_organization(database, wanted)


async def find_demo(database: Database, caller: Caller) -> Found | None:
    """The demo in an organization, or what is there of it."""
    async with database.transaction(caller.scope) as transaction:
        connections = await list_connections(transaction, None, _MOST_CONNECTIONS)
    marked = [
        (connection, msgspec.convert(connection.config[_MARK], _Mark))
        for connection in connections
        if _MARK in connection.config
    ]
    if not marked:
        return None
    placed: dict[str, Placed] = {}
    for connection, mark in marked:
        start = Placed(brand(mark.brand), connection.client_id, {})
        placed.setdefault(mark.brand, start).connections[connection.type] = connection.public_id
    return Found(marked[0][1].terms, tuple(placed[key] for key in BRANDS if key in placed))


def check_terms(found: Terms, seed: int | None, scale: float | None) -> None:
    """Refuse to continue a history as another one.

    Raises:
        ConflictError: says what differs, and what to do.
    """
    asked = {"seed": seed, "scale": scale, "edition": EDITION}
    for name, value in asked.items():
        if value is not None and value != getattr(found, name):
            what = "by another release" if name == "edition" else f"with --{name} {getattr(found, name):g}"
            raise ConflictError(
                f"The demo that is there was made {what}. Remove it first: convertos demo --remove"
            )


async def place_brands(
    database: Database,
    vault: Vault,
    caller: Caller,
    *,
    found: Found | None,
    terms: Terms,
    clock: Clock = system_clock,
) -> list[Placed]:
    """Make the clients and connections that are missing; returns all of them."""
    placed = list(found.placed) if found else []
    for key in BRANDS:
        if all(each.brand.key != key for each in placed):
            placed.append(await _place(database, vault, caller, brand(key), _Mark(key, terms), clock=clock))
    return sorted(placed, key=lambda each: BRANDS.index(each.brand.key))


async def _place(
    database: Database, vault: Vault, caller: Caller, made_up: Brand, mark: _Mark, *, clock: Clock
) -> Placed:
    client_id = new_id()
    scope = TenantScope(caller.organization_id, tuple(sorted((*caller.scope.client_ids, client_id))))
    async with database.transaction(scope) as transaction:
        client = await add_client(
            transaction,
            console_caller(scope),
            name=made_up.name,
            timezone=made_up.timezone,
            domain=made_up.domain,
            currency=made_up.currency,
            clock=clock,
            make_id=lambda: client_id,
        )
        connections = {
            voice.type: await _connect(transaction, vault, client, voice, mark, clock=clock)
            for voice in voices_of(made_up)
        }
    return Placed(made_up, client_id, connections)


async def _connect(
    transaction: Transaction, vault: Vault, client: Client, voice: Voice, mark: _Mark, *, clock: Clock
) -> str:
    platform = all_platforms()[voice.type]
    store_id = await ensure_store(
        transaction,
        client_id=client.client_id,
        store_id=new_id(),
        platform=platform.store_platform,
        domain=client.domain or "",
    )
    connection = Connection(
        client_id=client.client_id,
        connection_id=new_id(),
        organization_id=client.organization_id,
        public_id=f"{platform.id_prefix}_{secrets.token_hex(12)}",
        store_id=store_id,
        type=voice.type,
        name=voice.connection_name,
        domain=client.domain,
        status="active",
        allowed_networks=[],
        config={_MARK: msgspec.to_builtins(mark)},
        created_at=clock(),
        deleted_at=None,
    )
    await insert_connection(transaction, connection)
    owner = belongs_to(client.client_id, connection.connection_id, "secret")
    await insert_secret(
        transaction,
        client_id=client.client_id,
        connection_id=connection.connection_id,
        secret_id=new_id(),
        ciphertext=vault.encrypt(secrets.token_hex(32).encode(), owner),
    )
    return connection.public_id


@asynccontextmanager
async def alone(database: Database) -> AsyncIterator[None]:
    """Let nobody else place or remove a demo meanwhile: whoever comes waits."""
    async with database.transaction() as transaction:
        await transaction.execute("SELECT pg_advisory_xact_lock(hashtext('convertos demo'))")
        yield


async def remove_demo(database: Database, caller: Caller) -> list[Client]:
    """Erase the demo's clients, as anybody would erase a client; returns them."""
    found = await find_demo(database, caller)
    erased = []
    async with database.transaction(caller.scope) as transaction:
        for placed in found.placed if found else ():
            client = await read_client(transaction, placed.client_id)
            erased.append(await erase(transaction, caller, client.client_id, client.slug))
    return erased
