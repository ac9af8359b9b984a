"""A whole store is pulled, whatever goes wrong on the way: what arrives is the store's truth."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.simulators.shopify.calls import Clock, DirectHttp, HeldKeys
from tests.simulators.shopify.store import Fault, Plan, Store
from tests.simulators.shopify.truth import Truth, change, filled, new_order, refund

from convertos.platforms.remote import (
    Cursor,
    Entity,
    Outline,
    PulledObject,
    RemoteError,
    RemoteRefusedError,
    RemoteStore,
    RemoteUnavailableError,
    Span,
)
from convertos.platforms.shopify import bulk
from convertos.platforms.shopify.store import ShopifyStores

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pages of few orders."""
    monkeypatch.setattr(bulk, "LARGEST_PAGE", 250)


class Reached:
    """A simulated store, and the way to it."""

    def __init__(self, truth: Truth, **store: Any) -> None:
        self.clock = Clock(NOW)
        self.store = Store(truth, self.clock, **store)
        self.http = DirectHttp(self.store, self.clock)
        tokens = self.store.tokens
        self.keys = HeldKeys(
            {
                "client_id": tokens.client_id,
                "client_secret": tokens.client_secret,
                "mode": "client_credentials",
            }
        )

    def open(self, **remembered: Any) -> RemoteStore:
        return ShopifyStores(self.clock).open(
            "https://example-store.myshopify.com", remembered, self.keys, self.http
        )


async def pull(
    reached: Reached, entity: Entity, cursor: Cursor | None = None, *, stop_after: int | None = None
) -> tuple[dict[str, PulledObject], Cursor]:
    """Walk from a cursor; the newest of each object, and where the next walk begins.

    Args:
        stop_after: how many pages are kept before everything is cut off.
    """
    store = reached.open()
    found: dict[str, PulledObject] = {}
    after = cursor if cursor is not None else store.beginning(entity)
    pages = store.pages(entity, after)
    kept = 0
    async for page in pages:
        found |= {each.external_id: each for each in page.objects}
        # A cursor is kept as JSON.
        after = json.loads(json.dumps(page.after))
        kept += 1
        if kept == stop_after:
            break
    return found, after


async def pull_persistently(reached: Reached, entity: Entity) -> dict[str, PulledObject]:
    """As the engine does: after each failure go on from the last kept cursor."""
    found: dict[str, PulledObject] = {}
    after = reached.open().beginning(entity)
    for _ in range(200):
        pages = reached.open().pages(entity, after)
        try:
            async for page in pages:
                found |= {each.external_id: each for each in page.objects}
                after = json.loads(json.dumps(page.after))
        except RemoteUnavailableError as error:
            reached.clock.turn(error.retry_after_seconds)
        else:
            return found
    raise AssertionError("it never came to an end")


def summary(found: dict[str, PulledObject]) -> dict[str, tuple[str, int, int]]:
    """Of each order when it changed, and how many lines and refunds it has."""
    read = {}
    for external_id, each in found.items():
        body = json.loads(each.body)
        lines = body["lineItems"]["nodes"] + body.get("moreLineItems", {"nodes": []})["nodes"]
        assert len({line["id"] for line in lines}) == len(lines)
        read[external_id] = (body["updatedAt"], len(lines), len(body["refunds"]))
    return read


def truth_of(store: Store) -> dict[str, tuple[str, int, int]]:
    return {
        order["legacyResourceId"]: (order["updatedAt"], len(order["lineItems"]), len(order["refunds"]))
        for order in store.truth.orders.values()
    }


