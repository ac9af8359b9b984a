"""What Shopify's webhooks mean, body by body."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.shopify import FIXTURES, example, received

from convertos.platforms import Ignored, IgnoreReason, UnreadableError
from convertos.platforms.shopify.mapping import TOPICS, records_of
from convertos.records import (
    CheckoutRecord,
    CheckoutStage,
    CustomerRecord,
    Demand,
    DemandKind,
    Marks,
    ObjectKind,
    OrderItem,
    OrderRecord,
    PresenceChange,
    PresenceRecord,
    ProductRecord,
    RefundRecord,
    Standing,
)

ORDER = "6620019988776"


def order(content: dict[str, Any], topic: str = "orders/updated") -> OrderRecord:
    records = records_of(received(topic, content))
    assert not isinstance(records, Ignored | Demand)
    (record,) = records
    assert isinstance(record, OrderRecord)
    return record


class TestOrders:
    def test_an_order_is_read_whole(self) -> None:
        """Number, buyer, amounts, lines and time of Shopify's own example."""
        read = order(example("orders_create"), "orders/create")
        assert (read.external_id, read.number, read.status, read.standing) == (
            ORDER,
            "#1042",
            "paid",
            Standing.PAID,
        )
        amounts = (read.total, read.subtotal, read.discount_total, read.shipping_total, read.tax_total)
        assert [str(amount) for amount in amounts] == ["85.90", "90.00", "9.00", "4.90", "13.72"]
        assert (read.currency, read.payment_method, read.is_test) == ("EUR", "shopify_payments", False)
        assert read.placed_at == datetime(2026, 11, 18, 9, 2, 39, tzinfo=UTC)
        assert read.version.at == datetime(2026, 11, 18, 9, 2, 43, tzinfo=UTC)
        assert read.checkout_token == "5f0c1e0bb7a14d2e9b2c7d1f00aa93e1"
        assert read.items == (
            OrderItem(
                external_id="16000000000001",
                product_external_id="9100000000010",
                variant_external_id="47000000000021",
                sku="WT-SAND",
                name="Wool throw - Sand",
                quantity=Decimal(2),
                price=Decimal("45.00"),
                total=Decimal("81.00"),
            ),
        )
        person = read.person
        assert (person.email, person.phone, person.first_name, person.last_name, person.country) == (
            "ilse.harms@example.org",
            "+4915112345678",
            "Ilse",
            "Harms",
            "DE",
        )
        assert (person.customer_external_id, person.visitor_id) == ("8801337420017", "v_01JD3K7Q")

    def test_a_cancelled_order_earns_nothing(self) -> None:
        """Whatever its payment says: `cancelled_at` decides."""
        read = order(example("orders_cancelled"), "orders/cancelled")
        assert (read.status, read.standing) == ("cancelled", Standing.CANCELLED)
        assert read.cancelled_at == datetime(2026, 11, 18, 10, tzinfo=UTC)
        paid = order({**example("orders_cancelled"), "financial_status": "paid"})
        assert paid.standing is Standing.CANCELLED

    @pytest.mark.parametrize(
        ("word", "standing"),
        [
            ("pending", Standing.PENDING),
            ("authorized", Standing.PENDING),
            ("partially_paid", Standing.PENDING),
            ("paid", Standing.PAID),
            ("partially_refunded", Standing.PAID),
            ("refunded", Standing.PAID),
            ("expired", Standing.FAILED),
            ("voided", Standing.CANCELLED),
            (None, Standing.PENDING),
            ("something new", Standing.PENDING),
        ],
    )
    def test_the_payment_says_how_an_order_stands(self, word: str | None, standing: Standing) -> None:
        """Only money that was taken earns revenue."""
        assert order({**example("orders_create"), "financial_status": word}).standing is standing

    @pytest.mark.parametrize(
        ("word", "kept"),
        [(None, None), ("partial", "partial"), ("fulfilled", "fulfilled"), ("restocked", "restocked")],
    )
    def test_what_was_sent_is_told(self, word: str | None, kept: str | None) -> None:
        """In the webhooks' words."""
        assert order({**example("orders_create"), "fulfillment_status": word}).fulfillment_status == kept

    def test_a_test_order_is_one(self) -> None:
        """The bogus gateway's orders are marked and left out of revenue."""
        assert order({**example("orders_create"), "test": True}).is_test is True

    def test_a_guest_without_personal_data_is_still_an_order(self) -> None:
        """Where protected data was not granted, everything personal is null."""
        names = ("email", "contact_email", "phone", "customer", "billing_address", "shipping_address")
        read = order({**example("orders_create"), **dict.fromkeys(names), "note_attributes": []})
        assert not read.person.is_known

    def test_later_of_one_second_is_decided_by_how_far_it_is(self) -> None:
        """An order that is paid follows the one that is pending, also when both bear one second."""
        pending = order({**example("orders_create"), "financial_status": "pending"})
        assert order(example("orders_create")).version > pending.version

    @pytest.mark.parametrize("missing", ["total_price", "currency", "id"])
    def test_what_an_order_cannot_be_without(self, missing: str) -> None:
        """Is said when it is missing; nothing is guessed."""
        with pytest.raises(UnreadableError):
            order({**example("orders_create"), missing: None})


