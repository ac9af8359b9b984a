"""One Shopify store, reached with one connection's keys (platforms.remote.RemoteStore)."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from convertos.core.clock import Clock, system_clock
from convertos.platforms.remote import (
    Credentials,
    Cursor,
    Entity,
    Fetched,
    Http,
    Keys,
    Outline,
    Page,
    PulledObject,
    RemoteRefusedError,
    RemoteStore,
    RemoteWebhook,
    Span,
    Verdict,
)
from convertos.platforms.shopify import bulk, subscriptions, walk
from convertos.platforms.shopify.admin import Admin, TooCostlyError
from convertos.platforms.shopify.approval import approval_address, check_return, shop_of
from convertos.platforms.shopify.grants import CLIENT_ID, CLIENT_SECRET, exchange, granted
from convertos.platforms.shopify.objects import KINDS
from convertos.platforms.shopify.pulled import FOUND
from convertos.platforms.shopify.statuses import CANCELLED
from convertos.platforms.shopify.verdict import ALL_ORDERS, judge
from convertos.platforms.values import identifier, instant
from convertos.records import parse_amount

_OUTLINES_AT_ONCE = 250
_LINES_BY_ID = {Entity.ORDERS: {"lines": 20}, Entity.PRODUCTS: {"variants": 50}}


class ShopifyStores:
    """Shopify, as a platform whose stores can be called (platforms.remote.StorePlatform)."""

    name = "shopify"
    entities: Sequence[Entity] = tuple(Entity)
    topics = subscriptions.TOPICS
    secret_credential: str | None = CLIENT_SECRET
    revisit_topics = frozenset({"orders/create"})
    # Right after an order its sessions are not assembled yet (integrations.md A5).
    revisit_after: Sequence[timedelta] = (
        timedelta(minutes=2),
        timedelta(minutes=15),
        timedelta(hours=1),
        timedelta(hours=6),
        timedelta(hours=24),
    )

    def __init__(self, clock: Clock = system_clock, scheme: str = "https://") -> None:
        self._clock = clock
        self._scheme = scheme

    def address_of(self, shop: str) -> str:
        """Where a shop that `shop_of` found is called."""
        return f"{self._scheme}{shop}"

    def open(self, address: str, remembered: Mapping[str, Any], keys: Keys, http: Http) -> RemoteStore:
        """The store at `https://{shop}.myshopify.com`."""
        return ShopifyStore(Admin(address, keys, http, self._clock), remembered)

    def is_settled(self, pulled: PulledObject) -> bool:
        """The journey is assembled, or there is none: drafts, the point of sale and the API have none."""
        journey = msgspec.json.decode(pulled.body, type=_Journeyed).customer_journey_summary
        return journey is None or journey.ready is True

    def approval_address(
        self, address: str, credentials: Credentials, *, redirect_uri: str, state: str
    ) -> str:
        """The page on which the merchant approves the app."""
        return approval_address(
            address, client_id=credentials[CLIENT_ID], redirect_uri=redirect_uri, state=state
        )

    def check_return(
        self, address: str, credentials: Credentials, query: Mapping[str, str], now: datetime
    ) -> None:
        """Signed with the app's secret, by the shop that was meant, a moment ago."""
        check_return(query, credentials[CLIENT_SECRET].encode(), now)
        if self.address_of(shop_of(query.get("shop", ""))) != address:
            raise RemoteRefusedError("Another store came back than was sent.", code="another_shop")

    async def credentials_returned(
        self, address: str, credentials: Credentials, query: Mapping[str, str], http: Http
    ) -> Credentials:
        """The first access token, and what it is refreshed with."""
        reply = await http.send(exchange(address, credentials, query.get("code", "")))
        return granted(credentials, reply)


