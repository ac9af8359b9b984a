"""The deliveries and REST answers that were recorded from a real WooCommerce store."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from convertos.platforms import platform_of
from tests.support.house import House
from tests.support.tenants import Source

FOLDER = Path(__file__).parent.parent / "fixtures" / "woocommerce"
_RESIGNED = ("host", "content-length", "x-wc-webhook-signature", "accept-encoding", "connection")


@dataclass(frozen=True)
class Recorded:
    """One delivery: its body's exact bytes and its headers."""

    name: str
    body: bytes
    headers: dict[str, str]
    is_ping: bool

    def signed(self, secret: str) -> dict[str, str]:
        """The headers, signed anew with another secret."""
        platform = platform_of("woocommerce")
        assert platform is not None
        kept = {name: value for name, value in self.headers.items() if name.lower() not in _RESIGNED}
        if self.is_ping:
            return kept
        topic = self.headers["X-WC-Webhook-Topic"]
        made = platform.sign(self.body, topic, secret.encode(), datetime.now(UTC))
        return {**kept, "X-WC-Webhook-Signature": made["X-WC-Webhook-Signature"]}


def recorded_deliveries() -> list[Recorded]:
    """Every recorded delivery, in the order of recording within its topic."""
    return list(_read(FOLDER / "webhooks"))


async def deliver(house: House, shop: Source, count: int) -> None:
    """Send the first recorded deliveries to a connection, and have them processed."""
    async with house.http() as http:
        for delivery in recorded_deliveries()[:count]:
            address = f"/api/webhooks/woocommerce/{shop.public_id}"
            await http.post(address, content=delivery.body, headers=delivery.signed(shop.secret))
    await house.settle()


def _read(folder: Path) -> Iterator[Recorded]:
    for file in sorted(folder.glob("*/*")):
        if file.name.endswith(".headers.json"):
            continue
        headers = json.loads(file.with_name(f"{file.stem}.headers.json").read_text())["headers"]
        name = f"{file.parent.name}/{file.stem}"
        yield Recorded(name, file.read_bytes(), dict(headers), file.suffix == ".form")


def recorded_answer(name: str) -> Any:
    """The body of a recorded REST answer."""
    return json.loads((FOLDER / "rest" / f"{name}.json").read_text())


def manifest() -> dict[str, Any]:
    """The store that was recorded: its secrets and what happened in it."""
    store: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text())["stores"]["main"]
    return store