class TestWhereTheBuyerCameFrom:
    def test_the_landing_page_and_the_referrer_are_the_visit(self) -> None:
        """UTM parameters and click ids are in the landing page's query."""
        (touch,) = order(example("orders_create")).touches
        assert touch.evidence.utm == {
            "source": "facebook",
            "medium": "paid_social",
            "campaign": "autumn_sale",
        }
        assert touch.evidence.click_ids == {"fbclid": "IwAR0exampleclick"}
        assert touch.evidence.referrer == "https://l.facebook.com/"
        assert touch.occurred_at == datetime(2026, 11, 18, 9, 2, 39, tzinfo=UTC)

    def test_what_the_storefront_noted_outranks_it(self) -> None:
        """A theme that stores campaigns in the cart's attributes is believed first."""
        notes = [
            {"name": "utm_source", "value": "klaviyo"},
            {"name": "_utm_medium", "value": "email"},
            {"name": "gclid", "value": "g-1"},
            {"name": "Gift note", "value": "For you"},
            {"name": None, "value": 1},
            "nonsense",
        ]
        (touch,) = order({**example("orders_create"), "note_attributes": notes}).touches
        assert touch.evidence.utm == {"source": "klaviyo", "medium": "email"}
        assert touch.evidence.click_ids == {"fbclid": "IwAR0exampleclick", "gclid": "g-1"}

    def test_without_any_of_it_there_is_no_touch(self) -> None:
        """Orders of the point of sale, of drafts and of the API have no visit."""
        bare: dict[str, Any] = {"landing_site": None, "referring_site": None, "note_attributes": []}
        assert order({**example("orders_create"), **bare}).touches == ()


class TestRefunds:
    def test_a_refund_tells_of_itself(self) -> None:
        """The sum of its successful refund transactions, for the order that it names."""
        read = order(example("refunds_create"), "refunds/create")
        assert read.external_id == ORDER
        assert read.refunds == (
            RefundRecord(
                external_id="940000000051",
                amount=Decimal("40.50"),
                reason="one item damaged",
                refunded_at=datetime(2026, 11, 22, 14, 20, tzinfo=UTC),
            ),
        )
        assert not read.is_refund_list_complete

    def test_only_what_was_paid_back_counts(self) -> None:
        """A failed transaction returned nothing, and one of another kind is none."""
        refund = example("refunds_create")
        (transaction,) = refund["transactions"]
        more = [{**transaction, "status": "failure"}, {**transaction, "kind": "void"}, transaction]
        read = order({**refund, "transactions": more}, "refunds/create")
        assert read.refunds[0].amount == Decimal("40.50")

    def test_goods_taken_back_for_nothing_are_no_refund(self) -> None:
        """A restock without money changes no revenue."""
        assert records_of(received("refunds/create", {**example("refunds_create"), "transactions": []})) == []

    def test_money_in_the_buyers_currency_is_converted(self) -> None:
        """A payment is stated in what the buyer paid in; the shop's books are in the shop's currency."""
        refund = example("refunds_create")
        pair = {
            "shop_money": {"amount": "40.50", "currency_code": "EUR"},
            "presentment_money": {"amount": "45.00", "currency_code": "USD"},
        }
        refund["refund_line_items"][0]["subtotal_set"] = pair
        for name in ("total_tax_set", "line_item"):
            del refund["refund_line_items"][0][name]
        refund["transactions"][0] |= {"amount": "45.00", "currency": "USD"}
        assert order(refund, "refunds/create").refunds[0].amount == Decimal("40.50")

    def test_an_order_lists_all_its_refunds(self) -> None:
        """The order's own body says which refunds there are."""
        read = order({**example("orders_create"), "refunds": [example("refunds_create")]})
        assert [refund.external_id for refund in read.refunds] == ["940000000051"]
        assert read.is_refund_list_complete

    def test_a_refund_without_an_order_is_unreadable(self) -> None:
        """Nobody could tell what it takes away from."""
        with pytest.raises(UnreadableError, match="order_id"):
            order({**example("refunds_create"), "order_id": None}, "refunds/create")


