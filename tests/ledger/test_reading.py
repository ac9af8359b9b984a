"""What people and programs read of a ledger that a real shop's deliveries and a few events have filled."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convertos import flow
from convertos.attribution.client_rules import ClientRules
from convertos.attribution.credited import earned_by, explanation_of, sources_of
from convertos.core.database import Database, TenantScope, Transaction
from convertos.core.errors import InvalidError, NotFoundError
from convertos.core.installation import Installation
from convertos.jobs import install_reactions
from convertos.ledger.reading.activity import list_checkouts, list_leads, read_checkout, read_lead
from convertos.ledger.reading.contacts import list_contacts, read_contact
from convertos.ledger.reading.model import (
    CheckoutFilters,
    Contact,
    ContactFilters,
    ContactSort,
    ContactType,
    LeadFilters,
    Order,
    OrderFilters,
    OrderSort,
    ProductFilters,
)
from convertos.ledger.reading.model import (
    Stage as CheckoutStage,
)
from convertos.ledger.reading.orders import list_orders, past_statuses, read_order
from convertos.ledger.reading.products import list_products, read_product
from convertos.ledger.reading.timeline import read_timeline
from convertos.ledger.suppression import Suppression
from convertos.records import (
    CheckoutRecord,
    Evidence,
    LeadRecord,
    ObjectKind,
    OrderItem,
    OrderRecord,
    Person,
    PresenceChange,
    PresenceRecord,
    ProductRecord,
    ProductVariant,
    Record,
    RefundRecord,
    Standing,
    Touch,
    Version,
)
from convertos.records import (
    CheckoutStage as Came,
)
from convertos.tenancy.clients import add_client
from tests.ledger.conftest import Stage
from tests.support.callers import console
from tests.support.tenants import Tenant, make_source, make_tenant

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FACEBOOK = Evidence(utm={"source": "facebook", "medium": "cpc", "campaign": "spring"})
MARIA = Person(email="maria@shop.example", first_name="Maria", last_name="Papadaki", phone="+302101234567")
KOSTAS = Person(email="kostas@shop.example", first_name="Kostas", last_name="Mariadis")


def order(number: int, person: Person = MARIA, **stated: Any) -> OrderRecord:
    at = stated.pop("placed_at", NOON + timedelta(hours=number))
    return OrderRecord(
        external_id=str(number),
        person=person,
        **{
            "version": Version(at=at, rank=0, digest=""),
            "number": f"A-{number}",
            "status": "completed",
            "standing": Standing.PAID,
            "currency": "EUR",
            "total": Decimal(10 * number),
            "placed_at": at,
            "paid_at": at,
            **stated,
        },
    )


@pytest.fixture
async def books(database: Database, installation: Installation, tenant: Tenant) -> Stage:
    """A client of its own."""
    install_reactions(flow.REACTIONS)
    return Stage(
        database,
        await make_source(database, installation, tenant),
        ClientRules(),
        tenant,
        Suppression(installation.vault),
    )


@pytest.fixture
async def tell(books: Stage) -> Any:
    async def tell(*records: Record, door: str = "webhook") -> None:
        await books.tell([(door, record) for record in records])

    return tell


@pytest.fixture
async def work(database: Database, tenant: Tenant) -> Any:
    """Transactions of somebody of the tenant."""

    @asynccontextmanager
    async def work(scope: TenantScope = tenant.scope) -> AsyncIterator[Transaction]:
        async with database.transaction(scope) as transaction:
            yield transaction

    return work


def numbers(orders: list[Order]) -> list[str]:
    return [each.external_id for each in orders]


class TestOrders:
    async def test_a_whole_order(self, tell: Any, work: Any) -> None:
        """An order comes with its items, refunds, doors, person and what earned it."""
        items = (OrderItem(external_id="1", sku="CUP", name="Cup", quantity=Decimal(2), total=Decimal(20)),)
        refunds = (RefundRecord(external_id="r1", amount=Decimal("2.5"), refunded_at=NOON),)
        touch = Touch(occurred_at=NOON, evidence=FACEBOOK)
        await tell(order(1, status="processing", items=items, touches=(touch,)))
        later = Version(at=NOON + timedelta(days=1), rank=0, digest="")
        await tell(order(1, version=later, refunds=refunds), door="sync")
        async with work() as transaction:
            (listed,) = (await list_orders(transaction, limit=50)).items
            found = await read_order(transaction, listed.order_id)
            assert listed == found
            assert await past_statuses(transaction, found)
            source = (await sources_of(transaction, [found.order_id]))[found.order_id]
            explanation = await explanation_of(transaction, found.order_id)
        assert (found.total, found.net_total, found.is_counted) == (Decimal(10), Decimal("7.5"), True)
        assert (found.platform, found.customer_email, found.customer_name) == (
            "woocommerce",
            "maria@shop.example",
            "Maria Papadaki",
        )
        assert [(item.sku, item.quantity, item.total) for item in found.items] == [
            ("CUP", Decimal(2), Decimal(20))
        ]
        assert [(refund.external_id, refund.amount) for refund in found.refunds] == [("r1", Decimal("2.5"))]
        assert found.seen_via == 2 | 4
        assert (source.source, source.medium, source.campaign) == ("facebook", "cpc", "spring")
        assert explanation
        assert explanation.startswith("Facebook (Paid Social), because")

    async def test_filters(self, tell: Any, work: Any) -> None:
        """Each filter leaves what it names."""
        touch = Touch(occurred_at=NOON, evidence=FACEBOOK)
        await tell(
            order(1, touches=(touch,)),
            order(2, KOSTAS, status="pending", standing=Standing.PENDING, paid_at=None),
            order(3, placed_at=datetime(2026, 3, 3, 22, 30, tzinfo=UTC)),
            order(4, placed_at=datetime(2026, 3, 3, 21, 30, tzinfo=UTC)),
            order(5, is_test=True),
            PresenceRecord(
                kind=ObjectKind.ORDER, external_id="5", change=PresenceChange.DELETED, evidence_id="d"
            ),
        )

        async def found(*, also: Any = (), **filters: Any) -> set[str]:
            async with work() as transaction:
                page = await list_orders(transaction, OrderFilters(**filters), limit=50, also=also)
            return set(numbers(page.items))

        assert await found() == {"1", "2", "3", "4"}
        assert await found(includes_deleted=True) == {"1", "2", "3", "4", "5"}
        assert await found(status=("pending",)) == {"2"}
        assert await found(status=("pending", "completed")) == {"1", "2", "3", "4"}
        assert await found(external_id="3") == {"3"}
        assert await found(is_counted=True) == {"1", "3", "4"}
        # Athens is two hours ahead: half past ten at night in UTC is the next day there.
        assert await found(first_day=date(2026, 3, 3), last_day=date(2026, 3, 3)) == {"4"}
        assert await found(first_day=date(2026, 3, 4)) == {"3"}
        assert await found(also=earned_by("order", source="facebook")) == {"1", "3", "4"}
        assert await found(also=earned_by("order", channel="Direct")) == {"2"}

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("maria@shop", {"1", "3"}),
            ("MARIA@SHOP.EXAMPLE", {"1", "3"}),
            ("papadaki", {"1", "3"}),
            ("maria", {"1", "2", "3"}),
            ("+30 210 1234", {"1", "3"}),
            ("A-2", {"2"}),
            ("2", {"2"}),
            ("#3", {"3"}),
            ("nobody", set()),
            ("%", set()),
            ("' OR true --", set()),
        ],
    )
    async def test_search(self, tell: Any, work: Any, text: str, expected: set[str]) -> None:
        """Orders are found by their number and by whoever placed them."""
        await tell(order(1), order(2, KOSTAS), order(3))
        async with work() as transaction:
            page = await list_orders(transaction, OrderFilters(search=text), limit=50)
        assert set(numbers(page.items)) == expected

    @pytest.mark.parametrize("sort", OrderSort)
    async def test_pages(self, tell: Any, work: Any, sort: OrderSort) -> None:
        """All pages together are the whole list, each order once, also where many are equal."""
        await tell(*[order(number, placed_at=NOON, total=Decimal(number // 3)) for number in range(1, 14)])
        async with work() as transaction:
            whole = (await list_orders(transaction, sort=sort, limit=200)).items
            parts, cursor = [], None
            while True:
                page = await list_orders(transaction, sort=sort, limit=4, cursor=cursor)
                parts += page.items
                if (cursor := page.next_cursor) is None:
                    break
        assert numbers(parts) == numbers(whole)
        totals = [each.total for each in whole]
        if "total" in sort:
            assert totals == sorted(totals, reverse=sort is OrderSort.LARGEST)

    async def test_several_clients_are_merged(
        self, tell: Any, work: Any, database: Database, installation: Installation, tenant: Tenant
    ) -> None:
        """Who may see several clients gets one list, sorted over all of them, page by page."""
        await tell(order(1), order(3))
        async with work() as transaction:
            client = await add_client(transaction, console(tenant), name="Second", timezone="Asia/Tokyo")
        second = Tenant(tenant.organization_id, client.client_id)
        stage = Stage(
            database,
            await make_source(database, installation, second),
            ClientRules(),
            second,
            Suppression(installation.vault),
        )
        await stage.tell([("webhook", order(2)), ("webhook", order(4))])
        scope = TenantScope(tenant.organization_id, (tenant.client_id, client.client_id))
        async with work(scope) as transaction:
            first = await list_orders(transaction, limit=3)
            rest = await list_orders(transaction, limit=3, cursor=first.next_cursor)
        assert (numbers(first.items), numbers(rest.items)) == (["4", "3", "2"], ["1"])
        async with work() as transaction:
            assert numbers((await list_orders(transaction, limit=50)).items) == ["3", "1"]

    async def test_a_stranger_finds_nothing(
        self, tell: Any, work: Any, database: Database, shop: Stage
    ) -> None:
        """Another organization finds no order, by list or by id."""
        await tell(order(1))
        async with work() as transaction:
            (mine,) = (await list_orders(transaction, limit=1)).items
        stranger = await make_tenant(database)
        async with work(stranger.scope) as transaction:
            assert (await list_orders(transaction, limit=50)).items == []
            with pytest.raises(NotFoundError):
                await read_order(transaction, mine.order_id)
            assert await explanation_of(transaction, mine.order_id) is None

    async def test_a_cursor_of_another_list(self, work: Any) -> None:
        """A cursor that is none is refused in words."""
        async with work() as transaction:
            for cursor in ("nonsense", "WyJhIl0"):
                with pytest.raises(InvalidError):
                    await list_orders(transaction, limit=5, cursor=cursor)


class TestContacts:
    async def people(self, tell: Any) -> None:
        first = Touch(occurred_at=NOON, evidence=Evidence(), visitor_id="v1")
        then = Touch(occurred_at=NOON + timedelta(minutes=1), evidence=FACEBOOK, visitor_id="v1")
        last = Touch(occurred_at=NOON + timedelta(minutes=2), evidence=Evidence(), visitor_id="v1")
        person = Person(
            email="maria@shop.example",
            first_name="Maria",
            last_name="Papadaki",
            phone="+302101234567",
            customer_external_id="7",
            visitor_id="v1",
        )
        await tell(
            order(1, person, touches=(first, then, last)),
            order(2, person, currency="USD"),
            order(3, person),
            LeadRecord(external_id="l1", person=KOSTAS, registered_at=NOON, form_name="Quote"),
        )

    async def test_a_whole_contact(self, tell: Any, work: Any) -> None:
        """A contact tells who it is, by what it is known, what it bought and where it came from."""
        await self.people(tell)
        async with work() as transaction:
            page = await list_contacts(
                transaction, ContactFilters(contact_type=ContactType.CUSTOMER), limit=50
            )
            (maria,) = page.items
            assert await read_contact(transaction, maria.contact_id) == maria
        assert (maria.name, maria.contact_type, maria.total_orders) == (
            "Maria Papadaki",
            ContactType.CUSTOMER,
            3,
        )
        assert (maria.currency, maria.total_spent, maria.totals.average) == ("EUR", Decimal(40), Decimal(20))
        assert [(each.currency, each.orders, each.spent) for each in maria.other_totals] == [
            ("USD", 1, Decimal(20))
        ]
        assert [(each.type, each.value, each.store_domain is not None) for each in maria.identifiers] == [
            ("customer", "7", True),
            ("email", "maria@shop.example", False),
            ("phone", "+302101234567", False),
            ("visitor", "v1", False),
        ]
        assert maria.first_source
        assert maria.last_source
        assert (maria.first_source.source, maria.last_source.source) == ("(direct)", "facebook")

    async def test_filters_and_sorts(self, tell: Any, work: Any) -> None:
        """Each filter leaves what it names, in the order that was asked for."""
        await self.people(tell)

        async def found(sort: ContactSort = ContactSort.LAST_SEEN, **filters: Any) -> list[str | None]:
            async with work() as transaction:
                page = await list_contacts(transaction, ContactFilters(**filters), sort=sort, limit=50)
            return [each.first_name for each in page.items]

        assert await found() == ["Maria", "Kostas"]
        assert await found(ContactSort.LONGEST_UNSEEN) == ["Kostas", "Maria"]
        assert await found(ContactSort.MOST_SPENT) == ["Maria", "Kostas"]
        assert await found(ContactSort.LEAST_SPENT) == ["Kostas", "Maria"]
        assert await found(contact_type=ContactType.LEAD) == ["Kostas"]
        assert await found(source="facebook") == ["Maria"]
        assert await found(source="google") == []
        assert await found(min_spent=Decimal(40)) == ["Maria"]
        assert await found(min_spent=Decimal("40.01")) == []
        assert await found(search="maria") == ["Maria", "Kostas"]
        assert await found(search="papad") == ["Maria"]
        assert await found(search="kostas@") == ["Kostas"]
        assert await found(search="+30210") == ["Maria"]
        assert await found(search="A-2") == ["Maria"]

    async def test_the_timeline(self, tell: Any, work: Any) -> None:
        """Arrivals and orders stand in one row, latest first, in pages that miss nothing."""
        await self.people(tell)
        await tell(
            CheckoutRecord(
                checkout_token="t1",
                stage=Came.STARTED,
                occurred_at=NOON + timedelta(minutes=3),
                person=MARIA,
                version=Version(at=NOON, rank=0, digest=""),
            ),
            LeadRecord(external_id="l2", person=MARIA, registered_at=NOON + timedelta(minutes=4)),
        )
        async with work() as transaction:
            maria = await contact_of(transaction, "papadaki")
            whole = await read_timeline(transaction, maria, limit=50)
            parts, cursor = [], None
            while True:
                page = await read_timeline(transaction, maria, limit=3, cursor=cursor)
                parts += page.items
                if (cursor := page.next_cursor) is None:
                    break
        assert parts == whole.items
        kinds = [
            next(kind for kind in ("order", "lead", "checkout", "touch") if getattr(each, kind))
            for each in parts
        ]
        assert kinds == ["order", "order", "order", "lead", "checkout", "touch", "touch", "touch"]

    async def test_a_stranger_finds_nobody(self, tell: Any, work: Any, database: Database) -> None:
        """Another organization finds no contact, by list, search or id."""
        await self.people(tell)
        async with work() as transaction:
            maria = await contact_of(transaction, "papadaki")
        stranger = await make_tenant(database)
        async with work(stranger.scope) as transaction:
            for text in ("maria", "maria@shop.example", "+302101234567", "A-1", "1"):
                filters = ContactFilters(search=text)
                assert (await list_contacts(transaction, filters, limit=50)).items == []
            with pytest.raises(NotFoundError):
                await read_contact(transaction, maria.contact_id)


async def contact_of(transaction: Transaction, text: str) -> Contact:
    (found,) = (await list_contacts(transaction, ContactFilters(search=text), limit=50)).items
    return found


class TestActivity:
    async def test_leads(self, tell: Any, work: Any) -> None:
        """Leads are listed latest first, and found by their person and day."""
        await tell(
            LeadRecord(
                external_id="l1", person=MARIA, registered_at=NOON, form_id="f1", fields={"topic": "Cups"}
            ),
            LeadRecord(external_id="l2", person=KOSTAS, registered_at=NOON + timedelta(days=1)),
        )

        async def found(**filters: Any) -> list[str | None]:
            async with work() as transaction:
                return [
                    each.name
                    for each in (await list_leads(transaction, LeadFilters(**filters), limit=50)).items
                ]

        assert await found() == ["Kostas Mariadis", "Maria Papadaki"]
        assert await found(search="PAPA") == ["Maria Papadaki"]
        assert await found(search="kostas@") == ["Kostas Mariadis"]
        assert await found(form_id="f1") == ["Maria Papadaki"]
        assert await found(first_day=date(2026, 3, 3)) == ["Kostas Mariadis"]
        async with work() as transaction:
            last = (await list_leads(transaction, limit=50)).items[-1]
            assert await read_lead(transaction, last.lead_id) == last
        assert last.fields == {"topic": "Cups"}

    async def test_checkouts(self, tell: Any, work: Any) -> None:
        """A checkout tells how far it came and which order it became."""

        def came(token: str, stage: Came, minutes: int, **stated: Any) -> CheckoutRecord:
            at = NOON + timedelta(minutes=minutes)
            return CheckoutRecord(
                checkout_token=token,
                stage=stage,
                occurred_at=at,
                person=MARIA,
                version=Version(at=at, rank=0, digest=""),
                **stated,
            )

        await tell(
            came("t1", Came.STARTED, 1),
            came("t2", Came.STARTED, 2),
            came("t2", Came.ABANDONED, 3),
            came("t3", Came.ABANDONED, 4),
            came("t3", Came.COMPLETED, 5, order_external_id="1"),
            order(1),
        )
        async with work() as transaction:
            listed = (await list_checkouts(transaction, limit=50)).items
            (abandoned,) = (
                await list_checkouts(transaction, CheckoutFilters(stage=CheckoutStage.ABANDONED), limit=5)
            ).items
            (bought,) = (await list_orders(transaction, limit=5)).items
            assert await read_checkout(transaction, abandoned.checkout_id) == abandoned
        assert [(each.checkout_token, each.stage) for each in listed] == [
            ("t3", CheckoutStage.COMPLETED),
            ("t2", CheckoutStage.ABANDONED),
            ("t1", CheckoutStage.STARTED),
        ]
        assert abandoned.checkout_token == "t2"
        assert listed[0].order_id == bought.order_id

    async def test_products(self, tell: Any, work: Any) -> None:
        """Products are listed by name with their variants, and without those that were deleted."""

        def product(external_id: str, name: str, **stated: Any) -> ProductRecord:
            return ProductRecord(
                external_id=external_id,
                version=Version(at=NOON, rank=0, digest=""),
                name=name,
                status="publish",
                currency="EUR",
                **stated,
            )

        variants = (
            ProductVariant(external_id="12", name="Large"),
            ProductVariant(external_id="11", name="Small"),
        )
        await tell(
            product("1", "Plate", sku="PL"),
            product("2", "Cup", variants=variants),
            product("3", "Bowl"),
            PresenceRecord(
                kind=ObjectKind.PRODUCT, external_id="3", change=PresenceChange.DELETED, evidence_id="d"
            ),
        )
        async with work() as transaction:
            listed = (await list_products(transaction, limit=50)).items
            everything = await list_products(transaction, ProductFilters(includes_deleted=True), limit=50)
            by_sku = await list_products(transaction, ProductFilters(search="pl"), limit=50)
            assert await read_product(transaction, listed[0].product_id) == listed[0]
        assert [each.name for each in listed] == ["Cup", "Plate"]
        assert [variant.name for variant in listed[0].variants] == ["Small", "Large"]
        assert [each.name for each in everything.items] == ["Bowl", "Cup", "Plate"]
        assert [each.name for each in by_sku.items] == ["Plate"]


async def test_unknown_ids_find_nothing(work: Any) -> None:
    """An id that nobody has is not found, whatever it is asked for."""
    nobody = UUID(int=1)
    async with work() as transaction:
        for read in (read_order, read_contact, read_lead, read_checkout, read_product):
            with pytest.raises(NotFoundError):
                await read(transaction, nobody)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=60).filter(lambda text: "\x00" not in text))
async def test_any_text_can_be_searched_for(work: Any, text: str) -> None:
    """No text is an error of a search."""
    async with work() as transaction:
        await list_orders(transaction, OrderFilters(search=text), limit=5)
        await list_contacts(transaction, ContactFilters(search=text), limit=5)
        await list_leads(transaction, LeadFilters(search=text), limit=5)
        await list_products(transaction, ProductFilters(search=text), limit=5)
        await list_checkouts(transaction, CheckoutFilters(search=text), limit=5)