class TestFirstImport:
    @pytest.mark.parametrize("orders", [0, 1, 250, 251, 700])
    async def test_every_order_with_its_lines_and_refunds(self, orders: int) -> None:
        """However many there are: none, a page, one more than a page."""
        reached = Reached(filled(1, NOW, orders=orders, customers=20))
        found, after = await pull(reached, Entity.ORDERS)
        assert summary(found) == truth_of(reached.store)
        assert "since" in after

    async def test_customers_and_products_come_whole(self) -> None:
        """Products with more variants than fit into a page, too."""
        reached = Reached(filled(2, NOW, orders=0, customers=300, products=60))
        customers, _ = await pull(reached, Entity.CUSTOMERS)
        products, _ = await pull(reached, Entity.PRODUCTS)
        assert set(customers) == {str(number) for number in reached.store.truth.customers}
        variants = {name: len(json.loads(each.body)["variants"]["nodes"]) for name, each in products.items()}
        assert variants == {
            str(number): len(product["variants"]) for number, product in reached.store.truth.products.items()
        }

    async def test_cut_off_after_each_page_at_most_one_page_is_read_again(self) -> None:
        """Whoever goes on reads the same file, from where the last kept page ended."""
        reached = Reached(filled(3, NOW, orders=700))
        found: dict[str, PulledObject] = {}
        after: Cursor | None = None
        while after is None or "bulk" in after:
            more, after = await pull(reached, Entity.ORDERS, after, stop_after=1)
            assert not found.keys() & more.keys()
            found |= more
        assert summary(found) == truth_of(reached.store)
        assert reached.store.requests.count("BulkRun") == 1

    async def test_what_changes_during_the_import_comes_with_the_next_walk(self) -> None:
        """Orders that are made, changed and paid back while the file is written."""
        reached = Reached(filled(4, NOW, orders=40))
        truth = reached.store.truth

        def live(name: str) -> None:
            if name == "file":
                truth.orders[9001] = new_order(9001, reached.clock(), None)
                refund(truth.orders[5000], 1, 100, reached.clock())

        reached.store.on_request = live
        found, after = await pull(reached, Entity.ORDERS)
        assert "9001" not in found
        reached.store.on_request = lambda _: None
        changed, _ = await pull(reached, Entity.ORDERS, after)
        assert summary(found | changed) == truth_of(reached.store)

    async def test_an_empty_file_of_a_full_store_is_no_success(self) -> None:
        """Nothing is not everything: the count tells."""
        reached = Reached(filled(5, NOW, orders=30))
        reached.store.on_request = lambda name: (
            reached.store.truth.orders.clear() if name == "BulkStatus" else None
        )
        with pytest.raises(RemoteUnavailableError, match="empty though the store has 30"):
            await pull(reached, Entity.ORDERS)

    @pytest.mark.parametrize("lines", [0, 1, 17])
    async def test_a_file_that_ends_early_is_no_success(self, lines: int) -> None:
        """Shopify says how many objects it wrote."""
        reached = Reached(filled(6, NOW, orders=30), bulk_lines_kept=lines)
        with pytest.raises(RemoteUnavailableError, match="ended after"):
            await pull(reached, Entity.ORDERS)

    async def test_where_shopify_gives_up_pages_do(self) -> None:
        """A failed operation is followed by a walk through the pages."""
        reached = Reached(filled(7, NOW, orders=45), bulk_fails=True)
        found, after = await pull(reached, Entity.ORDERS)
        assert summary(found) == truth_of(reached.store)
        assert "BulkRun" in reached.store.requests
        assert "OrdersPage" in reached.store.requests
        assert after["since"] is not None

    async def test_a_file_that_shopify_forgot_is_written_again(self) -> None:
        """It keeps them for a week; whoever comes later begins anew."""
        reached = Reached(filled(8, NOW, orders=300))
        _, after = await pull(reached, Entity.ORDERS, stop_after=2)
        reached.store.operations.clear()
        found, _ = await pull(reached, Entity.ORDERS, after)
        assert summary(found) == truth_of(reached.store)

    async def test_where_others_export_it_waits_for_another_time(self) -> None:
        """Shopify runs five operations at a time."""
        reached = Reached(filled(9, NOW, orders=3), polls_until_written=10**9)
        for number in range(5):
            reached.store.operations[f"other {number}"] = {"status": "RUNNING"}
        with pytest.raises(RemoteUnavailableError, match="Too many bulk operations"):
            await pull(reached, Entity.ORDERS)


