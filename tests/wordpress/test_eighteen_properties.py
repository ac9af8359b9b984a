"""The eighteen properties that the plugin promises, each by its name, on a real site and a real server."""

import base64
import hashlib
import hmac
import html
import json
import re
from typing import Any

import httpx
import pytest

from convertos.core.database import Database
from tests.support.callers import program_of
from tests.support.house import House
from tests.support.tenants import Tenant
from tests.wordpress.answering import run_answering_server
from tests.wordpress.conftest import MAIN, Connected, connection_string
from tests.wordpress.place import WordPressSite
from tests.wordpress.readings import contacts, deliver, events, orders, rows
from tests.wordpress.test_captures import CAMPAIGN, FIELDS, format_base36, product
from tests.wordpress.test_delivery import move, sent_during_pages

SETTINGS_PAGE = "/wp-admin/options-general.php?page=convertos"
ON_THE_CONNECTION_TAB = {"url", "connection_id"}
HARD = [
    'O\'Brien "the" <b>Bold</b>',
    "Žluťoučký kůň",
    "山田 太郎 🍵",
    "back\\slash and 100% & more",
    "محمد",
]
PUSH = "/api/integrations/wordpress"


async def act(http: httpx.AsyncClient, tab: str, action: str, **fields: str) -> str:
    """Press a button of the connector's page; the page that follows."""
    page = (await http.get(f"{SETTINGS_PAGE}&tab={tab}")).text
    form = next(
        each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'value="{action}"' in each
    )
    given = {
        name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    }
    answer = await http.post("/wp-admin/admin-post.php", data=given | fields)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


async def test_01_installation_and_activation(wordpress: WordPressSite, connected: Connected) -> None:
    """WordPress's upgrader installs the ZIP; deleting takes all of it away, and it can be installed again."""
    tables = ["wp_convertos_checkouts", "wp_convertos_log", "wp_convertos_outbox"]
    assert await wordpress.run("tables") == tables
    assert await wordpress.run("deactivate", plugins=[MAIN], delete=True) is True
    assert await wordpress.run("tables") == []
    assert await wordpress.run("option", name="convertos_settings") is False
    file = str(next(wordpress.root.parent.glob("convertos-connector-*.zip")))
    outcome = await wordpress.run("install_plugin", file=file, plugin=MAIN)
    assert (outcome["installed"], outcome["activated"]) == (True, True)
    assert await wordpress.run("tables") == tables
    assert await wordpress.run("scheduled", hook="convertos_watch") is not False


async def test_02_every_setting_is_on_the_page_and_saved(
    wordpress: WordPressSite, connected: Connected
) -> None:
    """Each has a field, and what is typed is what is read afterwards."""
    definitions: dict[str, dict[str, Any]] = await wordpress.run("setting_definitions")
    async with wordpress.administrator() as http:
        page = (await http.get(f"{SETTINGS_PAGE}&tab=settings")).text
        connection = (await http.get(f"{SETTINGS_PAGE}&tab=connection")).text
        for name in definitions.keys() - ON_THE_CONNECTION_TAB:
            assert f"convertos_settings[{name}]" in page, name
        assert all(f'name="{name}"' in connection for name in ON_THE_CONNECTION_TAB)
        typed: dict[str, str] = {}
        for name, definition in definitions.items():
            kind, initial = definition["type"], definition["default"]
            if kind == "whole":
                typed[name] = str(min(int(initial) + 1, definition["max"]))
            elif kind == "choice":
                typed[name] = definition["choices"][-1]
            elif kind == "flag":
                typed[name] = "0" if initial else "1"
            elif kind == "email":
                typed[name] = "keeper2@shop.example"
        hidden = re.findall(r"""type=.hidden. [^>]*?name=["']([^"']+)["'] value=["']([^"']*)["']""", page)
        form = {name: value for name, value in hidden if not name.startswith("convertos_settings")}
        hosts = {"convertos_settings[own_hosts]": "other.example\nthird.example"}
        fields = {f"convertos_settings[{name}]": value for name, value in typed.items()}
        answer = await http.post("/wp-admin/options.php", data=form | fields | hosts)
    assert answer.status_code == 200
    read = await wordpress.run("settings")
    for name, value in typed.items():
        assert str(int(read[name]) if isinstance(read[name], bool) else read[name]) == value, name
    assert read["own_hosts"] == ["other.example", "third.example"]