class ShopifyStore:
    """One store.

    Args:
        remembered: the scopes that the last test found.
    """

    def __init__(self, admin: Admin, remembered: Mapping[str, Any]) -> None:
        self._admin = admin
        self._sees_all_orders = ALL_ORDERS in (remembered.get("scopes") or ())

    async def test(self) -> Verdict:
        """Whether the keys work and suffice."""
        return await judge(self._admin)

    def beginning(self, entity: Entity) -> Cursor:  # noqa: ARG002 - all begin alike
        """A bulk operation."""
        return bulk.beginning()

    async def pages(self, entity: Entity, cursor: Cursor) -> AsyncGenerator[Page, None]:
        """Walk on: through a bulk operation, then page by page through what has changed."""
        if "bulk" not in cursor:
            async with aclosing(walk.pages(self._admin, entity, cursor)) as found:
                async for page in found:
                    yield page
            return
        total = await self.count(entity, Span(None, None))
        while "bulk" in cursor:
            async with aclosing(bulk.pages(self._admin, entity, cursor, total)) as found:
                async for page in found:
                    cursor = page.after
                    yield page
        if cursor == walk.everything():
            # Shopify gave the operation up.
            async with aclosing(walk.pages(self._admin, entity, cursor, total)) as found:
                async for page in found:
                    yield page

    async def count(self, entity: Entity, span: Span) -> int | None:
        """How many there are; Shopify counts exactly or says that it does not."""
        kind = KINDS[entity]
        answer = await self._admin.ask(
            f"{kind.word}_count", {"query": _within(kind.created, span)}, f"how many {kind.word}"
        )
        found = msgspec.json.decode(answer.data["found"], type=_Count | None)
        return found.count if found is not None and found.precision == "EXACT" else None

    async def outlines(self, entity: Entity, span: Span) -> AsyncGenerator[Sequence[Outline], None]:
        """Id and times of everything; of orders also total and status."""
        kind = KINDS[entity]
        variables = {"first": _OUTLINES_AT_ONCE, "query": _within(kind.created, span)}
        purpose = f"{kind.word}, to compare"
        walked = walk.all_nodes(self._admin, f"{kind.word}_outline", variables, purpose)
        async with aclosing(walked) as found:
            async for nodes in found:
                read = (msgspec.json.decode(node, type=_OutlineNode) for node in nodes)
                yield [_outline(node, self._admin.now()) for node in read]

    async def fetch(self, entity: Entity, external_ids: Sequence[str]) -> Fetched:
        """Objects by id, orders with the journey that led to them."""
        objects: list[PulledObject] = []
        missing: list[str] = []
        asked_at = self._admin.now()
        at_once = KINDS[entity].by_id_at_once
        for start in range(0, len(external_ids), at_once):
            some = external_ids[start : start + at_once]
            found = await self._by_id(entity, some)
            objects += found
            there = {each.external_id for each in found}
            missing += [external_id for external_id in some if external_id not in there]
        return Fetched(objects, await self._gone(entity, missing), asked_at)

    async def _by_id(self, entity: Entity, external_ids: Sequence[str]) -> list[PulledObject]:
        kind = KINDS[entity]
        ids = [f"gid://shopify/{kind.gid}/{external_id}" for external_id in external_ids]
        variables = {"ids": ids, **_LINES_BY_ID.get(entity, {})}
        try:
            answer = await self._admin.ask(f"{kind.word}_by_id", variables, f"{len(ids)} {kind.word} by id")
        except TooCostlyError:
            half = walk.fewer(len(ids))
            first = await self._by_id(entity, external_ids[:half])
            return first + await self._by_id(entity, external_ids[half:])
        nodes = msgspec.json.decode(answer.data["nodes"], type=list[msgspec.Raw])
        return [
            await walk.complete(self._admin, entity, node, answer.asked_at)
            for node in nodes
            if bytes(node) not in {b"null", b"{}"}
        ]

    async def _gone(self, entity: Entity, missing: Sequence[str]) -> Sequence[str]:
        """Those of the missing that are really gone: without `read_all_orders` older ones are only hidden."""
        if not missing or entity is not Entity.ORDERS or self._sees_all_orders:
            return missing
        answer = await self._admin.ask("oldest_order", {}, "which orders the app may see")
        nodes = msgspec.json.decode(answer.data["orders"], type=_Oldest).nodes
        if not nodes:
            return ()
        oldest = int(nodes[0].legacy_resource_id)
        # Ids grow with time.
        return [external_id for external_id in missing if external_id.isdigit() and int(external_id) > oldest]

    def deletion(self, entity: Entity, external_id: str, evidence: str) -> PulledObject:
        """In the form of Shopify's own webhook."""
        return _presence(entity, f"{KINDS[entity].word}/delete", external_id, evidence)

    def restoration(self, pulled: PulledObject, evidence: str) -> PulledObject:
        """Shopify restores nothing; what was thought to be deleted was found."""
        topic = f"{KINDS[pulled.entity].word}/{FOUND}"
        return _presence(pulled.entity, topic, pulled.external_id, evidence)

    async def webhooks(self) -> Sequence[RemoteWebhook]:
        """Every subscription of our app."""
        return await subscriptions.listed(self._admin)

    async def make_webhook(self, topic: str, delivery_url: str, secret: str) -> RemoteWebhook:  # noqa: ARG002
        """Subscribe; the app's client secret signs, so there is none to hand over."""
        return await subscriptions.make(self._admin, topic, delivery_url)

    async def heal_webhook(self, webhook: RemoteWebhook, delivery_url: str, secret: str) -> RemoteWebhook:  # noqa: ARG002
        """Point a subscription at the right address."""
        return await subscriptions.heal(self._admin, webhook, delivery_url)

    async def delete_webhook(self, remote_id: str) -> None:
        """Unsubscribe."""
        await subscriptions.delete(self._admin, remote_id)