class TestChanges:
    async def test_only_what_changed_is_asked_for(self) -> None:
        """With a little overlap, because Shopify's index follows its orders."""
        reached = Reached(filled(11, NOW, orders=120))
        _, after = await pull(reached, Entity.ORDERS)
        reached.clock.turn(3600)
        change(reached.store.truth.orders[5003], reached.clock(), displayFulfillmentStatus="FULFILLED")
        changed, following = await pull(reached, Entity.ORDERS, after)
        assert set(changed) == {"5003"}
        again, _ = await pull(reached, Entity.ORDERS, following)
        assert {each.key for each in again.values()} == {each.key for each in changed.values()}

    async def test_a_change_in_the_second_of_the_cursor_is_not_lost(self) -> None:
        """Two orders of one second, of which one comes after the walk."""
        reached = Reached(filled(12, NOW, orders=5))
        _, after = await pull(reached, Entity.ORDERS)
        change(reached.store.truth.orders[5001], reached.clock(), cancelReason=None)
        _, after = await pull(reached, Entity.ORDERS, after)
        change(reached.store.truth.orders[5002], reached.clock(), cancelReason=None)
        changed, _ = await pull(reached, Entity.ORDERS, after)
        assert "5002" in changed

    async def test_orders_that_change_during_the_walk_push_none_off_a_page(self) -> None:
        """Page drift: after each page an order that was seen, and one that was not, change."""
        reached = Reached(filled(13, NOW, orders=60), bulk_fails=True)
        chance = random.Random(13)

        def live(name: str) -> None:
            if name == "OrdersPage" and len(reached.store.requests) < 40:
                for number in chance.sample(sorted(reached.store.truth.orders), 2):
                    change(reached.store.truth.orders[number], reached.clock())

        reached.store.on_request = live
        found, after = await pull(reached, Entity.ORDERS)
        reached.store.on_request = lambda _: None
        changed, _ = await pull(reached, Entity.ORDERS, after)
        assert summary(found | changed) == truth_of(reached.store)

    async def test_a_walk_that_was_cut_off_goes_on_at_its_page(self) -> None:
        """No page of changes is asked for twice."""
        reached = Reached(filled(14, NOW, orders=45), bulk_fails=True)
        found: dict[str, PulledObject] = {}
        after: Cursor | None = None
        while len(found) < 45:
            more, after = await pull(reached, Entity.ORDERS, after, stop_after=1)
            assert not found.keys() & more.keys()
            found |= more
        assert summary(found) == truth_of(reached.store)

    async def test_where_a_page_costs_too_much_fewer_are_asked_for(self) -> None:
        """Shopify answers a thousand points at a time; a merchant's orders may be long."""
        reached = Reached(filled(15, NOW, orders=25), bulk_fails=True, largest_cost=450)
        found, _ = await pull(reached, Entity.ORDERS)
        assert summary(found) == truth_of(reached.store)


def seeded(seed: int, share: float, faults: list[Fault]) -> Plan:
    chance = random.Random(seed)
    return lambda _name: chance.choice(faults) if chance.random() < share else None


class TestFaults:
    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize("is_bulk", [True, False])
    async def test_whatever_goes_wrong_the_store_comes_whole(self, seed: int, *, is_bulk: bool) -> None:
        """A quarter of all requests fail in one of eight ways; in the end everything is there."""
        reached = Reached(filled(seed, NOW, orders=120, customers=10), bulk_fails=not is_bulk)
        reached.store.plan = seeded(seed, 0.25, list(Fault))
        found = await pull_persistently(reached, Entity.ORDERS)
        assert summary(found) == truth_of(reached.store)

    async def test_a_used_up_budget_is_waited_for(self) -> None:
        """By the rate at which Shopify says that points come back; people can see why."""
        reached = Reached(filled(21, NOW, orders=120), bulk_fails=True, points=(1000.0, 50.0))
        found, _ = await pull(reached, Entity.ORDERS)
        assert summary(found) == truth_of(reached.store)
        assert any("budget of points" in reason for reason in reached.http.pauses)

    async def test_the_budget_is_known_before_it_is_used_up(self) -> None:
        """After the first answer no question is refused for its cost."""
        reached = Reached(filled(22, NOW, orders=120), bulk_fails=True, points=(1000.0, 50.0))
        await pull(reached, Entity.ORDERS)
        pages = reached.store.requests.count("OrdersPage")
        lines = reached.store.requests.count("LineItems")
        # A dozen pages of ten, and no page asked for twice but for the first of each question.
        assert pages <= 13
        assert lines > 0


