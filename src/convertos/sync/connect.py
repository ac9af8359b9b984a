"""Connects a store: its keys are tried, then kept; webhooks and the first import follow by themselves.

A store is proven to belong to whoever connects it, because its keys work; nothing is kept before.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from convertos.connections.change import present_secret, rotate_secret
from convertos.connections.create import add_connection
from convertos.connections.model import Connection
from convertos.connections.store import connection_at
from convertos.core.addresses import normal_domain
from convertos.core.database import Transaction
from convertos.core.errors import FieldError, InvalidError
from convertos.core.installation import Installation
from convertos.jobs.queue import later
from convertos.platforms.remote import Credentials, StorePlatform, Verdict
from convertos.sync.model import AccessEntry, SyncKind, SyncReason
from convertos.sync.request import request_sync
from convertos.sync.schedule import first_reconciliation
from convertos.sync.store.access import write_entries
from convertos.sync.store.keys import StoredKeys, write_access
from convertos.sync.store.schedules import ensure_schedule
from convertos.sync.store.syncs import has_walked
from convertos.sync.stores import Stores, sealed_keys
from convertos.sync.tasks.webhooks import keep_webhooks
from convertos.tenancy.audit import record
from convertos.tenancy.clients import read_client
from convertos.tenancy.model import Caller

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_ADMIN = re.compile(r"/(wp-admin|wp-login\.php|wp-json|my-account)(/.*)?$", re.IGNORECASE)
_KEY_FIELDS = {"wrong_key": "consumerKey", "wrong_secret": "consumerSecret", "read_only": "consumerKey"}


class Proven(NamedTuple):
    """A store that let us in, and how."""

    platform: StorePlatform
    address: str
    credentials: Credentials
    verdict: Verdict
    calls: Sequence[AccessEntry]


class Connected(NamedTuple):
    """A connection whose webhooks and first sync are on their way."""

    connection: Connection
    sync_id: UUID


def store_address(given: str) -> str:
    """The address of a shop as it was typed or pasted, without what is not the shop's.

    Raises:
        InvalidError: it is no web address.
    """
    text = given.strip()
    parts = urlsplit(text if _SCHEME.match(text) else f"https://{text}")
    host = normal_domain(parts.netloc)
    if parts.scheme not in {"http", "https"} or not host or " " in parts.netloc or parts.username:
        raise InvalidError.field("storeUrl", "This is no address of a shop, such as https://shop.example.")
    return f"{parts.scheme}://{parts.netloc}{_ADMIN.sub('', parts.path).rstrip('/')}"


async def prove(stores: Stores, platform: StorePlatform, address: str, credentials: Credentials) -> Proven:
    """Try the keys on the store; follow it once where it only spells its own address differently.

    Raises:
        InvalidError: it does not let us in; `code` and words are the verdict's.
    """
    proven = await _try(stores, platform, address, credentials)
    moved_to = proven.verdict.details.get("address") if proven.verdict.code == "redirect" else None
    if moved_to and normal_domain(moved_to) == normal_domain(address):
        proven = await _try(stores, platform, moved_to, credentials)
    if not proven.verdict.is_good:
        raise refusal(proven.verdict)
    return proven


async def _try(stores: Stores, platform: StorePlatform, address: str, credentials: Credentials) -> Proven:
    async with stores.visit(platform, address, credentials) as (remote, calls, keys):
        verdict = await remote.test()
        return Proven(platform, address, await keys.current(), verdict, calls.take_entries())


def refusal(verdict: Verdict) -> InvalidError:
    """A verdict as the answer to whoever wanted to connect."""
    message = f"{verdict.message} {verdict.advice}".strip()
    field = _KEY_FIELDS.get(verdict.code)
    fields = (FieldError(field, message),) if field else ()
    return InvalidError(message, *fields, code=verdict.code)


async def keep_store(
    transaction: Transaction,
    caller: Caller,
    installation: Installation,
    stores: Stores,
    proven: Proven,
    *,
    client_id: UUID,
    name: str | None = None,
) -> Connected:
    """Keep a proven store as a connection of a client; the one of the same shop, where there is one.

    Raises:
        NotFoundError: there is no such client.
    """
    connection = await _connection(transaction, caller, installation, proven, client_id=client_id, name=name)
    ids = (client_id, connection.connection_id)
    await write_access(
        transaction,
        *ids,
        StoredKeys(
            address=proven.address,
            ciphertext=sealed_keys(stores.vault, *ids, proven.credentials),
            remembered=dict(proven.verdict.remember),
            details=dict(proven.verdict.details),
            cautions=[caution._asdict() for caution in proven.verdict.cautions],
            refused=None,
        ),
    )
    await write_entries(transaction, *ids, proven.calls)
    client = await read_client(transaction, client_id)
    await ensure_schedule(transaction, *ids, first_reconciliation(stores.clock(), client.timezone))
    await record(
        transaction,
        caller,
        "store.connected",
        "connection",
        connection.connection_id,
        client_id=client_id,
        details={"address": proven.address, "platform": proven.platform.name},
    )
    await later(transaction, keep_webhooks, _arguments(*ids), only_one=f"webhooks {connection.connection_id}")
    walked = await has_walked(transaction, *ids)
    kind = (
        SyncKind.FULL if walked < {each.value for each in proven.platform.entities} else SyncKind.INCREMENTAL
    )
    sync_id = await request_sync(transaction, connection, kind=kind, reason=SyncReason.CONNECT)
    return Connected(connection, sync_id)


async def _connection(
    transaction: Transaction,
    caller: Caller,
    installation: Installation,
    proven: Proven,
    *,
    client_id: UUID,
    name: str | None,
) -> Connection:
    caller.demand_client(client_id)
    domain = normal_domain(proven.address) or ""
    found = await connection_at(transaction, client_id, proven.platform.name, domain)
    secret_name = proven.platform.secret_credential
    if found is not None:
        if secret_name:
            await _follow_secret(transaction, caller, installation, found, proven.credentials[secret_name])
        return found
    issued = await add_connection(
        transaction,
        caller,
        installation,
        client_id=client_id,
        type=proven.platform.name,
        name=(name or proven.verdict.details.get("name") or domain)[:200],
        domain=domain,
        secret=proven.credentials.get(secret_name) if secret_name else None,
    )
    return issued.connection


async def _follow_secret(
    transaction: Transaction, caller: Caller, installation: Installation, connection: Connection, secret: str
) -> None:
    """The store signs with a secret of its own: where that is another one now, it verifies from now on."""
    present = await present_secret(transaction, installation.vault, connection)
    if present != secret.encode():
        await rotate_secret(transaction, caller, installation.vault, connection.public_id, secret=secret)


def _arguments(client_id: UUID, connection_id: UUID) -> Mapping[str, str]:
    return {"client_id": str(client_id), "connection_id": str(connection_id)}
