"""What Shopify demands is done: told, erased, left; and only what is demanded."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from convertos.core.database import Database, Role
from convertos.sync.model import SyncKind
from tests.simulators.shopify.truth import filled
from tests.support.callers import program_of
from tests.support.connected_shopify import ConnectedShopify, connected_shopify
from tests.support.house import House
from tests.support.receipts import receipts_of
from tests.support.shopify import deliver_shopify, example
from tests.support.tenants import Tenant

EMAIL, PHONE, NUMBER = "ilse.harms@example.org", "+4915112345678", "8801337420017"

pytestmark = pytest.mark.usefixtures("nothing_waits")


@pytest.fixture
async def shopify(house: House, database: Database, tenant: Tenant) -> AsyncIterator[ConnectedShopify]:
    """A small store that is connected, with a customer who bought."""
    truth = filled(5, datetime.now(UTC), orders=6, customers=3)
    async with connected_shopify(house, database, tenant, truth) as found:
        await found.sync(SyncKind.FULL)
        for topic, name in (("customers/create", "customers_create"), ("orders/create", "orders_create")):
            await deliver(found, topic, example(name))
        await house.settle()
        yield found


async def deliver(shopify: ConnectedShopify, topic: str, body: dict[str, Any]) -> None:
    async with shopify.house.http() as http:
        answer = await deliver_shopify(http, shopify.source, topic, body)
    assert answer.status_code == 200, answer.text


async def demand(shopify: ConnectedShopify, topic: str, name: str) -> None:
    """Let a demand come, and let everything be done."""
    await deliver(shopify, topic, example(name))
    await shopify.house.settle()
    await shopify.house.run_jobs()


async def everywhere(database: Database, shopify: ConnectedShopify, *signs: str) -> list[str]:
    """The tables in which a sign of somebody stands, raw bodies included."""
    found = []
    async with database.transaction(role=Role.WORKER) as transaction:
        tables = await transaction.tuples(
            """
            SELECT c.relname FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            """
        )
        for (table,) in tables:
            text = "convert_from(body, 'UTF8')" if table == "receipts" else "t::text"
            rows = await transaction.scalar(
                f"SELECT count(*) FROM {table} t WHERE client_id = %s AND {text} ~ %s",
                (shopify.source.client_id, "|".join(sign.replace("+", r"\+") for sign in signs)),
            )
            found += [table] * bool(rows)
    return found


async def scalar(database: Database, query: str, shopify: ConnectedShopify) -> Any:
    async with database.transaction(role=Role.WORKER) as transaction:
        return await transaction.scalar(query, (shopify.source.client_id,))


class TestErasingAPerson:
    async def test_nobody_finds_them_again_and_the_figures_stay(
        self, database: Database, shopify: ConnectedShopify
    ) -> None:
        """No table and no kept body holds address, phone or account; the order still counts."""
        revenue = "SELECT sum(total) FROM orders WHERE client_id = %s AND is_counted"
        before = await scalar(database, revenue, shopify)
        assert "receipts" in await everywhere(database, shopify, EMAIL)
        await demand(shopify, "customers/redact", "customers_redact")
        await shopify.house.run_jobs()
        assert await everywhere(database, shopify, EMAIL, PHONE[1:], NUMBER) == []
        assert await scalar(database, revenue, shopify) == before

    async def test_what_the_shop_tells_later_does_not_bring_them_back(
        self, database: Database, shopify: ConnectedShopify
    ) -> None:
        """A late delivery and a sync are about somebody whom we do not know any more."""
        await demand(shopify, "customers/redact", "customers_redact")
        await deliver(shopify, "orders/updated", example("orders_updated"))
        await deliver(shopify, "customers/update", example("customers_update"))
        await shopify.house.settle()
        found = await everywhere(database, shopify, EMAIL)
        assert set(found) <= {"receipts"}

    async def test_somebody_unknown_is_not_made_known_by_it(
        self, database: Database, shopify: ConnectedShopify
    ) -> None:
        """Who never bought here is on the list all the same."""
        body = example("customers_redact")
        body["customer"] = {"id": 4711, "email": "nobody@example.org", "phone": None}
        await deliver(shopify, "customers/redact", body)
        await shopify.house.settle()
        await shopify.house.run_jobs()
        late = {**example("customers_create"), "id": 4711, "email": "nobody@example.org"}
        await deliver(shopify, "customers/create", late)
        await shopify.house.settle()
        contacts = "SELECT count(*) FROM contacts WHERE client_id = %s AND email = 'nobody@example.org'"
        assert await scalar(database, contacts, shopify) == 0

    async def test_a_forged_demand_is_refused(self, database: Database, shopify: ConnectedShopify) -> None:
        """Without the client secret nobody erases anybody: 401."""
        async with shopify.house.http() as http:
            answer = await deliver_shopify(
                http, shopify.source, "customers/redact", example("customers_redact"), secret="guessed"
            )
        assert answer.status_code == 401
        assert "contacts" in await everywhere(database, shopify, EMAIL)


class TestTelling:
    async def test_the_demand_waits_for_the_merchants_answer(
        self, database: Database, shopify: ConnectedShopify
    ) -> None:
        """With whom it is about, and until when: within a month."""
        await demand(shopify, "customers/data_request", "customers_data_request")
        async with database.transaction(role=Role.WORKER) as transaction:
            (row,) = await transaction.rows(
                """
                SELECT d.kind, d.reference, d.status, d.due_at - d.demanded_at AS until, c.email
                FROM privacy_demands d JOIN contacts c ON c.client_id = d.client_id
                    AND c.contact_id = ANY (d.contact_ids)
                WHERE d.client_id = %s
                """,
                (shopify.source.client_id,),
            )
        assert (row["kind"], row["reference"], row["status"], row["until"].days, row["email"]) == (
            "tell_person", "9001", "open", 30, EMAIL,
        )  # fmt: skip

    async def test_the_merchant_sees_what_is_kept_and_answers(
        self, database: Database, shopify: ConnectedShopify, tenant: Tenant
    ) -> None:
        """With the contact as it is; answered, it is noted when."""
        await demand(shopify, "customers/data_request", "customers_data_request")
        async with await program_of(shopify.house, database, tenant) as http:
            (listed,) = (await http.get("/api/privacy/demands")).json()["demands"]
            whole = (await http.get(f"/api/privacy/demands/{listed['id']}")).json()["demand"]
            assert (whole["status"], [each["email"] for each in whole["contacts"]]) == ("open", [EMAIL])
            answers = [await http.post(f"/api/privacy/demands/{listed['id']}/done") for _ in range(2)]
        first, again = (answer.json()["demand"] for answer in answers)
        assert first["status"] == "done"
        assert first["doneAt"] == again["doneAt"] is not None


class TestLeaving:
    async def test_a_store_that_removed_us_is_left(
        self, database: Database, shopify: ConnectedShopify
    ) -> None:
        """No key is left and nothing is asked any more; what was collected stays."""
        shopify.store.tokens.is_revoked = True
        shopify.store.tokens.access.clear()
        await demand(shopify, "app/uninstalled", "app_uninstalled")
        keys = "SELECT count(*) FROM connection_keys WHERE client_id = %s"
        assert await scalar(database, keys, shopify) == 0
        assert await scalar(database, "SELECT count(*) FROM orders WHERE client_id = %s", shopify) == 7

    async def test_an_old_word_of_it_is_not_believed(
        self, database: Database, shopify: ConnectedShopify
    ) -> None:
        """A delivery that comes again after the store let us in anew ends nothing."""
        await demand(shopify, "app/uninstalled", "app_uninstalled")
        keys = "SELECT count(*) FROM connection_keys WHERE client_id = %s"
        assert await scalar(database, keys, shopify) == 1

    async def test_its_last_demands_still_verify(self, database: Database, shopify: ConnectedShopify) -> None:
        """Two days later the shop is to be erased: everybody who is known by it alone, and all its bodies."""
        shopify.store.tokens.is_revoked = True
        shopify.store.tokens.access.clear()
        await demand(shopify, "app/uninstalled", "app_uninstalled")
        await demand(shopify, "shop/redact", "shop_redact")
        await shopify.house.run_jobs()
        assert await everywhere(database, shopify, "@example.org", "buyer1", PHONE[1:]) == []
        assert await receipts_of(database, shopify.source) == []
        assert await scalar(database, "SELECT count(*) FROM orders WHERE client_id = %s", shopify) == 7
        status = "SELECT status FROM connections WHERE client_id = %s"
        assert await scalar(database, status, shopify) == "deleted"

    async def test_a_connected_store_is_not_erased_by_an_old_demand(
        self, database: Database, shopify: ConnectedShopify
    ) -> None:
        """Shopify only demands it after the app was removed; while the keys are good it is an echo."""
        await demand(shopify, "shop/redact", "shop_redact")
        assert "contacts" in await everywhere(database, shopify, EMAIL)
        async with database.transaction(role=Role.WORKER) as transaction:
            rows = await transaction.tuples(
                "SELECT kind, status FROM privacy_demands WHERE client_id = %s", (shopify.source.client_id,)
            )
        assert rows == [("erase_store", "refused")]