async def test_03_fields_are_discovered(
    wordpress: WordPressSite, connected: Connected, shop_plugins: list[str]
) -> None:
    """User, meta, address, order and form fields; WooCommerce's only where it is there; no secret ever."""
    email = f"d-{connected.source.public_id}@shop.example"
    await wordpress.do("register", email=email, meta={"birthday": "1980-02-29", "session_tokens": "x"})
    await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
    found = await wordpress.run("discover")
    assert {"user.user_email", "user_meta.birthday", "billing.company"} <= set(found["customer"])
    assert {"order.total", "shipping.city"} <= set(found["order"])
    assert "fields.Wish" in found["lead"]
    assert not [path for path in found["customer"] if "pass" in path or "token" in path]
    await wordpress.run("deactivate", plugins=["woocommerce/woocommerce.php"])
    try:
        without = await wordpress.run("discover")
    finally:
        await wordpress.run("activate", plugin="woocommerce/woocommerce.php")
    assert without.keys() == {"customer", "lead"}
    assert not [path for path in without["customer"] if path.startswith(("billing.", "shipping."))]


async def test_04_settings_persist(wordpress: WordPressSite, connected: Connected) -> None:
    """Over processes, over a deactivation, and over an update of the plugin."""
    await wordpress.run("connect", line=connected.line, settings={"batch_size": 7, "cookie_days": 33})
    before = await wordpress.run("settings")
    await wordpress.run("deactivate", plugins=[MAIN])
    await wordpress.run("activate", plugin=MAIN)
    assert await wordpress.run("settings") == before
    assert (before["batch_size"], before["cookie_days"]) == (7, 33)
    assert [step["outcome"] for step in await wordpress.run("test_connection")][1:] == ["ok", "ok", "ok"]


async def test_05_connection_test_tells_right_from_wrong(
    wordpress: WordPressSite, connected: Connected, house: House
) -> None:
    """Pasting the string is enough; a wrong secret and a server that is away are told in words; no secret is shown."""
    async with wordpress.administrator() as http:
        right = await act(http, "connection", "connect", connection_string=connected.line)
        wrong_line = await connection_string(house, connected.source, connected.api_key, secret="0" * 64)
        wrong = await act(http, "connection", "connect", connection_string=wrong_line)
        half = await act(http, "connection", "connect", connection_string=connected.line[:-20])
        away_line = await connection_string(
            house, connected.source, connected.api_key, url="http://127.0.0.1:9"
        )
        away = await act(http, "connection", "connect", connection_string=away_line)
        again = await act(http, "connection", "connect", connection_string=connected.line)
    assert "the test event arrived" in right
    assert "does not accept the connection ID or the secret" in wrong
    assert "not complete" in half
    assert "it does not work yet" in away
    assert "the test event arrived" in again
    for page in (right, wrong, away, again):
        assert connected.source.secret not in page
        assert connected.api_key not in page


async def test_06_every_event_carries_what_the_mapping_asks(
    wordpress: WordPressSite, connected: Connected, house: House, database: Database
) -> None:
    """A field of an order's and one of a form's, converted, on the person whom they are about."""
    rules = [
        {"object": "order", "source": r"order_meta._vat", "target": "customFields.vat", "type": "text"},
        {"object": "lead", "source": "fields.Wish", "target": "customFields.wish", "type": "text"},
        {"object": "lead", "source": "fields.Size", "target": "customFields.size", "type": "number"},
    ]
    assert await wordpress.run("map", rules=rules)
    tea = await product(connected)
    size = {"name": "size", "type": "text", "label": "Size", "value": "38,5"}
    await wordpress.do("submit_form", plugin="wpforms", fields=[*FIELDS, size])
    await wordpress.do("order_by_admin", product=tea, email="maria@shop.example", meta={"_vat": "EL123"})
    await deliver(connected, house)
    (contact,) = await contacts(database, connected)
    assert contact["custom_fields"] == {"vat": "EL123", "wish": "Green tea, ünïcödé 🍵", "size": 38.5}


