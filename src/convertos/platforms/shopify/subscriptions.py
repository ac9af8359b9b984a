"""Shopify's webhook subscriptions: listed, made, pointed at the right address again, deleted.

They belong to the app, so only our own are seen. They are signed with the app's client secret, not with one of
ours; after eight failed deliveries in a row Shopify deletes them, and with the app they vanish.

Source: integrations.md A6; webhook_topics_2026-10.json, checked 2026-11.
"""

from collections.abc import Sequence

import msgspec

from convertos.platforms.remote import RemoteError, RemoteWebhook
from convertos.platforms.shopify.admin import Admin
from convertos.platforms.shopify.walk import all_nodes

TOPICS: Sequence[str] = (
    "orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/fulfilled",
    "orders/partially_fulfilled", "orders/edited", "orders/delete", "refunds/create",
    "customers/create", "customers/update", "customers/delete",
    "customers_email_marketing_consent/update", "customers_marketing_consent/update",
    "customer.tags_added", "customer.tags_removed", "customers/purchasing_summary",
    "products/create", "products/update", "products/delete",
    "checkouts/create", "checkouts/update", "checkouts/delete",
    "app/uninstalled", "app/scopes_update", "shop/update", "bulk_operations/finish",
)  # fmt: skip
"""By their wire names. `customers/merge` needs a scope of its own; the kept account tells of itself."""

_WIRE_NAMES = {topic.upper().replace("/", "_").replace(".", "_"): topic for topic in TOPICS}


def _name(topic: str) -> str:
    return topic.upper().replace("/", "_").replace(".", "_")


class _Subscription(msgspec.Struct):
    id: str
    topic: str
    uri: str
    format: str = "JSON"


class _UserError(msgspec.Struct):
    message: str


class _Made(msgspec.Struct, rename="camel"):
    webhook_subscription: _Subscription | None = None
    user_errors: list[_UserError] = []

    def said(self) -> str:
        """What Shopify has against it."""
        return "; ".join(error.message for error in self.user_errors)[:300]


def _remote(subscription: _Subscription) -> RemoteWebhook:
    return RemoteWebhook(
        topic=_WIRE_NAMES.get(subscription.topic, subscription.topic.lower()),
        remote_id=subscription.id,
        delivery_url=subscription.uri,
        # There are no sleeping subscriptions: one that fails too often is deleted.
        is_active=subscription.format == "JSON",
        status="active",
    )


async def listed(admin: Admin) -> list[RemoteWebhook]:
    """Every subscription of our app in this store."""
    return [
        _remote(msgspec.json.decode(node, type=_Subscription))
        async for nodes in all_nodes(admin, "webhooks", {}, "its webhooks")
        for node in nodes
    ]


async def make(admin: Admin, topic: str, delivery_url: str) -> RemoteWebhook:
    """Subscribe; a subscription that is there already is taken for it.

    Raises:
        RemoteError: Shopify refuses the address or the topic.
    """
    variables = {"topic": _name(topic), "subscription": {"uri": delivery_url, "format": "JSON"}}
    answer = await admin.ask("webhook_create", variables, f"a webhook for {topic}")
    made = msgspec.json.decode(answer.data["made"], type=_Made)
    if made.webhook_subscription is not None:
        return _remote(made.webhook_subscription)
    for webhook in await listed(admin):
        if (webhook.topic, webhook.delivery_url) == (topic, delivery_url):
            return webhook
    raise _refused(topic, made)


async def heal(admin: Admin, webhook: RemoteWebhook, delivery_url: str) -> RemoteWebhook:
    """Point a subscription at the right address; where it is gone, make it anew.

    Raises:
        RemoteError: Shopify refuses the address.
    """
    variables = {"id": webhook.remote_id, "subscription": {"uri": delivery_url, "format": "JSON"}}
    answer = await admin.ask("webhook_update", variables, f"the webhook for {webhook.topic}")
    made = msgspec.json.decode(answer.data["made"], type=_Made)
    if made.webhook_subscription is not None:
        return _remote(made.webhook_subscription)
    return await make(admin, webhook.topic, delivery_url)


async def delete(admin: Admin, remote_id: str) -> None:
    """Unsubscribe; that it is gone already is well."""
    await admin.ask("webhook_delete", {"id": remote_id}, "delete a webhook")


def _refused(topic: str, made: _Made) -> RemoteError:
    return RemoteError(
        f"Shopify makes no webhook for {topic}: {made.said()}",
        code="webhook_refused",
        advice="Shopify delivers only to https addresses on the public internet, with a valid certificate: "
        "check CONVERTOS_PUBLIC_URL.",
    )
