"""Nothing is lost and nothing comes twice, whatever happens to the server; and no page waits for it."""

import asyncio
import json
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from convertos.core.database import Database
from convertos.core.failpoints import Step
from convertos.core.installation import Installation
from tests.support.house import House
from tests.wordpress.conftest import Connected, connection_string
from tests.wordpress.mortal import MortalServer
from tests.wordpress.place import WordPressSite
from tests.wordpress.readings import deliver, events, leads, orders
from tests.wordpress.test_captures import FIELDS, product

WEB_STEPS = [
    Step.DELIVERY_READ,
    Step.DELIVERY_VERIFIED,
    Step.RECEIPTS_WRITTEN,
    Step.RECEIPTS_COMMITTED,
    Step.ANSWER_READY,
]


@pytest.fixture
async def mortal(installation: Installation) -> AsyncIterator[MortalServer]:
    async with MortalServer(installation) as server:
        yield server


async def move(connected: Connected, house: House, url: str, **settings: object) -> None:
    """Connect the site to a server at another address."""
    line = await connection_string(house, connected.source, connected.api_key, url=url)
    assert await connected.wordpress.run("connect", line=line, settings=settings) is True
    connected.wordpress.forget_outgoing()


async def make_a_day(wordpress: WordPressSite, tea: int) -> None:
    """What happens on a site: five forms, two orders of which one is paid."""
    for place in range(5):
        fields = [{**FIELDS[1], "value": f"lead{place}@shop.example"}, FIELDS[3]]
        await wordpress.do("submit_form", plugin="wpforms", fields=fields)
    await wordpress.do("classic_checkout", product=tea, email="a@shop.example", pay="gateway")
    await wordpress.do("block_checkout", product=tea, email="b@shop.example")


def sent_during_pages(wordpress: WordPressSite, url: str) -> list[str]:
    """Requests to the server that PHP made while a visitor waited."""
    background = ("CLI ", "GET /wp-cron.php")
    return [
        entry["page"]
        for entry in wordpress.outgoing()
        if entry.get("url", "").startswith(url) and not entry["page"].startswith(background)
    ]


class TestServerDies:
    async def test_killed_at_every_step_and_started_again(
        self, connected: Connected, house: House, database: Database, mortal: MortalServer
    ) -> None:
        """Wherever the server dies, before or after the commit, every event is there once."""
        tea = await product(connected)
        await move(connected, house, mortal.url, batch_size=3)
        wordpress = connected.wordpress
        captured: Counter[str] = Counter()
        for place, step in enumerate(WEB_STEPS):
            fields = [{**FIELDS[1], "value": f"lead{place}@shop.example"}, FIELDS[3]]
            await wordpress.do("submit_form", plugin="wpforms", fields=fields)
            await wordpress.do(
                "classic_checkout", product=tea, email=f"buyer{place}@shop.example", pay="gateway"
            )
            captured = Counter(row["type"] for row in await wordpress.run("outbox"))
            await mortal.start(dies_at=step)
            await wordpress.run("deliver")
            assert await mortal.end() == -signal.SIGKILL
            await wordpress.run("make_due")
        await mortal.start()
        await deliver(connected, house)
        left = Counter(row["type"] for row in await wordpress.run("outbox") if row["status"] == "sent")
        found = await orders(database, connected)
        assert {row["status"] for row in await wordpress.run("outbox")} == {"sent"}
        assert Counter(await events(database, connected)) == left
        assert (captured - left).keys() <= {"order.updated"}
        assert len(await leads(database, connected)) == len(WEB_STEPS)
        assert [(order["is_counted"], str(order["total"])) for order in found] == [(True, "42.95")] * 5