class TestCustomersProductsCheckouts:
    def test_a_customer_is_an_account(self) -> None:
        """With the country of the default address, by which a phone number is read."""
        (read,) = records_of(received("customers/create", example("customers_create")))  # type: ignore[misc]  # a sequence
        assert isinstance(read, CustomerRecord)
        assert (read.external_id, read.emails, read.person.country) == (
            "8801337420017",
            ("ilse.harms@example.org",),
            "DE",
        )
        assert read.registered_at == datetime(2026, 11, 2, 8, 14, 3, tzinfo=UTC)

    def test_a_product_has_its_variants(self) -> None:
        """Prices are the variants'; a product's is its lowest."""
        (read,) = records_of(received("products/update", example("products_update")))  # type: ignore[misc]  # a sequence
        assert isinstance(read, ProductRecord)
        assert (read.external_id, read.name, read.status, read.price) == (
            "9100000000010",
            "Wool throw XL",
            "active",
            Decimal("45.00"),
        )
        assert (read.categories, read.tags, read.currency) == (("Home",), ("home", "wool"), "USD")
        assert [(variant.external_id, variant.sku) for variant in read.variants or ()] == [
            ("47000000000021", "WT-SAND")
        ]

    def test_a_checkout_is_told_by_its_token(self) -> None:
        """It has no id any more; started when it was made, completed when the order was."""
        records = records_of(received("checkouts/update", example("checkouts_update")))
        assert not isinstance(records, Ignored | Demand)
        checkouts = [record for record in records if isinstance(record, CheckoutRecord)]
        assert [(checkout.stage, checkout.occurred_at) for checkout in checkouts] == [
            (CheckoutStage.STARTED, datetime(2026, 11, 18, 8, 55, 10, tzinfo=UTC)),
            (CheckoutStage.COMPLETED, datetime(2026, 11, 18, 9, 2, 41, tzinfo=UTC)),
        ]
        assert {checkout.checkout_token for checkout in checkouts} == {"5f0c1e0bb7a14d2e9b2c7d1f00aa93e1"}
        assert checkouts[0].person.email == "ilse.harms@example.org"
        assert str(checkouts[0].total) == "90.00"


class TestMarks:
    @pytest.mark.parametrize(
        ("state", "status"),
        [
            ("subscribed", "subscribed"),
            ("unsubscribed", "unsubscribed"),
            ("pending", "pending"),
            ("not_subscribed", "unknown"),
            ("invalid", "unknown"),
        ],
    )
    def test_consent_is_told_by_itself(self, state: str, status: str) -> None:
        """Nobody is taken for subscribed who is not said to be."""
        consent = {"state": state, "consent_updated_at": "2026-11-20T10:00:00Z"}
        body = {"customer_id": 7, "email_address": "a@example.org", "email_marketing_consent": consent}
        records = records_of(received("customers_email_marketing_consent/update", body))
        assert not isinstance(records, Ignored | Demand)
        (record,) = records
        assert isinstance(record, CustomerRecord)
        assert record.person.marks == Marks(subscription_status=status)
        assert (record.external_id, record.person.customer_external_id) == (None, "7")
        assert record.version.at == datetime(2026, 11, 20, 10, tzinfo=UTC)

    def test_the_answer_to_a_question_has_tags_and_consent(self) -> None:
        """Webhooks of customers have neither any more."""
        node = {
            "legacyResourceId": "7",
            "updatedAt": "2026-11-20T10:00:00Z",
            "tags": ["vip", "b2b"],
            "defaultEmailAddress": {"emailAddress": "a@example.org", "marketingState": "SUBSCRIBED"},
        }
        (record,) = records_of(received("customers/pulled", node))  # type: ignore[misc]  # a sequence
        assert isinstance(record, CustomerRecord)
        assert record.person.marks == Marks(tags=("b2b", "vip"), subscription_status="subscribed")
        (told,) = records_of(received("customers/update", example("customers_update")))  # type: ignore[misc]  # a sequence
        assert isinstance(told, CustomerRecord)
        assert told.person.marks is None


