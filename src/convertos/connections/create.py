"""Makes a connection: its public id, its secret, and all that its site has to know."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from convertos.connections import store
from convertos.connections.connection_string import ConnectionString
from convertos.connections.directory import belongs_to
from convertos.connections.model import Connection, ConnectionStatus
from convertos.connections.sites import issue_key
from convertos.connections.switches import check_config, check_networks
from convertos.connections.update_key import public_update_key
from convertos.core.addresses import normal_domain
from convertos.core.clock import Clock, system_clock
from convertos.core.database import Transaction
from convertos.core.errors import InvalidError
from convertos.core.ids import MakeId, new_id
from convertos.core.installation import Installation
from convertos.platforms import Platform, all_platforms, platform_of
from convertos.tenancy.audit import record
from convertos.tenancy.clients import read_client
from convertos.tenancy.model import Caller

SECRET_BYTES = 32
_ID_BYTES = 12
_PUSHES = frozenset({"wordpress"})
"""Types whose sites call the entity API, and so have a key and a line to paste."""

_SENDERS_SECRET = re.compile(r"[\x21-\x7e]{16,200}")


class IssuedConnection(msgspec.Struct, frozen=True, kw_only=True):
    """A new connection with what is shown once.

    Attributes:
        api_key: for the entity API.
        connection_string: all of it in one paste.
    """

    connection: Connection
    secret: str
    api_key: str | None = None
    connection_string: str | None = None


async def add_connection(
    transaction: Transaction,
    caller: Caller,
    installation: Installation,
    *,
    client_id: UUID,
    type: str,  # noqa: A002 - the contract's word
    name: str,
    domain: str | None = None,
    config: Mapping[str, Any] | None = None,
    allowed_networks: Sequence[str] = (),
    secret: str | None = None,
    clock: Clock = system_clock,
    make_id: MakeId = new_id,
) -> IssuedConnection:
    """A new connection of a client of the caller's.

    Args:
        domain: of the shop or site; the client's own where it is not named.
        secret: the sender's, where the sender makes it (Shopify signs with its app's client secret).

    Raises:
        NotFoundError: there is no such client.
        InvalidError: the type, the domain, a network or a switch makes no sense.
    """
    client = await read_client(transaction, client_id)
    platform = _platform(type)
    public_id = f"{platform.id_prefix}_{secrets.token_hex(_ID_BYTES)}"
    host = _host(domain) or client.domain
    connection = Connection(
        client_id=client_id,
        connection_id=make_id(),
        organization_id=caller.organization_id,
        public_id=public_id,
        # Without a domain nothing else can speak of the same shop.
        store_id=await store.ensure_store(
            transaction,
            client_id=client_id,
            store_id=make_id(),
            platform=platform.store_platform,
            domain=host or public_id,
        ),
        type=type,
        name=name,
        domain=host,
        status=ConnectionStatus.ACTIVE.value,
        allowed_networks=check_networks(allowed_networks),
        config=check_config(config or {}),
        created_at=clock(),
        deleted_at=None,
    )
    await store.insert_connection(transaction, connection)
    issued = await _issue(transaction, installation, connection, _secret(secret))
    await record(
        transaction,
        caller,
        "connection.created",
        "connection",
        connection.connection_id,
        client_id=client_id,
        details={"type": type, "name": name, "domain": host},
    )
    return issued


def _platform(connection_type: str) -> Platform:
    platform = platform_of(connection_type)
    if platform is None:
        known = ", ".join(sorted(all_platforms()))
        raise InvalidError.field("type", f"This release connects {known}.")
    return platform


def _host(domain: str | None) -> str | None:
    if not domain:
        return None
    host = normal_domain(domain)
    if host is None or not host.isprintable() or " " in host:
        raise InvalidError.field("domain", "This is no domain, such as shop.example.")
    return host


def _secret(given: str | None) -> str:
    if given is None:
        return secrets.token_hex(SECRET_BYTES)
    if not _SENDERS_SECRET.fullmatch(given):
        raise InvalidError.field("secret", "A secret has 16 to 200 visible ASCII characters.")
    return given


async def _issue(
    transaction: Transaction, installation: Installation, connection: Connection, secret: str
) -> IssuedConnection:
    owner = belongs_to(connection.client_id, connection.connection_id, "secret")
    await store.insert_secret(
        transaction,
        client_id=connection.client_id,
        connection_id=connection.connection_id,
        secret_id=new_id(),
        ciphertext=installation.vault.encrypt(secret.encode(), owner),
    )
    if connection.type not in _PUSHES:
        return IssuedConnection(connection=connection, secret=secret)
    api_key = await issue_key(
        transaction, installation.token_hasher, connection.client_id, connection.connection_id
    )
    return IssuedConnection(
        connection=connection,
        secret=secret,
        api_key=api_key,
        connection_string=connection_string(installation, connection.public_id, secret, api_key),
    )


def connection_string(installation: Installation, public_id: str, secret: str, api_key: str) -> str:
    """The line that a site needs."""
    return ConnectionString(
        url=installation.settings.base_url,
        connection_id=public_id,
        secret=secret,
        api_key=api_key,
        update_key=public_update_key(installation.master_key),
    ).encode()
