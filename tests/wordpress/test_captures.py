"""Everything that happens on a site arrives, each by the hook that really fires."""

from typing import Any

import pytest

from convertos.core.database import Database
from tests.support.house import House
from tests.wordpress.conftest import Connected
from tests.wordpress.readings import contacts, deliver, events, leads, orders, rows

FORMS = [
    "contact_form_7",
    "gravity_forms",
    "elementor",
    "wpforms",
    "ninja_forms",
    "fluent_forms",
    "formidable",
]
FIELDS = [
    {"name": "your-name", "type": "name", "label": "Your name", "value": "Maria Lopez"},
    {"name": "your-email", "type": "email", "label": "Your e-mail", "value": "Maria@Shop.example"},
    {"name": "your-phone", "type": "tel", "label": "Phone", "value": "+30 210 1234567"},
    {"name": "wish", "type": "text", "label": "Wish", "value": "Green tea, ünïcödé 🍵"},
    {"name": "your-password", "type": "password", "label": "Password", "value": "hunter2"},
    {"name": "card-number", "type": "text", "label": "Card", "value": "4111 1111 1111 1111"},
]
CAMPAIGN = "1|visitor00001|{at}&us=newsletter&um=email&uc=spring&l=%2Ftea"


async def product(connected: Connected, price: str = "42.95") -> int:
    made = await connected.wordpress.do("make_product", name="Tea", sku="TEA", price=price)
    assert isinstance(made, int)
    return made


class TestForms:
    @pytest.mark.parametrize("plugin", FORMS)
    async def test_a_form_is_a_lead(
        self, connected: Connected, house: House, database: Database, plugin: str
    ) -> None:
        """Name, address and phone are found, everything else goes along; passwords and card numbers don't."""
        await connected.wordpress.do("submit_form", plugin=plugin, fields=FIELDS)
        await deliver(connected, house)
        (lead,) = await leads(database, connected)
        (contact,) = await contacts(database, connected)
        (kept,) = await rows(database, connected, "SELECT body FROM receipts WHERE client_id = %s")
        assert (lead["form_plugin"], lead["email"], lead["phone"]) == (
            plugin,
            "maria@shop.example",
            "+302101234567",
        )
        assert (contact["first_name"], contact["last_name"]) == ("Maria", "Lopez")
        assert "Green tea, ünïcödé 🍵" in lead["fields"].values()
        assert b"hunter2" not in kept["body"]
        assert b"4111" not in kept["body"]

    async def test_a_mail_that_was_not_sent_is_no_lost_lead(
        self, connected: Connected, house: House, database: Database
    ) -> None:
        """Contact Form 7 tells of the failure; the lead is there all the same."""
        if await connected.wordpress.run("option", name="wpcf7"):
            pytest.skip("the real Contact Form 7 sends by its own mailer")
        options = {"status": "mail_failed"}
        await connected.wordpress.do("submit_form", plugin=FORMS[0], fields=FIELDS, options=options)
        await deliver(connected, house)
        assert len(await leads(database, connected)) == 1

    @pytest.mark.parametrize(
        ("plugin", "options"),
        [
            ("contact_form_7", {"status": "spam"}),
            ("contact_form_7", {"status": "validation_failed"}),
            ("gravity_forms", {"status": "spam"}),
            ("formidable", {"is_child": True}),
        ],
    )
    async def test_what_is_no_lead(self, connected: Connected, plugin: str, options: dict[str, Any]) -> None:
        """Spam, a form that was not filled in rightly, and a part of another entry are nobody's wish."""
        if plugin == "contact_form_7" and await connected.wordpress.run("option", name="wpcf7"):
            pytest.skip("the real Contact Form 7 decides by itself")
        await connected.wordpress.do("submit_form", plugin=plugin, fields=FIELDS, options=options)
        assert await connected.wordpress.run("outbox") == []


