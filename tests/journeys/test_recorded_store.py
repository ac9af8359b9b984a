"""A real store's deliveries come in at the front door, and the tables hold the store's truth."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from tests.support.house import House
from tests.support.recordings import Recorded, recorded_answer, recorded_deliveries
from tests.support.tenants import Source

from convertos.core.database import Database, Role

# Orders that the store changed after the last recorded delivery about them, by what its REST answers say.
FORCE_DELETED_WITHOUT_A_DELIVERY = {"57", "65"}
TRASHED_AFTER_THE_LIST_WAS_READ = {"66"}
MADE_AFTER_THE_LIST_WAS_READ = {"76", "871", "881", "4203"}
CHANGED_AFTER_THE_LIST_WAS_READ = {"58"}


async def deliver(house: House, shop: Source, deliveries: Sequence[Recorded]) -> None:
    async with house.http() as http:
        for delivery in deliveries:
            answer = await http.post(
                f"/api/webhooks/woocommerce/{shop.public_id}",
                content=delivery.body,
                headers=delivery.signed(shop.secret),
            )
            assert answer.status_code == 200, (delivery.name, answer.text)
    await house.settle()


@pytest.fixture(params=["as recorded", "backwards", "shuffled", "three times, shuffled"])
def deliveries(request: pytest.FixtureRequest) -> list[Recorded]:
    recorded = recorded_deliveries()
    if request.param == "backwards":
        return recorded[::-1]
    if "shuffled" in request.param:
        recorded = recorded * (3 if "three" in request.param else 1)
        random.Random(7).shuffle(recorded)
    return recorded


async def rows(database: Database, query: str, shop: Source) -> list[tuple[Any, ...]]:
    async with database.transaction(role=Role.WORKER) as transaction:
        return await transaction.tuples(query, (shop.client_id,))


async def test_the_tables_hold_the_stores_truth(
    house: House, database: Database, shop: Source, deliveries: list[Recorded]
) -> None:
    """Orders, refunds, customers and deletions are what the store's own REST answers tell, in any order."""
    await deliver(house, shop, deliveries)

    orders = {
        row[0]: row[1:]
        for row in await rows(
            database,
            """
            SELECT external_id, status, currency, total, refunded_total, is_deleted, customer_email, paid_at
            FROM orders WHERE client_id = %s
            """,
            shop,
        )
    }
    listed = {str(order["id"]): order for order in recorded_answer("orders.all")}
    assert orders.keys() - listed.keys() == {"57"} | MADE_AFTER_THE_LIST_WAS_READ
    assert listed.keys() - orders.keys() == set()
    for order_id, truth in listed.items():
        if order_id in CHANGED_AFTER_THE_LIST_WAS_READ | TRASHED_AFTER_THE_LIST_WAS_READ:
            continue
        status, currency, total, refunded, is_deleted, email, paid_at = orders[order_id]
        assert (status, currency, is_deleted) == (truth["status"], truth["currency"], False)
        # The store rounds to the decimals that are set when it is asked; KWD was asked with two.
        assert round(total, 2) == Decimal(truth["total"]), order_id
        assert refunded == -sum(Decimal(refund["total"]) for refund in truth["refunds"])
        assert (email or "") == truth["billing"]["email"].lower()
        assert (paid_at is None) == (truth["date_paid_gmt"] is None)
    assert orders["66"][4] is True
    refunds = await rows(
        database,
        "SELECT external_id, amount, reason FROM refunds WHERE client_id = %s AND NOT is_withdrawn ORDER BY 1",
        shop,
    )
    told = recorded_answer("refunds.all")
    assert refunds == sorted(
        (str(refund["id"]), Decimal(refund["amount"]), refund["reason"]) for refund in told
    )

    customers = await rows(
        database,
        "SELECT external_id, email FROM customers WHERE client_id = %s AND NOT is_deleted ORDER BY 1",
        shop,
    )
    accounts = {
        (str(account["id"]), account["email"].lower())
        for account in recorded_answer("customers.all_roles")
        if account["role"] != "administrator"
    }
    assert set(customers) == accounts | {("2007", "classic.buyer@example.test")}


async def test_sums_equal_the_orders(
    house: House, database: Database, shop: Source, deliveries: list[Recorded]
) -> None:
    """Revenue by source adds up to the counted orders of each currency, to the last digit."""
    await deliver(house, shop, deliveries)
    by_order = await rows(
        database,
        """
        SELECT currency, count(*), sum(total), sum(refunded_total) FROM orders
        WHERE client_id = %s AND is_counted GROUP BY 1 ORDER BY 1
        """,
        shop,
    )
    by_source = await rows(
        database,
        """
        SELECT currency, sum(orders), sum(revenue), sum(refunds) FROM day_sums
        WHERE client_id = %s AND detail = 3 GROUP BY 1 ORDER BY 1
        """,
        shop,
    )
    assert by_source == by_order
    assert [row[0] for row in by_order] == ["EUR", "JPY", "KWD"]


async def test_signed_error_bodies_are_no_orders(house: House, database: Database, shop: Source) -> None:
    """A body in which the store says that it could not read the object is kept, named, and changes nothing."""
    await deliver(house, shop, recorded_deliveries())
    notes = await rows(
        database,
        """
        SELECT count(*), min(note) FROM receipt_keys
        WHERE client_id = %s AND outcome = 'ignored' AND note LIKE 'source_could_not_read%%'
        GROUP BY note ORDER BY 2
        """,
        shop,
    )
    assert notes == [
        (2, "source_could_not_read: wc_user_invalid_id"),
        (1, "source_could_not_read: woocommerce_rest_product_invalid_id"),
        (1, "source_could_not_read: woocommerce_rest_shop_coupon_invalid_id"),
        (2, "source_could_not_read: woocommerce_rest_shop_order_invalid_id"),
    ]
