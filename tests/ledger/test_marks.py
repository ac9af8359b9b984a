"""What records note about people is on their contact, whatever came first."""

import itertools
from typing import Any

import pytest

from convertos.core.database import Database
from tests.support.callers import program_of
from tests.support.house import House
from tests.support.senders import event, send_event
from tests.support.tenants import Source, Tenant

_OLD = {"custom_fields": {"vat": "EL1", "nick": "Mary"}, "tags": ["new"], "subscription_status": "pending"}
_NEW = {"custom_fields": {"vat": "EL2", "size": 38}, "tags": ["b", "a"]}
_NEWEST = {"custom_fields": {"nick": None}, "subscription_status": "subscribed"}


def told(day: int, marks: dict[str, Any]) -> dict[str, Any]:
    made = event("customer.updated", email="maria@shop.example", modified_at=f"2026-03-{day:02d}", **marks)
    return made | {"timestamp": f"2026-03-{day:02d}T10:00:00Z"}


async def contact(house: House, database: Database, tenant: Tenant) -> dict[str, Any]:
    async with await program_of(house, database, tenant) as http:
        (found,) = (await http.get("/api/contacts")).json()["contacts"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_newest_word_for_each_mark_holds(
    house: House, database: Database, tenant: Tenant, site: Source, order: tuple[int, ...]
) -> None:
    """Fields are merged by name, null takes one away, and a late old word changes nothing."""
    words = [told(day, marks) for day, marks in enumerate((_OLD, _NEW, _NEWEST), 1)]
    async with house.http() as http:
        for place in order:
            await send_event(http, site, words[place])
            await house.settle()
        await send_event(http, site, [{**word, "event_id": f"again-{word['event_id']}"} for word in words])
    await house.settle()
    found = await contact(house, database, tenant)
    assert found["customFields"] == {"vat": "EL2", "size": 38}
    assert found["tags"] == ["a", "b"]
    assert found["subscriptionStatus"] == "subscribed"


async def test_a_form_and_an_order_note_too(
    house: House, database: Database, tenant: Tenant, site: Source
) -> None:
    """On the person who sent the form, or bought; what is of no form is left out, and nothing is lost for it."""
    odd = {"custom_fields": {"wish": "tea", "deep": {"a": 1}, "": "x"}, "subscription_status": "perhaps"}
    async with house.http() as http:
        await send_event(http, site, event("lead.created", email="maria@shop.example", **odd))
        bought = {"order_id": 1, "total": "5", "email": "maria@shop.example", "custom_fields": {"gift": True}}
        await send_event(http, site, event("order.paid", **bought))
    await house.settle()
    found = await contact(house, database, tenant)
    assert found["customFields"] == {"wish": "tea", "gift": True}
    assert found["subscriptionStatus"] == "unknown"
    assert (found["leadCount"], found["totalOrders"]) == (1, 1)