class TestTokens:
    async def test_a_token_that_ends_in_the_middle_is_replaced(self) -> None:
        """Tokens of the app's own credentials live a day and are simply asked for again."""
        reached = Reached(filled(31, NOW, orders=60), bulk_fails=True)
        reached.store.plan = lambda _name: (
            Fault.TOKEN_ENDED if len(reached.store.requests) in {4, 9} else None
        )
        found, _ = await pull(reached, Entity.ORDERS)
        assert summary(found) == truth_of(reached.store)

    def refreshing(self, **tokens: Any) -> Reached:
        reached = Reached(filled(32, NOW, orders=30), bulk_fails=True)
        store = reached.store
        store.tokens.refresh["shprt_first"] = ""
        reached.keys = HeldKeys(
            {
                "client_id": store.tokens.client_id,
                "client_secret": store.tokens.client_secret,
                "mode": "code",
                "access_token": "shpat_old",
                "refresh_token": "shprt_first",
                "expires_at": (NOW + timedelta(minutes=3)).isoformat(),
                **tokens,
            }
        )
        return reached

    async def test_a_token_is_refreshed_before_it_ends(self) -> None:
        """Minutes before; both tokens of the pair are replaced."""
        reached = self.refreshing()
        await pull(reached, Entity.ORDERS)
        assert reached.keys.kept["access_token"] == "shpat_1"
        assert reached.keys.kept["refresh_token"] != "shprt_first"
        assert reached.store.requests.count("token") == 1

    async def test_a_lost_answer_to_a_refresh_does_no_harm(self) -> None:
        """The old refresh token is good until its replacement is used."""
        reached = self.refreshing()
        lost = iter([Fault.ANSWER_LOST] * 7)
        reached.store.plan = lambda name: next(lost, None) if name == "token" else None
        with pytest.raises(RemoteUnavailableError):
            await pull(reached, Entity.ORDERS)
        assert reached.keys.kept["refresh_token"] == "shprt_first"
        found, _ = await pull(reached, Entity.ORDERS)
        assert summary(found) == truth_of(reached.store)

    async def test_an_approval_that_ended_is_said(self) -> None:
        """After ninety days without a call the merchant has to approve again."""
        reached = self.refreshing(refresh_token="shprt_long_gone")
        with pytest.raises(RemoteRefusedError) as refused:
            await pull(reached, Entity.ORDERS)
        assert refused.value.code == "reconnect_needed"

    async def test_a_pasted_token_that_was_replaced_is_said(self) -> None:
        """Nothing can be refreshed; the merchant has to paste the new one."""
        reached = self.refreshing()
        reached.keys = HeldKeys({"access_token": "shpat_gone", "client_secret": "x", "mode": "token"})
        with pytest.raises(RemoteRefusedError) as refused:
            await pull(reached, Entity.ORDERS)
        assert refused.value.code == "keys_refused"


class TestCompare:
    async def test_counts_and_outlines_are_those_of_the_store(self) -> None:
        """By the day on which an order was made; days touch and do not overlap."""
        reached = Reached(filled(41, NOW, orders=90, customers=7, products=5))
        store = reached.open()
        days = [NOW - timedelta(days=41) + timedelta(days=day) for day in range(43)]
        spans = [Span(start, start + timedelta(days=1)) for start in days]
        counts = [await store.count(Entity.ORDERS, span) for span in spans]
        assert sum(count or 0 for count in counts) == 90
        seen: list[Outline] = []
        for span in spans:
            async for outlines in store.outlines(Entity.ORDERS, span):
                seen += outlines
        assert sorted(outline.external_id for outline in seen) == sorted(truth_of(reached.store))
        cents = {str(number): order["totalPriceSet"] for number, order in reached.store.truth.orders.items()}
        assert {str(outline.total) for outline in seen} == {
            bag["shopMoney"]["amount"] for bag in cents.values()
        }
        assert {outline.currency for outline in seen} == {"EUR"}
        assert await store.count(Entity.CUSTOMERS, Span(None, None)) == 7
        assert await store.count(Entity.PRODUCTS, Span(None, None)) == 5

    async def test_what_is_asked_for_by_id_comes_or_is_gone(self) -> None:
        """Orders come with every visit that led to them; a deleted one is told apart."""
        reached = Reached(filled(42, NOW, orders=12))
        del reached.store.truth.orders[5004]
        found = await reached.open(scopes=["read_all_orders"]).fetch(
            Entity.ORDERS, [str(number) for number in range(5000, 5012)]
        )
        assert (len(found.objects), list(found.gone)) == (11, ["5004"])
        journey = json.loads(found.objects[0].body)["customerJourneySummary"]
        assert len(journey["moments"]["nodes"]) == 1

    async def test_an_order_that_may_not_be_seen_is_not_gone(self) -> None:
        """Without `read_all_orders` an order of a year ago is hidden, and stays here."""
        reached = Reached(filled(43, NOW, orders=10))
        reached.store.scopes.discard("read_all_orders")
        old = NOW - timedelta(days=365)
        reached.store.truth.orders[10] = new_order(10, old, None)
        del reached.store.truth.orders[5004]
        found = await reached.open(scopes=["read_orders"]).fetch(Entity.ORDERS, ["10", "5004", "5005"])
        assert ([each.external_id for each in found.objects], list(found.gone)) == (["5005"], ["5004"])


