"""Stores as people see them: connected or not, how far, how complete."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from convertos.core.addresses import normal_domain
from convertos.core.database import Transaction
from convertos.core.errors import NotFoundError
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.platforms import all_store_platforms
from convertos.sync.model import AccessEntry, EntityProgress, Integration, KnownWebhook, Sync
from convertos.sync.store import integrations as store
from convertos.sync.store.access import entries_of
from convertos.sync.store.webhooks import webhooks_of


async def list_integrations(
    transaction: Transaction, *, limit: int, cursor: str | None = None
) -> Page[Integration]:
    """The scope's connections to stores, oldest first."""
    position = decode_cursor(cursor, UUID)
    found = await store.list_integrations(
        transaction, list(all_store_platforms()), position[0] if position else None, limit + 1
    )
    return page_of(found, limit, lambda each: (each.connection_id,))


async def read_integration(transaction: Transaction, connection: str) -> Integration:
    """One connection to a store.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    found = await store.find_integration(transaction, list(all_store_platforms()), connection)
    if found is None:
        raise NotFoundError("There is no such integration.")
    return found


async def integration_at(transaction: Transaction, platform: str, domain: str) -> Integration:
    """The connection to the shop at a domain.

    Raises:
        NotFoundError: none of yours is.
    """
    host = normal_domain(domain)
    found = await store.integrations_at(transaction, platform, host) if host else []
    if not found:
        raise NotFoundError("No store of this platform is connected at this domain.")
    return await read_integration(transaction, str(found[0][1]))


def status_of(integration: Integration) -> str:
    """In one word: `reconnect_needed`, `not_connected`, `syncing`, `paused` or `active`."""
    if integration.refused:
        return "reconnect_needed"
    if integration.address is None:
        return "not_connected"
    return "syncing" if integration.running_id else integration.connection_status


def completeness_of(integration: Integration) -> float | None:
    """Percent of the store's orders that are here as they are there, as of the last reconciliation."""
    if integration.store_count is None or integration.matching_count is None:
        return None
    return percent_of(integration.matching_count, integration.store_count)


def percent_of(matching: int, total: int) -> float:
    """A share in percent; never rounded up to 100."""
    return 100.0 if matching >= total else min(99.99, round(100 * matching / total, 2))


class Webhook(NamedTuple):
    """A webhook with its newest delivery."""

    known: KnownWebhook
    last_delivery_at: datetime | None


async def read_webhooks(transaction: Transaction, client_id: UUID, connection_id: UUID) -> list[Webhook]:
    """A connection's webhooks, by topic."""
    newest = await store.last_delivery(transaction, client_id, connection_id)
    known = await webhooks_of(transaction, client_id, connection_id)
    return [Webhook(each, newest.get(each.topic)) for each in known]


async def read_access_log(
    transaction: Transaction, client_id: UUID, connection_id: UUID, *, limit: int, cursor: str | None
) -> Page[AccessEntry]:
    """A connection's calls, newest first."""
    position = decode_cursor(cursor, UUID)
    found = await entries_of(
        transaction, client_id, connection_id, position[0] if position else None, limit + 1
    )
    return page_of(found, limit, lambda each: (each.call_id,))


class Pace(NamedTuple):
    """How far a sync is as a whole.

    Attributes:
        percent: `None` while the store has not said how much there is.
        per_second: objects since it began.
        seconds_left: at that rate.
    """

    percent: float | None
    pulled: int
    expected: int | None
    per_second: float | None
    seconds_left: int | None


def pace_of(sync: Sync, progress: Sequence[EntityProgress], now: datetime) -> Pace:
    """How far a sync is, how fast, and how long it will take."""
    pulled = sum(each.pulled for each in progress)
    counts = [max(each.pulled, each.pulled if each.is_done else each.expected or 0) for each in progress]
    is_known = all(each.is_done or each.expected is not None for each in progress)
    expected = sum(counts) if is_known else None
    seconds = ((sync.finished_at or now) - sync.started_at) if sync.started_at else timedelta(0)
    rate = pulled / seconds.total_seconds() if pulled and seconds.total_seconds() > 0 else None
    if sync.status == "succeeded":
        return Pace(100.0, pulled, pulled, rate, 0)
    begun = [each for each in progress if each.started_at is not None]
    percent = None
    if begun and progress:
        shares = [_share(each) for each in progress]
        percent = round(sum(shares) / len(shares) * 100, 1)
    if expected:
        percent = round(min(pulled / expected, 1) * 100, 1)
    left = round((expected - pulled) / rate) if expected and rate else None
    return Pace(percent, pulled, expected, rate, left)


def _share(progress: EntityProgress) -> float:
    if progress.is_done:
        return 1.0
    return min(progress.pulled / progress.expected, 1.0) if progress.expected else 0.0
