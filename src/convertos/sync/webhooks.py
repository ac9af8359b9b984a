"""The webhooks that stores send us: set up, kept healthy, deleted when we part.

A webhook is ours by its address, which holds the connection's random id. What is missing is made, what is off
is put on, what is there twice is deleted; so to set up and to check are the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from convertos.connections.change import present_secret
from convertos.connections.model import Connection
from convertos.connections.store import newest_secret_id
from convertos.core.database import TenantScope
from convertos.platforms import platform_of
from convertos.platforms.remote import RemoteError, RemoteRefusedError, RemoteWebhook
from convertos.sync.model import KnownWebhook, WebhookHealth
from convertos.sync.store.webhooks import forget_webhooks, replace_webhooks, webhooks_of
from convertos.sync.stores import OpenStore, Stores

_REMEMBERED_FOR = timedelta(hours=24)
"""For how long a webhook that was found off counts as degraded."""


class Upkeep(NamedTuple):
    """What was found, and whether something may have been missed meanwhile."""

    webhooks: Sequence[KnownWebhook]
    has_gap: bool


class _Wanted(NamedTuple):
    delivery_url: str
    secret: str
    secret_id: UUID
    now: datetime


async def keep_up(
    stores: Stores, scope: TenantScope, client_id: UUID, connection_id: UUID, base_url: str
) -> Upkeep:
    """Set up a connection's webhooks, or mend them; what can't be mended is kept with its reason.

    Raises:
        RemoteError: the store can't be asked at all.
    """
    async with stores.open(scope, client_id, connection_id) as opened:
        wanted, known = await _wanted(stores, scope, opened.connection, base_url)
        ours = _ours(await opened.remote.webhooks(), wanted.delivery_url)
        found = [
            await _keep_up_one(opened, topic, ours.get(topic, ()), known.get(topic), wanted)
            for topic in opened.platform.topics
        ]
    async with stores.work(scope) as transaction:
        await replace_webhooks(transaction, client_id, connection_id, found)
    now = stores.clock()
    return Upkeep(found, any(each.topic in known and _is_recent(each, now) for each in found))


def _is_recent(webhook: KnownWebhook, now: datetime) -> bool:
    return webhook.healed_at is not None and now - webhook.healed_at < timedelta(minutes=5)


async def _wanted(
    stores: Stores, scope: TenantScope, connection: Connection, base_url: str
) -> tuple[_Wanted, Mapping[str, KnownWebhook]]:
    async with stores.work(scope) as transaction:
        secret = (await present_secret(transaction, stores.vault, connection)).decode()
        secret_id = await newest_secret_id(transaction, connection)
        known = await webhooks_of(transaction, connection.client_id, connection.connection_id)
    wanted = _Wanted(delivery_url_of(connection, base_url), secret, secret_id, stores.clock())
    return wanted, {each.topic: each for each in known}


def delivery_url_of(connection: Connection, base_url: str) -> str:
    """Where a connection's deliveries are sent."""
    platform = platform_of(connection.type)
    return f"{base_url}{platform.address(connection.public_id)[0]}" if platform else base_url


def _ours(webhooks: Iterable[RemoteWebhook], delivery_url: str) -> Mapping[str, list[RemoteWebhook]]:
    """Ours by topic: those that end as our address does, also after this server moved to another host."""
    path = delivery_url.rsplit("/", 1)[-1]
    ours: dict[str, list[RemoteWebhook]] = {}
    for webhook in webhooks:
        if webhook.delivery_url.rstrip("/").rsplit("/", 1)[-1] == path:
            ours.setdefault(webhook.topic, []).append(webhook)
    return ours


async def _keep_up_one(
    opened: OpenStore,
    topic: str,
    there: Sequence[RemoteWebhook],
    known: KnownWebhook | None,
    wanted: _Wanted,
) -> KnownWebhook:
    now = wanted.now
    try:
        for surplus in there[1:]:
            await opened.remote.delete_webhook(surplus.remote_id)
        if not there:
            made = await opened.remote.make_webhook(topic, wanted.delivery_url, wanted.secret)
            return _seen(opened, made, wanted, healed_at=now if known else None)
        webhook = there[0]
        if _is_well(webhook, known, wanted):
            return _seen(opened, webhook, wanted, healed_at=known.healed_at if known else None)
        healed = await opened.remote.heal_webhook(webhook, wanted.delivery_url, wanted.secret)
        was_off = not webhook.is_active
        before = known.healed_at if known else None
        return _seen(opened, healed, wanted, healed_at=now if was_off else before)
    except RemoteRefusedError:
        raise
    except RemoteError as error:
        return _broken(opened, topic, there, wanted, error)


def _is_well(webhook: RemoteWebhook, known: KnownWebhook | None, wanted: _Wanted) -> bool:
    signs_right = known is not None and known.secret_id == wanted.secret_id
    return webhook.is_active and webhook.delivery_url == wanted.delivery_url and signs_right


def _seen(
    opened: OpenStore, webhook: RemoteWebhook, wanted: _Wanted, *, healed_at: datetime | None
) -> KnownWebhook:
    was_off_lately = healed_at is not None and wanted.now - healed_at < _REMEMBERED_FOR
    health = WebhookHealth.DEGRADED if was_off_lately else WebhookHealth.ACTIVE
    if not webhook.is_active:
        health = WebhookHealth.BROKEN
    return KnownWebhook(
        client_id=opened.connection.client_id,
        connection_id=opened.connection.connection_id,
        topic=webhook.topic,
        remote_id=webhook.remote_id,
        delivery_url=webhook.delivery_url,
        remote_status=webhook.status,
        health=health.value,
        secret_id=wanted.secret_id,
        healed_at=healed_at,
        error=None,
        checked_at=wanted.now,
    )


def _broken(
    opened: OpenStore,
    topic: str,
    there: Sequence[RemoteWebhook],
    wanted: _Wanted,
    error: RemoteError,
) -> KnownWebhook:
    return KnownWebhook(
        client_id=opened.connection.client_id,
        connection_id=opened.connection.connection_id,
        topic=topic,
        remote_id=there[0].remote_id if there else "",
        delivery_url=there[0].delivery_url if there else wanted.delivery_url,
        remote_status=there[0].status if there else "missing",
        health=WebhookHealth.BROKEN.value,
        secret_id=None,
        healed_at=None,
        error=f"{error.message} {error.advice}".strip()[:500],
        checked_at=wanted.now,
    )


async def take_down(
    stores: Stores, scope: TenantScope, client_id: UUID, connection_id: UUID, base_url: str
) -> int:
    """Delete a connection's webhooks from its store; returns how many there were.

    Raises:
        RemoteError: the store can't be asked.
    """
    async with stores.open(scope, client_id, connection_id) as opened:
        delivery_url = delivery_url_of(opened.connection, base_url)
        ours = _ours(await opened.remote.webhooks(), delivery_url)
        doomed = [webhook for webhooks in ours.values() for webhook in webhooks]
        for webhook in doomed:
            await opened.remote.delete_webhook(webhook.remote_id)
    async with stores.work(scope) as transaction:
        await forget_webhooks(transaction, client_id, connection_id)
    return len(doomed)


def overall(webhooks: Sequence[KnownWebhook]) -> WebhookHealth:
    """The health of all together: the worst."""
    found = {webhook.health for webhook in webhooks}
    if not found or WebhookHealth.BROKEN.value in found:
        return WebhookHealth.BROKEN
    return WebhookHealth.DEGRADED if WebhookHealth.DEGRADED.value in found else WebhookHealth.ACTIVE
