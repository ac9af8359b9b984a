"""The store's webhooks: made, mended, sent, and switched off by the store itself."""

import base64
import hashlib
import hmac
import json
import secrets
from collections import deque
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.simulators.woocommerce.answers import Answer, Asked, refusal, written
from tests.simulators.woocommerce.shop import Shop

TOPICS = frozenset(
    f"{kind}.{change}"
    for kind in ("coupon", "customer", "order", "product")
    for change in ("created", "updated", "deleted", "restored")
) - {"customer.restored"}
_MOST_FAILURES = 5


class Webhooks:
    """The store's webhooks; deliveries wait until the store's cron runs (`send_waiting`)."""

    def __init__(self, shop: Shop, address: str) -> None:
        self._shop = shop
        self._address = address
        self._waiting: deque[tuple[int, str, bytes]] = deque()
        self._next_id = 1
        shop.told.append(self._note)

    def serve(self, asked: Asked) -> Answer:
        """Requests below `/webhooks`."""
        name = asked.path.removeprefix("/webhooks").strip("/")
        if not name:
            return self._make(json.loads(asked.body)) if asked.method == "POST" else self._list(asked)
        found = self._shop.webhooks.get(int(name))
        if found is None:
            return refusal(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
        if asked.method == "DELETE":
            del self._shop.webhooks[int(name)]
        elif asked.method == "PUT":
            found |= json.loads(asked.body)
            if found["status"] == "active":
                found["failures"] = 0
        return written(_shown(found))

    def _list(self, asked: Asked) -> Answer:
        size, page = asked.number("per_page", 10), asked.number("page", 1)
        found = sorted(self._shop.webhooks.values(), key=lambda each: each["id"])
        answer = written([_shown(each) for each in found[(page - 1) * size : page * size]])
        return answer._replace(headers={"x-wp-total": str(len(found))})

    def _make(self, content: dict[str, Any]) -> Answer:
        if content.get("topic") not in TOPICS:
            message = "Webhook topic is required and must be valid."
            return refusal(400, "woocommerce_rest_shop_webhook_invalid_topic", message)
        found = {"status": "active", "failures": 0, **content, "id": self._next_id}
        self._shop.webhooks[self._next_id] = found
        self._waiting.append((self._next_id, "", b"webhook_id=%d" % self._next_id))
        self._next_id += 1
        return written(_shown(found), 201)

    def _note(self, topic: str, found: dict[str, Any]) -> None:
        for webhook in self._shop.webhooks.values():
            if webhook["topic"] == topic and webhook["status"] == "active":
                is_whole = len(found) > 1
                body = self._shop.body(_kind(topic), found["id"]) if is_whole else json.dumps(found).encode()
                self._waiting.append((webhook["id"], topic, body))

    async def send_waiting(self, http: httpx.AsyncClient) -> int:
        """Send what waits; returns how many were taken (200 to 302)."""
        taken = 0
        while self._waiting:
            number, topic, body = self._waiting.popleft()
            webhook = self._shop.webhooks.get(number)
            if webhook is None or webhook["status"] != "active":
                continue
            response = await http.post(
                urlsplit(webhook["delivery_url"]).path,
                content=body,
                headers=self._headers(webhook, topic, body),
            )
            is_taken = 200 <= response.status_code < 303
            taken += is_taken
            if topic:
                self._count(webhook, is_taken=is_taken)
        return taken

    def _headers(self, webhook: dict[str, Any], topic: str, body: bytes) -> dict[str, str]:
        if not topic:
            return {"content-type": "application/x-www-form-urlencoded"}
        mac = hmac.digest(webhook["secret"].encode(), body, hashlib.sha256)
        return {
            "content-type": "application/json",
            "x-wc-webhook-source": f"{self._address}/",
            "x-wc-webhook-topic": topic,
            "x-wc-webhook-signature": base64.b64encode(mac).decode(),
            "x-wc-webhook-id": str(webhook["id"]),
            "x-wc-webhook-delivery-id": secrets.token_hex(16),
        }

    @staticmethod
    def _count(webhook: dict[str, Any], *, is_taken: bool) -> None:
        if is_taken:
            webhook["failures"] = 0
            return
        if webhook["failures"] > _MOST_FAILURES:
            webhook["status"] = "disabled"
        webhook["failures"] += 1


def _kind(topic: str) -> str:
    return f"{topic.partition('.')[0]}s"


def _shown(webhook: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in webhook.items() if name not in {"secret", "failures"}}