class TestWhatIsGone:
    @pytest.mark.parametrize(
        ("topic", "kind"),
        [
            ("orders/delete", ObjectKind.ORDER),
            ("customers/delete", ObjectKind.CUSTOMER),
            ("products/delete", ObjectKind.PRODUCT),
        ],
    )
    def test_a_deletion_names_its_object(self, topic: str, kind: ObjectKind) -> None:
        """A deletion's body is little more than an id."""
        assert records_of(received(topic, example("products_delete"))) == [
            PresenceRecord(
                kind=kind,
                external_id="9100000000010",
                change=PresenceChange.DELETED,
                evidence_id="w-1",
            )
        ]

    @pytest.mark.parametrize("name", ["orders_create", "customers_create", "products_create"])
    def test_a_living_object_is_not_deleted_by_a_header(self, name: str) -> None:
        """The topic is not signed: a whole object that is sent again under another topic deletes nothing."""
        with pytest.raises(UnreadableError, match="whole object"):
            records_of(received(f"{name.partition('_')[0]}/delete", example(name)))

    def test_of_two_accounts_that_were_merged_one_is_gone(self) -> None:
        """The other one follows by `customers/update`."""
        merge = {
            "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/1",
            "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/2",
        }
        (gone,) = records_of(received("customers/merge", merge))  # type: ignore[misc]  # a sequence
        assert isinstance(gone, PresenceRecord)
        assert (gone.kind, gone.external_id) == (ObjectKind.CUSTOMER, "2")


class TestDemands:
    @pytest.mark.parametrize(
        ("topic", "name", "kind"),
        [
            ("app/uninstalled", "app_uninstalled", DemandKind.LEAVE),
            ("customers/data_request", "customers_data_request", DemandKind.TELL_PERSON),
            ("customers/redact", "customers_redact", DemandKind.ERASE_PERSON),
            ("shop/redact", "shop_redact", DemandKind.ERASE_STORE),
        ],
    )
    def test_each_is_taken_from_its_own_body_alone(self, topic: str, name: str, kind: DemandKind) -> None:
        """The topic is a header that nobody signed: another demand's body under it demands nothing."""
        read = records_of(received(topic, example(name)))
        assert isinstance(read, Demand)
        assert read.kind is kind
        for other in ("app_uninstalled", "customers_data_request", "customers_redact", "shop_redact"):
            if other != name:
                with pytest.raises(UnreadableError):
                    records_of(received(topic, example(other)))

    def test_it_says_whom_it_is_about(self) -> None:
        """By number, address and phone."""
        read = records_of(received("customers/redact", example("customers_redact")))
        assert isinstance(read, Demand)
        (about,) = read.about
        assert isinstance(about, CustomerRecord)
        assert (about.external_id, about.emails, about.person.phone) == (
            "8801337420017",
            ("ilse.harms@example.org",),
            "+4915112345678",
        )


class TestTopics:
    def test_every_topic_is_one_that_shopify_has(self) -> None:
        """A misspelt topic would never arrive; the three of compliance are set in the app itself."""
        import json

        known = json.loads((FIXTURES / "webhook_topics_2026-10.json").read_bytes())["topics"]
        compliance = {"customers/data_request", "customers/redact", "shop/redact"}
        assert {topic["topic"] for topic in known} | compliance >= TOPICS

    @pytest.mark.parametrize(
        ("topic", "name"),
        [
            ("bulk_operations/finish", "bulk_operations_finish"),
            ("customer.tags_added", "customer_tags_added"),
            ("customers/purchasing_summary", "customers_purchasing_summary"),
        ],
    )
    def test_what_changes_no_table_says_so(self, topic: str, name: str) -> None:
        """It is kept as received."""
        read = records_of(received(topic, example(name, "unverified")))
        assert isinstance(read, Ignored)
        assert read.reason is IgnoreReason.NOT_KEPT

    def test_whom_it_names_is_found_when_they_are_to_be_forgotten(self) -> None:
        """A change of consent by SMS is kept as received, with a number in it."""
        body = {"customer_id": 7, "phone": "+4915112345678", "sms_marketing_consent": {}}
        read = records_of(received("customers_marketing_consent/update", body))
        assert isinstance(read, Ignored)
        (named,) = read.about
        assert isinstance(named, CustomerRecord)
        assert (named.external_id, named.person.phone) == ("7", "+4915112345678")

    def test_a_topic_that_nobody_asked_for_is_unknown(self) -> None:
        """Kept, and no error."""
        assert records_of(received("themes/publish", {})) == Ignored(
            IgnoreReason.UNKNOWN_TYPE, "themes/publish"
        )


_names = sorted({name for file in (FIXTURES / "webhooks").glob("*.json") for name in example(file.stem)})
_odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_names), inner, max_size=4),
    max_leaves=12,
)


@given(topic=st.sampled_from(sorted(TOPICS)), content=st.dictionaries(st.sampled_from(_names), _odd))
def test_whatever_stands_where_a_value_should_be_never_crashes(topic: str, content: dict[str, Any]) -> None:
    """Any JSON under Shopify's names is read, ignored, or unreadable with a reason."""
    event = received(topic, {"id": 7, "total_price": "1.00", "currency": "EUR", "token": "t", **content})
    with suppress(UnreadableError):
        assert records_of(event) == records_of(event)