class TestServerAway:
    async def test_refused_then_back(self, connected: Connected, house: House, database: Database) -> None:
        """Where nobody listens, events are kept and put off, and pages know nothing of it."""
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            tea = await product(connected)
            await move(connected, house, url)
            wordpress = connected.wordpress
            await make_a_day(wordpress, tea)
            async with wordpress.visitor() as http:
                assert (await http.get("/")).status_code == 200
            assert sent_during_pages(wordpress, url) == []
            assert await wordpress.run("deliver") == 0
        waiting = await wordpress.run("outbox")
        assert {row["status"] for row in waiting} == {"waiting"}
        assert max(int(row["attempts"]) for row in waiting) == 1
        assert await events(database, connected) == []
        await wordpress.run("point_to", url=house.base_url)
        await wordpress.run("make_due")
        await deliver(connected, house)
        assert len(await leads(database, connected)) == 5
        assert len(await orders(database, connected)) == 2

    async def test_hanging(self, connected: Connected, house: House, database: Database) -> None:
        """A server that takes the connection and says nothing holds a background run, and no page."""
        taken = asyncio.Event()

        async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            taken.set()
            await reader.read()
            writer.close()

        server = await asyncio.start_server(hang, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        tea = await product(connected)
        await move(connected, house, url)
        wordpress = connected.wordpress
        await wordpress.run("set_option", name="bench_timeout", value=1)
        try:
            await make_a_day(wordpress, tea)
            assert sent_during_pages(wordpress, url) == []
            assert not taken.is_set()
            assert await wordpress.run("deliver") == 0
            assert taken.is_set()
        finally:
            await wordpress.run("remove_option", name="bench_timeout")
            server.close()
        await wordpress.run("point_to", url=house.base_url)
        await wordpress.run("make_due")
        await deliver(connected, house)
        assert len(await leads(database, connected)) == 5

    async def test_an_event_keeps_its_id_over_its_tries(
        self, connected: Connected, house: House, mortal: MortalServer
    ) -> None:
        """So the server can tell a repeat."""
        await move(connected, house, mortal.url)
        wordpress = connected.wordpress
        await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
        for _ in range(3):
            await wordpress.run("deliver")
            await wordpress.run("make_due")
        bodies = [json.loads(entry["body"]) for entry in wordpress.outgoing() if entry.get("url")]
        assert len(bodies) == 3
        assert len({body[0]["event_id"] for body in bodies}) == 1


class TestOneOutage:
    async def test_a_long_queue_meets_a_closed_door_once(self, connected: Connected, house: House) -> None:
        """A run ends with its first failure, so a minute's outage neither pauses sending nor sends a mail."""
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            await move(connected, house, url, batch_size=1, failure_threshold=3)
            wordpress = connected.wordpress
            for _ in range(5):
                await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
            await wordpress.run("deliver")
        asked = [entry for entry in wordpress.outgoing() if entry.get("url", "").startswith(url)]
        assert len(asked) == 1
        assert (await wordpress.run("option", name="convertos_delivery"))["paused"] is None


class TestBackground:
    async def test_wordpress_s_own_cron_delivers(
        self, connected: Connected, house: House, database: Database
    ) -> None:
        """Without Action Scheduler and without a system's cron, the next visitors' cron brings it."""
        await connected.wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
        await connected.wordpress.cron()
        await house.settle()
        assert len(await leads(database, connected)) == 1

    async def test_orders_go_first(self, connected: Connected, house: House, database: Database) -> None:
        """What is worth money does not wait behind what is not."""
        tea = await product(connected)
        wordpress = connected.wordpress
        await wordpress.do("rename_product", id=tea, name="Green tea")
        await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
        await wordpress.do("order_by_admin", product=tea, email="a@shop.example", status="processing")
        await deliver(connected, house)
        told = await events(database, connected)
        assert told[0].startswith("order.")
        assert told.index("lead.created") < told.index("product.updated")

    async def test_the_administrator_is_told_once(
        self, connected: Connected, house: House, database: Database
    ) -> None:
        """After so many failures in a row sending is paused, a mail is sent, and events are collected on."""
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            await move(connected, house, f"http://127.0.0.1:{nobody.getsockname()[1]}", failure_threshold=2)
            wordpress = connected.wordpress
            for _ in range(4):
                await wordpress.do("submit_form", plugin="wpforms", fields=FIELDS)
                await wordpress.run("deliver")
                await wordpress.run("make_due")
        mails = [entry["mail"] for entry in wordpress.outgoing() if "mail" in entry]
        assert len(mails) == 1
        assert (await wordpress.run("option", name="convertos_delivery"))["paused"] == "failures"
        assert len(await wordpress.run("outbox")) == 4
        await wordpress.run("point_to", url=house.base_url)
        await wordpress.run("resume")
        await wordpress.run("make_due")
        await deliver(connected, house)
        assert len(await leads(database, connected)) == 4