class TestWebhooks:
    async def test_subscriptions_are_made_once_and_healed(self) -> None:
        """Made again it is the same one; with another address it is pointed at the right one."""
        reached = Reached(filled(51, NOW, orders=0))
        store = reached.open()
        topics = ShopifyStores().topics
        made = [await store.make_webhook(topic, "https://hub.example/a", "") for topic in topics]
        again = [await store.make_webhook(topic, "https://hub.example/a", "") for topic in topics]
        assert made == again == sorted(await store.webhooks(), key=lambda each: topics.index(each.topic))
        healed = await store.heal_webhook(made[0], "https://hub.example/b", "")
        assert (healed.topic, healed.delivery_url) == (made[0].topic, "https://hub.example/b")
        for webhook in await store.webhooks():
            await store.delete_webhook(webhook.remote_id)
        await store.delete_webhook(made[0].remote_id)
        assert await store.webhooks() == []

    async def test_one_that_shopify_deleted_is_made_anew(self) -> None:
        """After eight failures it is gone; healing makes another."""
        reached = Reached(filled(52, NOW, orders=0))
        store = reached.open()
        made = await store.make_webhook("orders/create", "https://hub.example/a", "")
        reached.store.subscriptions.clear()
        assert (await store.heal_webhook(made, "https://hub.example/a", "")).topic == "orders/create"

    async def test_an_address_that_shopify_refuses_is_said(self) -> None:
        """With what to do about it."""
        reached = Reached(filled(53, NOW, orders=0))
        with pytest.raises(RemoteError, match="not supported") as refused:
            await reached.open().make_webhook("orders/create", "http://127.0.0.1/a", "")
        assert "CONVERTOS_PUBLIC_URL" in refused.value.advice


def revoke(reached: Reached) -> None:
    reached.store.tokens.is_revoked = True


def wrong_secret(reached: Reached) -> None:
    reached.keys.kept["client_secret"] = "another"


def page_for_people(reached: Reached) -> None:
    reached.store.plan = lambda _name: Fault.PAGE_FOR_PEOPLE


def fewer_scopes(reached: Reached) -> None:
    reached.store.scopes = {"read_products"}


class TestVerdict:
    async def test_a_good_connection_says_who_the_store_is(self) -> None:
        """Name, currency, time zone, and what was granted."""
        verdict = await Reached(filled(61, NOW, orders=1, customers=3)).open().test()
        assert (verdict.is_good, verdict.cautions) == (True, [])
        assert verdict.details["name"] == "Example Store"
        assert (verdict.details["currency"], verdict.details["timezone"]) == ("EUR", "Europe/Berlin")
        assert "read_all_orders" in verdict.remember["scopes"]

    async def test_sixty_days_are_said_plainly(self) -> None:
        """A short history is never called a complete one."""
        reached = Reached(filled(62, NOW, orders=1))
        reached.store.scopes.discard("read_all_orders")
        verdict = await reached.open().test()
        assert (verdict.is_good, [caution.code for caution in verdict.cautions]) == (
            True,
            ["history_60_days"],
        )
        assert "not complete" in verdict.cautions[0].message

    async def test_hidden_people_are_said_plainly(self) -> None:
        """A store whose every customer is nameless has not granted personal data."""
        verdict = await Reached(filled(63, NOW, orders=1, customers=3), shows_people=False).open().test()
        assert [caution.code for caution in verdict.cautions] == ["protected_data"]

    @pytest.mark.parametrize(
        ("spoil", "code"),
        [
            (revoke, "app_not_installed"),
            (wrong_secret, "client_refused"),
            (page_for_people, "not_json"),
            (fewer_scopes, "scopes_missing"),
        ],
    )
    async def test_what_is_wrong_is_said_in_words(self, spoil: Callable[[Reached], None], code: str) -> None:
        """And what to do about it."""
        reached = Reached(filled(64, NOW, orders=1))
        spoil(reached)
        verdict = await reached.open().test()
        assert (verdict.is_good, verdict.code) == (False, code)
        assert verdict.message.endswith(".")