class TestPeople:
    async def test_an_account_is_a_contact_once(
        self, connected: Connected, house: House, database: Database
    ) -> None:
        """Who registers is a contact with the shop's number; a change of theirs is told."""
        email = f"reg-{connected.source.public_id}@shop.example"
        number = await connected.wordpress.do("register", email=email, first_name="Ana", last_name="Silva")
        await deliver(connected, house)
        await connected.wordpress.do("change_account", id=number, changes={"last_name": "Costa"})
        await connected.wordpress.run("let_pass", seconds=1)
        await deliver(connected, house)
        (contact,) = await contacts(database, connected)
        (account,) = await rows(database, connected, "SELECT * FROM customers WHERE client_id = %s")
        assert (contact["email"], contact["first_name"], contact["last_name"]) == (email, "Ana", "Costa")
        assert account["external_id"] == str(number)
        assert (await events(database, connected)).count("customer.registered") == 1

    async def test_the_site_s_own_staff_are_no_customers(self, connected: Connected, house: House) -> None:
        """An editor who gets an account buys nothing."""
        email = f"staff-{connected.source.public_id}@shop.example"
        await connected.wordpress.do("register", email=email, role="editor")
        assert await deliver(connected, house) == 0


class TestOrders:
    @pytest.mark.parametrize("checkout", ["classic_checkout", "block_checkout"])
    @pytest.mark.parametrize("pay", ["gateway", "cod"])
    async def test_a_visitor_buys(
        self, connected: Connected, house: House, database: Database, checkout: str, pay: str
    ) -> None:
        """By either checkout, paid by a gateway or on delivery: one order, paid once, with its lines."""
        tea = await product(connected)
        number = await connected.wordpress.do(
            checkout, product=tea, quantity=2, email="maria@shop.example", pay=pay
        )
        await deliver(connected, house)
        (order,) = await orders(database, connected)
        told = await events(database, connected)
        (line,) = await rows(database, connected, "SELECT * FROM order_items WHERE client_id = %s")
        assert (order["external_id"], order["status"], order["is_counted"]) == (
            str(number),
            "processing",
            True,
        )
        assert (str(order["total"]), order["currency"]) == ("85.90", "EUR")
        assert (line["sku"], line["quantity"], str(line["total"])) == ("TEA", 2, "85.90")
        assert told.count("order.created") == told.count("order.paid") == 1
        assert told.count("checkout.completed") == 1
        # What the plugin notes on an order is no news of it.
        assert (await connected.wordpress.run("counts"))["waiting"] == 0

    @pytest.mark.parametrize("how", ["order_by_admin", "order_by_rest"])
    async def test_an_order_without_a_visitor(
        self, connected: Connected, house: House, database: Database, how: str
    ) -> None:
        """Made by hand or by a program, it arrives as well."""
        tea = await product(connected)
        await connected.wordpress.do(how, product=tea, email="maria@shop.example", status="processing")
        await deliver(connected, house)
        (order,) = await orders(database, connected)
        assert (order["is_counted"], str(order["total"])) == (True, "42.95")
        assert (await events(database, connected)).count("order.paid") == 1

    async def test_paid_later_and_told_once(
        self, connected: Connected, house: House, database: Database
    ) -> None:
        """A bank transfer that arrives days later is paid once, whatever statuses follow."""
        tea = await product(connected)
        number = await connected.wordpress.do("classic_checkout", product=tea, email="maria@shop.example")
        await deliver(connected, house)
        (before,) = await orders(database, connected)
        await connected.wordpress.do("pay", id=number)
        await connected.wordpress.do("set_order_status", id=number, status="completed")
        await deliver(connected, house)
        (order,) = await orders(database, connected)
        assert (before["is_counted"], order["is_counted"], order["status"]) == (False, True, "completed")
        assert (await events(database, connected)).count("order.paid") == 1

    async def test_refunds_in_parts_and_in_full(
        self, connected: Connected, house: House, database: Database
    ) -> None:
        """Each refund is told once; what went back is what WooCommerce says."""
        tea = await product(connected, "50.00")
        number = await connected.wordpress.do(
            "classic_checkout", product=tea, email="maria@shop.example", pay="gateway"
        )
        await connected.wordpress.do("refund", id=number, amount="10.00", reason="broken")
        await deliver(connected, house)
        (partly,) = await orders(database, connected)
        await connected.wordpress.do("refund", id=number, amount="40.00")
        await deliver(connected, house)
        (wholly,) = await orders(database, connected)
        refunds = await rows(
            database, connected, "SELECT amount, reason FROM refunds WHERE client_id = %s ORDER BY amount"
        )
        assert (str(partly["refunded_total"]), partly["status"]) == ("10.00", "processing")
        assert (str(wholly["refunded_total"]), wholly["status"]) == ("50.00", "refunded")
        assert [(str(row["amount"]), row["reason"]) for row in refunds] == [
            ("10.00", "broken"),
            ("40.00", None),
        ]

    async def test_cancelled_and_deleted(
        self, connected: Connected, house: House, database: Database
    ) -> None:
        """Neither counts any more."""
        tea = await product(connected)
        buyer: dict[str, Any] = {"product": tea, "email": "maria@shop.example", "pay": "gateway"}
        cancelled = await connected.wordpress.do("classic_checkout", **buyer)
        deleted = await connected.wordpress.do("classic_checkout", **buyer)
        await connected.wordpress.do("set_order_status", id=cancelled, status="cancelled")
        await deliver(connected, house)
        await connected.wordpress.do("delete_order", id=deleted)
        await deliver(connected, house)
        found = await orders(database, connected)
        assert [(order["status"], order["is_counted"]) for order in found] == [
            ("cancelled", False),
            ("trash", False),
        ]
        assert "order.cancelled" in await events(database, connected)

    async def test_the_campaign_of_monday_earns_the_order_of_thursday(
        self, connected: Connected, house: House, database: Database
    ) -> None:
        """The visit that the cookie remembers goes with the order, and its campaign gets the credit."""
        monday = format_base36(1_700_000_000)
        tea = await product(connected)
        number = await connected.wordpress.do(
            "classic_checkout",
            cookies={"convertos_visit": CAMPAIGN.format(at=monday)},
            product=tea,
            email="maria@shop.example",
            pay="gateway",
        )
        await deliver(connected, house)
        touches = await rows(database, connected, "SELECT * FROM touches WHERE client_id = %s")
        facts = await connected.wordpress.do("order_facts", id=number)
        assert {(touch["source"], touch["campaign"]) for touch in touches} == {("newsletter", "spring")}
        assert {touch["visitor_id"] for touch in touches} == {"visitor00001"}
        assert [key for key, _ in facts["meta"] if key == "_convertos_trace"] == ["_convertos_trace"]


