"""The webhooks that the store sends us: made, mended and deleted through its REST API.

Source: integrations.md B5, checked 2026-11. A webhook is switched off by the store at the seventh failure in a
row and stays so; nothing but us puts it on again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from convertos.platforms.remote import RemoteError, RemoteWebhook
from convertos.platforms.values import decode_object, identifier, text
from convertos.platforms.woocommerce.rest import LARGEST_PAGE, Rest, fault_of

TOPICS = (
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "product.created",
    "product.updated",
    "product.deleted",
    "product.restored",
    "coupon.created",
    "coupon.updated",
    "coupon.deleted",
    "coupon.restored",
)
"""There is no restoring of customers: they are deleted for good."""

_ACTIVE = "active"
_MOST_PAGES = 20


async def read_webhooks(rest: Rest) -> Sequence[RemoteWebhook]:
    """Every webhook of the store."""
    found: list[RemoteWebhook] = []
    for page in range(1, _MOST_PAGES + 1):
        query = (("per_page", str(LARGEST_PAGE)), ("page", str(page)))
        listing = await rest.page("/webhooks", "webhooks", query)
        found.extend(_webhook(decode_object(member)) for member in listing.members)
        if len(listing.members) < LARGEST_PAGE:
            break
    return found


async def make_webhook(rest: Rest, topic: str, delivery_url: str, secret: str) -> RemoteWebhook:
    """Subscribe to a topic."""
    content = {"name": f"ConvertOS {topic}", "topic": topic, **_wanted(delivery_url, secret)}
    return _webhook(await rest.write("POST", "/webhooks", f"make webhook {topic}", content))


async def heal_webhook(rest: Rest, webhook: RemoteWebhook, delivery_url: str, secret: str) -> RemoteWebhook:
    """Put a webhook on again, with our address and secret; where it is gone, make it anew."""
    try:
        found = await rest.write(
            "PUT",
            f"/webhooks/{webhook.remote_id}",
            f"mend webhook {webhook.topic}",
            _wanted(delivery_url, secret),
        )
    except RemoteError as error:
        if error.code not in {"status_404", "status_410"}:
            raise
        return await make_webhook(rest, webhook.topic, delivery_url, secret)
    return _webhook(found)


async def delete_webhook(rest: Rest, remote_id: str) -> None:
    """Unsubscribe for good."""
    reply = await rest.send("DELETE", f"/webhooks/{remote_id}", "delete webhook", query=(("force", "true"),))
    if reply.status not in {200, 404, 410}:
        raise fault_of(reply)


def _wanted(delivery_url: str, secret: str) -> dict[str, str]:
    return {"delivery_url": delivery_url, "secret": secret, "status": _ACTIVE}


def _webhook(found: Mapping[str, Any]) -> RemoteWebhook:
    status = text(found.get("status"), 40) or ""
    return RemoteWebhook(
        topic=text(found.get("topic"), 100) or "",
        remote_id=identifier(found.get("id")) or "",
        delivery_url=text(found.get("delivery_url")) or "",
        is_active=status == _ACTIVE,
        status=status,
    )
