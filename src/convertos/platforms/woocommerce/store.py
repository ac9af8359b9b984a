"""WooCommerce stores as the sync engine reaches them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from convertos.core.clock import Clock, system_clock
from convertos.platforms.remote import (
    Cursor,
    Entity,
    Fetched,
    Http,
    Keys,
    Outline,
    Page,
    PulledObject,
    RemoteStore,
    RemoteWebhook,
    Span,
    Verdict,
)
from convertos.platforms.woocommerce import compare, connection_test, remote_webhooks, walk
from convertos.platforms.woocommerce.authentication import Method
from convertos.platforms.woocommerce.rest import Rest


class WooCommerceStores:
    """`platforms.remote.StorePlatform` of WooCommerce."""

    name = "woocommerce"
    entities: Sequence[Entity] = (Entity.CUSTOMERS, Entity.PRODUCTS, Entity.ORDERS)
    topics: Sequence[str] = remote_webhooks.TOPICS
    secret_credential: str | None = None

    def __init__(self, clock: Clock = system_clock) -> None:
        self._clock = clock

    def open(self, address: str, remembered: Mapping[str, Any], keys: Keys, http: Http) -> RemoteStore:
        """The store at an address."""
        default = Method.BASIC if address.startswith("https://") else Method.OAUTH1
        known = remembered.get("how")
        how = Method(known) if known in set(Method) else default
        return WooCommerceStore(Rest(address, how, keys, http, self._clock))


class WooCommerceStore:
    """`platforms.remote.RemoteStore` of one shop."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def test(self) -> Verdict:
        """Whether the keys work and suffice."""
        return await connection_test.test(self._rest)

    def beginning(self, entity: Entity) -> Cursor:
        """Where a walk through everything begins."""
        return walk.beginning(entity)

    def pages(self, entity: Entity, cursor: Cursor) -> AsyncGenerator[Page, None]:
        """Walk on from a cursor."""
        return walk.pages(self._rest, entity, cursor)

    async def count(self, entity: Entity, span: Span) -> int | None:
        """How many there are."""
        return await compare.count(self._rest, entity, span)

    def outlines(self, entity: Entity, span: Span) -> AsyncGenerator[Sequence[Outline], None]:
        """Everything that there is, briefly."""
        return compare.outlines(self._rest, entity, span)

    async def fetch(self, entity: Entity, external_ids: Sequence[str]) -> Fetched:
        """Objects by id."""
        return await compare.fetch(self._rest, entity, external_ids)

    def deletion(self, entity: Entity, external_id: str, evidence: str) -> PulledObject:
        """That an object is gone."""
        return compare.deletion(entity, external_id, evidence)

    def restoration(self, pulled: PulledObject, evidence: str) -> PulledObject:
        """That an object is back."""
        return compare.restoration(pulled, evidence)

    async def webhooks(self) -> Sequence[RemoteWebhook]:
        """Every webhook of the store."""
        return await remote_webhooks.read_webhooks(self._rest)

    async def make_webhook(self, topic: str, delivery_url: str, secret: str) -> RemoteWebhook:
        """Subscribe."""
        return await remote_webhooks.make_webhook(self._rest, topic, delivery_url, secret)

    async def heal_webhook(self, webhook: RemoteWebhook, delivery_url: str, secret: str) -> RemoteWebhook:
        """Put one on again."""
        return await remote_webhooks.heal_webhook(self._rest, webhook, delivery_url, secret)

    async def delete_webhook(self, remote_id: str) -> None:
        """Unsubscribe."""
        await remote_webhooks.delete_webhook(self._rest, remote_id)
