"""The made-up shop's deliveries have the shape of those that a real store sent."""

import json
from typing import Any

import pytest

from tests.demo.books import told
from tests.support.recordings import recorded_deliveries

# Members that a real body has only under circumstances that the demo does not bring about, or always has.
OPTIONAL = {"customer"}


def shape(value: Any) -> Any:
    """Members in their order, and the types of their values; of a list, its first member."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items() if name not in OPTIONAL}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def differences(ours: Any, real: Any, path: str = "") -> list[str]:
    """Where two shapes differ. A list or text that is empty in one, or null, differs in nothing."""
    if isinstance(ours, dict) and isinstance(real, dict):
        if list(ours) != list(real):
            return [f"{path}: members {sorted(set(ours) ^ set(real)) or 'in another order'}"]
        return [found for name in ours for found in differences(ours[name], real[name], f"{path}.{name}")]
    if isinstance(ours, list) and isinstance(real, list):
        return differences(ours[0], real[0], f"{path}[]") if ours and real else []
    numbers = {"int", "float"}
    is_same = ours == real or "NoneType" in {ours, real} or {ours, real} <= numbers
    return [] if is_same or path.endswith((".image.id", ".total_sales")) else [f"{path}: {ours} for {real}"]


def bodies(topic: str) -> list[dict[str, Any]]:
    delivered = told("quillfink", days=90, scale=0.4)
    return [
        json.loads(one.body) for one in delivered if (one.voice, one.event_type) == ("woocommerce", topic)
    ]


def recorded(topic: str, **members: Any) -> dict[str, Any]:
    """The longest recorded body of a topic with these members: the one that shows most."""
    candidates = [
        (len(one.body), json.loads(one.body))
        for one in recorded_deliveries()
        if not one.is_ping and one.headers["X-WC-Webhook-Topic"] == topic
    ]
    fitting = [
        (size, body)
        for size, body in candidates
        if "id" in body and all(body[name] == value for name, value in members.items())
    ]
    body: dict[str, Any] = max(fitting, key=lambda entry: entry[0])[1]
    return body


@pytest.mark.parametrize("status", ["pending", "processing", "completed", "refunded", "failed", "cancelled"])
def test_orders_have_the_recorded_shape(status: str) -> None:
    """Every member, in its order and of its type, at every point of an order's life."""
    real = shape({**recorded("order.updated", id=55), "refunds": recorded("order.updated", id=51)["refunds"]})
    ours = [
        body
        for topic in ("order.created", "order.updated")
        for body in bodies(topic)
        if body["status"] == status
    ]
    assert ours
    for body in ours:
        assert differences(shape({**body, "meta_data": body["meta_data"][:1]}), real) == []


def test_the_source_of_an_order_is_noted_as_woocommerce_notes_it() -> None:
    """The names under which order attribution is kept are those that the store's orders carry."""
    recorded_names = {
        entry["key"]
        for one in recorded_deliveries()
        if not one.is_ping and one.headers["X-WC-Webhook-Topic"].startswith("order.")
        for entry in json.loads(one.body).get("meta_data", [])
    }
    names = {entry["key"] for body in bodies("order.created") for entry in body["meta_data"]}
    assert names <= recorded_names
    assert {
        f"_wc_order_attribution_{name}" for name in ("source_type", "utm_source", "utm_campaign")
    } <= names


def test_customers_have_the_recorded_shape() -> None:
    """Accounts look like those of the store."""
    real = shape(recorded("customer.created"))
    made_up = bodies("customer.created")
    assert made_up
    assert [differences(shape(body), real) for body in made_up[:20]] == [[]] * len(made_up[:20])


@pytest.mark.parametrize("kind", ["simple", "variation"])
def test_products_have_the_recorded_shape(kind: str) -> None:
    """Products and their variations look like those of the store."""
    topic = "product.updated" if kind == "simple" else "product.created"
    real = shape(recorded(topic, type=kind))
    made_up = [body for body in bodies("product.created") if body["type"] == kind]
    assert made_up
    assert [differences(shape(body), real) for body in made_up] == [[]] * len(made_up)


def test_bodies_are_spelled_as_php_spells_them() -> None:
    """Slashes and letters beyond ASCII are escaped."""
    body = next(one.body for one in told("quillfink") if one.event_type == "product.created")
    assert body.isascii()
    assert rb"https:\/\/quillfink.example\/" in body