class TestCheckouts:
    async def test_started_with_an_address(
        self, connected: Connected, house: House, database: Database
    ) -> None:
        """A visitor who typed an address and has not bought yet is a checkout that was started."""
        tea = await product(connected)
        await connected.wordpress.do("look_at_checkout", product=tea, email="maria@shop.example")
        await deliver(connected, house)
        (checkout,) = await rows(database, connected, "SELECT * FROM checkouts WHERE client_id = %s")
        assert (checkout["email"], str(checkout["total"])) == ("maria@shop.example", "42.95")
        assert checkout["started_at"] is not None
        assert checkout["completed_at"] is None


class TestProducts:
    async def test_a_product_that_changes_is_told(
        self, connected: Connected, house: House, database: Database
    ) -> None:
        """Its name, number and price as they are now."""
        tea = await product(connected)
        await connected.wordpress.do("rename_product", id=tea, name="Green tea")
        await deliver(connected, house)
        (found,) = await rows(database, connected, "SELECT * FROM products WHERE client_id = %s")
        assert (found["external_id"], found["name"], found["sku"], str(found["price"])) == (
            str(tea),
            "Green tea",
            "TEA",
            "42.95",
        )


def format_base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    written = ""
    while number:
        number, digit = divmod(number, 36)
        written = digits[digit] + written
    return written