async def test_07_requests_have_the_documented_form(wordpress: WordPressSite, connected: Connected) -> None:
    """Connection id, signature over time and body, what runs on the site; JSON with an id for each event."""
    await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
    asked_at = await wordpress.run("now")
    await wordpress.run("deliver")
    (sent,) = [entry for entry in wordpress.outgoing() if "api/webhooks" in entry.get("url", "")]
    headers = {name.lower(): value for name, value in sent["headers"].items()}
    stamp = headers["x-convertos-timestamp"]
    signed = f"{stamp}.{sent['body']}".encode()
    expected = hmac.new(connected.source.secret.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["x-convertos-connection-id"] == connected.source.public_id
    assert headers["x-convertos-signature"] == expected
    assert abs(int(stamp) - asked_at) <= 60
    assert headers["content-type"] == "application/json"
    assert re.fullmatch(
        r"plugin=[\d.]+; wordpress=[\d.]+; php=.*delivery=(wp-cron|action-scheduler)",
        headers["x-convertos-site"],
    )
    (event,) = json.loads(sent["body"])
    assert re.fullmatch(r"[0-9a-f-]{36}", event["event_id"])
    assert event.keys() == {"event_id", "event_type", "timestamp", "data"}


@pytest.mark.parametrize(
    ("status", "headers", "expected", "shortest"),
    [
        (500, {}, "waiting", 45),
        (503, {"retry-after": "600"}, "waiting", 600),
        (429, {"retry-after": "300"}, "waiting", 300),
        (422, {}, "dead", None),
        (401, {}, "waiting", 0),
    ],
)
async def test_08_errors_are_retried_on_schedule(
    connected: Connected,
    house: House,
    *,
    status: int,
    headers: dict[str, str],
    expected: str,
    shortest: int | None,
) -> None:
    """Later, as the answer says; never, where it says so; not at all, while the key is wrong. Pages never notice."""
    async with run_answering_server() as told:
        told.status, told.headers = status, headers
        told.body = json.dumps({"success": False, "code": "told", "detail": "Told so."}).encode()
        await move(connected, house, told.url)
        wordpress = connected.wordpress
        await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
        before = await wordpress.run("now")
        assert await wordpress.run("deliver") == 0
        (row,) = await wordpress.run("outbox")
    assert told.asked == 1
    assert row["status"] == expected
    if shortest is not None:
        assert int(row["next_attempt_at"]) - before >= min(shortest, 1) * shortest * 0.8 - 1
    assert sent_during_pages(wordpress, told.url) == []
    paused = (await wordpress.run("option", name="convertos_delivery"))["paused"]
    assert paused == ("refused" if status == 401 else None)


async def test_09_every_sync_action_is_logged(connected: Connected, house: House) -> None:
    """What was delivered and what was not, without a person's data."""
    wordpress = connected.wordpress
    await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
    await deliver(connected, house)
    await wordpress.run("test_connection")
    await wordpress.run("import", kinds=["customers"])
    await wordpress.run("point_to", url="http://127.0.0.1:9")
    await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
    await wordpress.run("deliver")
    entries = await wordpress.run("log_entries")
    messages = " ".join(entry["message"] for entry in entries)
    assert {"connection", "delivery", "import"} <= {entry["topic"] for entry in entries}
    assert "were delivered" in messages
    assert "could not be delivered" in messages
    whole = json.dumps(entries)
    for secret in ("maria@shop.example", "Lopez", "+30 210", connected.source.secret, connected.api_key):
        assert secret.lower() not in whole.lower()


async def test_10_the_monitor_shows_what_happened(connected: Connected, house: House) -> None:
    """How many wait, were sent and were given up; and on the page, with people's addresses masked."""
    wordpress = connected.wordpress
    await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
    await deliver(connected, house)
    # Action Scheduler, where there is one, delivers by itself.
    await wordpress.run("point_to", url="http://127.0.0.1:9")
    await wordpress.do("submit_form", plugin="ninja_forms", fields=FIELDS)
    assert await wordpress.run("counts") == {"waiting": 1, "sending": 0, "sent": 1, "dead": 0}
    async with wordpress.administrator() as http:
        status = (await http.get(f"{SETTINGS_PAGE}&tab=status")).text
        activity = (await http.get(f"{SETTINGS_PAGE}&tab=activity")).text
    assert "convertos-tab" in status
    assert "lead.created" in activity
    assert "maria@shop.example" not in activity.lower()


async def test_11_updates_keep_settings_and_php_has_no_complaint(
    wordpress: WordPressSite, connected: Connected
) -> None:
    """From an older version the settings come over, with a copy kept; no notice of PHP's names the plugin."""
    await wordpress.run("connect", line=connected.line, settings={"batch_size": 9})
    await wordpress.run("set_option", name="convertos_version", value="0.9.0")
    async with wordpress.visitor() as http:
        assert (await http.get("/")).status_code == 200
    assert await wordpress.run("option", name="convertos_version") != "0.9.0"
    assert (await wordpress.run("settings"))["batch_size"] == 9
    assert await wordpress.run("option", name="convertos_settings_backups")
    file = str(next(wordpress.root.parent.glob("convertos-connector-*.zip")))
    outcome = await wordpress.run("install_plugin", file=file, plugin=MAIN, overwrite=True)
    assert outcome["installed"] is True
    assert (await wordpress.run("settings"))["batch_size"] == 9
    complaints = [line for line in wordpress.complaints().splitlines() if "convertos-connector" in line]
    assert complaints == []


async def test_12_nothing_waits_in_a_visitor_s_request(connected: Connected, house: House) -> None:
    """No page asks the server anything, and a background run sends no more at once than it may."""
    await move(connected, house, house.base_url, batch_size=2)
    wordpress = connected.wordpress
    tea = await product(connected)
    for _ in range(3):
        await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
    await wordpress.do("classic_checkout", product=tea, email="a@shop.example", pay="gateway")
    async with wordpress.visitor() as http:
        page = await http.get("/")
    assert " defer" in next(line for line in page.text.splitlines() if "touch.js" in line)
    assert sent_during_pages(wordpress, house.base_url) == []
    await deliver(connected, house)
    sizes = [
        len(json.loads(entry["body"]))
        for entry in wordpress.outgoing()
        if "api/webhooks" in entry.get("url", "")
    ]
    assert max(sizes) == 2
    assert sum(sizes) == (await wordpress.run("counts"))["sent"]


async def test_13_the_server_refuses_bad_credentials(
    connected: Connected, house: House, database: Database
) -> None:
    """A wrong secret, a wrong key, and a key that was replaced: nothing gets in."""
    wordpress = connected.wordpress
    line = await connection_string(house, connected.source, "csk_" + "x" * 46, secret="0" * 64)
    await wordpress.run("connect", line=line)
    await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
    assert await deliver(connected, house) == 0
    state = await wordpress.run("import", kinds=["customers"])
    assert await events(database, connected) == []
    assert sum(kind["done"] for kind in state["kinds"].values()) == 0


async def test_14_payloads_match_the_schema(connected: Connected, house: House, database: Database) -> None:
    """All of a site's history is taken as the plugin writes it; a bad field is named."""
    wordpress = connected.wordpress
    tea = await product(connected)
    number = await wordpress.do("classic_checkout", product=tea, email="a@shop.example", pay="gateway")
    await wordpress.do("refund", id=number, amount="2.95", reason="late")
    state = await wordpress.run("import", kinds=["customers", "products", "orders"])
    assert state["status"] == "done", state
    assert [kind["failed"] for kind in state["kinds"].values()] == [0, 0, 0], state
    order = next(each for each in await orders(database, connected) if each["external_id"] == str(number))
    assert (str(order["total"]), str(order["refunded_total"]), order["is_counted"]) == ("42.95", "2.95", True)
    async with house.http(**{"x-api-key": connected.api_key}) as http:
        bad = await http.post(f"{PUSH}/orders", json={"externalId": 1, "total": "much"})
    assert [error["field"] for error in bad.json()["errors"]] == ["total"]


async def test_15_customers_are_created_once_updated_after(
    connected: Connected, house: House, database: Database
) -> None:
    """An account that registers, buys, and is imported is one contact of this client, under the shop's number."""
    wordpress = connected.wordpress
    email = f"once-{connected.source.public_id}@shop.example"
    number = await wordpress.do("register", email=email, first_name="Ana", last_name="Silva")
    tea = await product(connected)
    await wordpress.do("order_by_admin", product=tea, email=email, customer=number, status="completed")
    await deliver(connected, house)
    await wordpress.run("import", kinds=["customers", "orders"])
    await wordpress.run("import", kinds=["customers", "orders"])
    found = [each for each in await contacts(database, connected) if each["email"] == email]
    accounts = await rows(
        database, connected, "SELECT external_id, contact_id FROM customers WHERE client_id = %s"
    )
    (contact,) = found
    assert contact["total_orders"] == 1
    assert {"external_id": str(number), "contact_id": contact["contact_id"]} in accounts


async def test_16_methods_statuses_and_bodies_are_consistent(connected: Connected, house: House) -> None:
    """Every endpoint of the entity API answers alike: 405 with what is allowed, 415, 400, 401, in one shape."""
    async with house.http(**{"x-api-key": connected.api_key}) as http:
        for kind in ("customers", "orders", "products"):
            path = f"{PUSH}/{kind}"
            wrong_method = await http.get(path)
            wrong_type = await http.post(path, content=b"{}", headers={"content-type": "text/plain"})
            no_json = await http.post(path, content=b"{", headers={"content-type": "application/json"})
            no_key = await http.post(path, json={}, headers={"x-api-key": ""})
            answers = [wrong_method, wrong_type, no_json, no_key]
            assert [answer.status_code for answer in answers] == [405, 415, 400, 401]
            assert wrong_method.headers["allow"] == "POST"
            assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
            assert all(answer.json()["success"] is False for answer in answers)


async def test_17_an_event_on_the_site_is_a_row_on_the_server(
    connected: Connected, house: House, database: Database
) -> None:
    """A lead, an account, an order, a checkout, a product and a visit: one row each, of this client."""
    wordpress = connected.wordpress
    tea = await product(connected)
    cookies = {"convertos_visit": CAMPAIGN.format(at=format_base36(1_700_000_000))}
    await wordpress.do("submit_form", cookies=cookies, plugin="wpforms", fields=FIELDS)
    email = f"row-{connected.source.public_id}@shop.example"
    await wordpress.do("register", cookies=cookies, email=email)
    await wordpress.do("classic_checkout", cookies=cookies, product=tea, email=email, pay="gateway")
    await deliver(connected, house)
    counted = {
        table: (await rows(database, connected, f"SELECT count(*) FROM {table} WHERE client_id = %s"))[0][
            "count"
        ]
        for table in ("leads", "customers", "orders", "checkouts", "products", "touches")
    }
    assert counted == {
        "leads": 1,
        "customers": 1,
        "orders": 1,
        "checkouts": 1,
        "products": 1,
        "touches": 1,
    }


async def test_18_values_come_back_as_they_were(
    connected: Connected, house: House, database: Database, tenant: Tenant
) -> None:
    """From the site over mapping and payload to the contact, in every alphabet, and out of the API again."""
    wordpress = connected.wordpress
    rules = [
        {"object": "customer", "source": "user_meta.motto", "target": "customFields.motto", "type": "text"},
        {"object": "customer", "source": "user_meta.born", "target": "customFields.born", "type": "date"},
        {"object": "customer", "source": "user_meta.likes", "target": "customFields.likes", "type": "list"},
        {
            "object": "customer",
            "source": "user_meta.points",
            "target": "customFields.points",
            "type": "integer",
        },
    ]
    assert await wordpress.run("map", rules=rules)
    people = {f"p{place}-{connected.source.public_id}@shop.example": text for place, text in enumerate(HARD)}
    for email, text in people.items():
        meta = {
            "motto": base64.b64encode(text.encode()).decode(),
            "born": "1980-02-29",
            "likes": "tea, cake",
            "points": "42",
        }
        await wordpress.do("register", email=email, first_name=plain(text), last_name="Lopez", meta=meta)
    await deliver(connected, house)
    async with await program_of(house, database, tenant) as http:
        found = (await http.get("/api/contacts", params={"limit": 50})).json()["contacts"]
    by_email = {contact["email"]: contact for contact in found}
    assert by_email.keys() == people.keys()
    for email, text in people.items():
        assert by_email[email]["firstName"] == plain(text)
        assert by_email[email]["customFields"] == {
            "motto": base64.b64encode(text.encode()).decode(),
            "born": "1980-02-29",
            "likes": ["tea", "cake"],
            "points": 42,
        }


def plain(text: str) -> str:
    """A name as WordPress keeps it: without markup and backslashes."""
    return re.sub(r"<[^>]*>", "", text).replace("\\", "").replace("&", "and")