def _presence(entity: Entity, topic: str, external_id: str, evidence: str) -> PulledObject:
    return PulledObject(
        entity=entity,
        external_id=external_id,
        modified_at=None,
        key=(topic, external_id, evidence),
        event_type=topic,
        event_id=evidence,
        body=msgspec.json.encode({"id": external_id}),
    )


class _Journey(msgspec.Struct):
    ready: bool | None = None


class _Journeyed(msgspec.Struct, rename="camel"):
    customer_journey_summary: _Journey | None = None


class _Count(msgspec.Struct):
    count: int
    precision: str


class _OldestNode(msgspec.Struct, rename="camel"):
    legacy_resource_id: str | int


class _Oldest(msgspec.Struct):
    nodes: list[_OldestNode]


class _Money(msgspec.Struct, rename="camel"):
    amount: str
    currency_code: str


class _MoneyBag(msgspec.Struct, rename="camel"):
    shop_money: _Money


class _OutlineNode(msgspec.Struct, rename="camel"):
    legacy_resource_id: str | int
    updated_at: str | None = None
    created_at: str | None = None
    processed_at: str | None = None
    cancelled_at: str | None = None
    display_financial_status: str | None = None
    total_price_set: _MoneyBag | None = None


def _outline(node: _OutlineNode, now: datetime) -> Outline:
    money = node.total_price_set.shop_money if node.total_price_set else None
    total: Decimal | None = parse_amount(money.amount) if money else None
    is_cancelled = node.cancelled_at is not None
    return Outline(
        external_id=identifier(node.legacy_resource_id) or "",
        created_at=instant(node.processed_at or node.created_at, now) or now,
        modified_at=instant(node.updated_at, now),
        total=total,
        currency=money.currency_code if money else None,
        status=CANCELLED if is_cancelled else (node.display_financial_status or "").lower() or None,
    )


def _within(field: str, span: Span) -> str | None:
    """The filter for a span of time; times are quoted, or Shopify reads the colons as fields."""
    parts = []
    if span.since is not None:
        parts.append(f"{field}:>='{span.since.isoformat()}'")
    if span.until is not None:
        parts.append(f"{field}:<'{span.until.isoformat()}'")
    return " ".join(parts) or None
