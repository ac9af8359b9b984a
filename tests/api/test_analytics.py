"""`/api/analytics`, as programs and people call it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from tests.analytics.scenario import record, sum_all
from tests.support.callers import console, program_of
from tests.support.house import House
from tests.support.tenants import Tenant, make_tenant

from convertos.core.database import Database
from convertos.core.ids import new_id
from convertos.records import (
    Evidence,
    LeadRecord,
    OrderRecord,
    Person,
    Record,
    RefundRecord,
    Standing,
    Touch,
    Version,
)
from convertos.tenancy.clients import add_client

ATTRIBUTION, OVERVIEW, TIMESERIES = (
    f"/api/analytics/{name}" for name in ("attribution", "overview", "timeseries")
)
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture
async def program(house: House, database: Database, tenant: Tenant) -> httpx.AsyncClient:
    return await program_of(house, database, tenant)


def order(
    number: str,
    total: str,
    *,
    at: datetime = AT,
    source: str | None = "facebook",
    currency: str = "EUR",
    email: str = "ana@example.test",
    status: str = "completed",
    refunds: Sequence[tuple[str, datetime]] = (),
) -> OrderRecord:
    evidence = Evidence(
        utm={"source": source, "medium": "cpc"} if source else {}, landing_page="https://s.example/a"
    )
    return OrderRecord(
        external_id=number,
        version=Version(at, 0, "00"),
        person=Person(email=email),
        status=status,
        standing=Standing.PAID,
        currency=currency,
        total=Decimal(total),
        placed_at=at,
        refunds=tuple(
            RefundRecord(external_id=str(n), amount=Decimal(amount), refunded_at=refunded_at)
            for n, (amount, refunded_at) in enumerate(refunds)
        ),
        touches=(Touch(occurred_at=at, evidence=evidence),),
    )


async def happens(database: Database, tenant: Tenant, *records: Record) -> None:
    await record(database, tenant.client_id, new_id(), records)
    await sum_all(database)


async def read(http: httpx.AsyncClient, path: str, **parameters: Any) -> dict[str, Any]:
    answer = await http.get(path, params={**MARCH, **parameters})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    assert content["success"] is True
    return content


class TestWhoMay:
    @pytest.mark.parametrize("path", [ATTRIBUTION, OVERVIEW, TIMESERIES])
    async def test_anonymous(self, house: House, path: str) -> None:
        """Nobody reads figures without saying who they are."""
        async with house.http() as http:
            answer = await http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")

    @pytest.mark.parametrize("path", [ATTRIBUTION, OVERVIEW, TIMESERIES])
    async def test_other_tenant(self, program: httpx.AsyncClient, database: Database, path: str) -> None:
        """Another organization's client can't be asked for, alone or beside one's own."""
        stranger = await make_tenant(database)
        await happens(database, stranger, order("1", "99.00"))
        async with program as http:
            answer = await http.get(path, params={"clientId": str(stranger.client_id)})
            own = await read(http, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "99.00" not in str(own)

    @pytest.mark.parametrize("path", [ATTRIBUTION, OVERVIEW, TIMESERIES])
    async def test_missing_right(self, house: House, database: Database, tenant: Tenant, path: str) -> None:
        """A key that may read orders reads no figures."""
        async with await program_of(house, database, tenant, ["orders:read"]) as http:
            answer = await http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


class TestAttribution:
    async def test_the_contract_s_answer(
        self, program: httpx.AsyncClient, database: Database, tenant: Tenant
    ) -> None:
        """Revenue by source, as the contract shows it; rows add up to the total, and that to the orders."""
        await happens(
            database,
            tenant,
            order("1", "80.00", refunds=[("20.00", AT + timedelta(days=1))]),
            order("2", "20.00", email="ben@example.test"),
            order("3", "33.33", source=None, email="dora@example.test"),
            LeadRecord(external_id="l", person=Person(email="cleo@example.test"), registered_at=AT),
        )
        async with program as http:
            content = await read(http, ATTRIBUTION, clientId=str(tenant.client_id))
        facebook, direct = content["rows"]
        assert facebook == {
            "key": "facebook",
            "orders": 2,
            "revenue": "100.00",
            "refunds": "20.00",
            "netRevenue": "80.00",
            "share": 75.0,
            "newCustomers": 2,
            "aov": "40.00",
            "comparison": None,
            "change": None,
        }
        assert (direct["key"], direct["revenue"], direct["share"], direct["newCustomers"]) == (
            "(direct)",
            "33.33",
            25.0,
            1,
        )
        assert content["total"]["revenue"] == "133.33"
        assert content["total"]["netRevenue"] == "113.33"
        assert content["total"]["aov"] == "37.78"
        assert (content["currency"], content["otherCurrencies"], content["rest"]) == ("EUR", [], None)
        assert (content["model"], content["by"], content["view"]) == ("last_touch", "source", "order")
        assert (content["from"], content["to"], content["timezone"]) == (*MARCH.values(), "Europe/Athens")
        assert content["leads"] == [{"key": "(direct)", "leads": 1}]
        assert content["upToDate"] is True
        assert content["asOf"].endswith("Z")

    @pytest.mark.parametrize(
        ("by", "keys"),
        [
            ("source", {"facebook", "google"}),
            ("medium", {"cpc"}),
            ("channel", {"Paid Social", "Paid Search"}),
            ("campaign", {"(not set)"}),
            ("landing_page", {"s.example/a"}),
        ],
    )
    async def test_every_grouping(
        self, program: httpx.AsyncClient, database: Database, tenant: Tenant, by: str, keys: set[str]
    ) -> None:
        """Whatever rows are told apart by, the total is the same."""
        await happens(database, tenant, order("1", "10.10"), order("2", "20.20", source="google"))
        async with program as http:
            content = await read(http, ATTRIBUTION, by=by)
        assert {row["key"] for row in content["rows"]} == keys
        assert content["total"]["revenue"] == "30.30"

    async def test_what_is_small_goes_into_the_rest(
        self, program: httpx.AsyncClient, database: Database, tenant: Tenant
    ) -> None:
        """Rows beyond the limit are one rest, and nothing is lost."""
        await happens(
            database,
            tenant,
            order("1", "5"),
            order("2", "6", source="google"),
            order("3", "7", source="bing"),
        )
        async with program as http:
            content = await read(http, ATTRIBUTION, limit=1)
        assert [row["key"] for row in content["rows"]] == ["bing"]
        assert (content["rest"]["rows"], content["rest"]["revenue"]) == (2, "11.00")

    async def test_currencies_stand_side_by_side(
        self, program: httpx.AsyncClient, database: Database, tenant: Tenant
    ) -> None:
        """Euros and yen are never added; the client's own currency comes first, in its own decimals."""
        await happens(
            database,
            tenant,
            order("1", "1500", currency="JPY"),
            order("2", "9.5"),
            order("3", "1.234", currency="KWD"),
        )
        async with program as http:
            content = await read(http, ATTRIBUTION)
            yen = await read(http, ATTRIBUTION, currency="jpy")
            dollars = await read(http, ATTRIBUTION, currency="USD")
        assert (content["currency"], content["total"]["revenue"]) == ("EUR", "9.50")
        others = {block["currency"]: block["total"]["revenue"] for block in content["otherCurrencies"]}
        assert others == {"JPY": "1500", "KWD": "1.234"}
        assert (yen["currency"], yen["total"]["revenue"], yen["otherCurrencies"]) == ("JPY", "1500", [])
        assert (dollars["currency"], dollars["rows"]) == ("USD", [])
        assert dollars["total"]["aov"] is None

    async def test_refunds_by_order_and_by_cash(
        self, program: httpx.AsyncClient, database: Database, tenant: Tenant
    ) -> None:
        """A refund in April of an order in March lowers March by the order view, and April by the cash view."""
        await happens(database, tenant, order("1", "50", refunds=[("50", AT + timedelta(days=40))]))
        april = {"from": "2026-04-01", "to": "2026-04-30"}
        async with program as http:
            found = [
                (await read(http, ATTRIBUTION, view=view, **days))["total"]
                for view in ("order", "cash")
                for days in ({}, april)
            ]
        assert [(total["orders"], total["netRevenue"]) for total in found] == [
            (1, "0.00"),
            (0, "0.00"),
            (1, "50.00"),
            (0, "-50.00"),
        ]

    async def test_compared(self, program: httpx.AsyncClient, database: Database, tenant: Tenant) -> None:
        """Each row stands beside what it was, also where it is no more."""
        await happens(
            database,
            tenant,
            order("1", "30"),
            order("2", "20", at=AT - timedelta(days=20)),
            order("3", "10", at=AT - timedelta(days=20), source="bing"),
        )
        async with program as http:
            content = await read(http, ATTRIBUTION, compare="previous")
        assert content["compare"] == {"kind": "previous", "from": "2026-01-29", "to": "2026-02-28"}
        found = {
            row["key"]: (row["revenue"], row["comparison"]["revenue"], row["change"])
            for row in content["rows"]
        }
        assert found == {"facebook": ("30.00", "20.00", 50.0), "bing": ("0.00", "10.00", -100.0)}
        assert content["total"]["comparison"]["orders"] == 2

    async def test_filters(self, program: httpx.AsyncClient, database: Database, tenant: Tenant) -> None:
        """Only the orders of a status, or what one source brought, however rows are told apart."""
        await happens(
            database,
            tenant,
            order("1", "1", status="processing"),
            order("2", "2"),
            order("3", "4", source="google"),
        )
        async with program as http:
            processing = await read(http, ATTRIBUTION, status="processing")
            google = await read(http, ATTRIBUTION, source="google", by="channel")
            both = await read(
                http, ATTRIBUTION, source=["google", "facebook"], status="completed", by="medium"
            )
            no_campaign = await read(http, ATTRIBUTION, campaign="(not set)", by="landing_page")
        assert processing["total"]["revenue"] == "1.00"
        assert [row["key"] for row in google["rows"]] == ["Paid Search"]
        assert both["total"]["revenue"] == "6.00"
        assert no_campaign["total"]["revenue"] == "7.00"

    async def test_with_direct(self, program: httpx.AsyncClient, database: Database, tenant: Tenant) -> None:
        """The other model is calculated while one waits, and adds up to the same."""
        await happens(database, tenant, order("1", "10"), order("2", "5", source=None))
        async with program as http:
            content = await read(http, ATTRIBUTION, model="last_touch_including_direct")
        assert content["model"] == "last_touch_including_direct"
        assert content["total"]["revenue"] == "15.00"

    @pytest.mark.parametrize(
        ("parameters", "field"),
        [
            ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
            ({"from": "2010-01-01", "to": "2026-01-01"}, "from"),
            ({"from": "0001-01-01"}, "from"),
            ({"to": "9999-12-31"}, "to"),
            ({"from": "2026-02-30"}, "from"),
            ({"from": "1772409600"}, "from"),
            ({"from": "2026-03-01T00:00:00"}, "from"),
            ({"model": "markov"}, "model"),
            ({"model": "nonsense"}, "model"),
            ({"by": "colour"}, "by"),
            ({"compare": "last"}, "compare"),
            ({"currency": "EURO"}, "currency"),
            ({"currency": "E1R"}, "currency"),
            ({"view": "bank"}, "view"),
            ({"limit": "0"}, "limit"),
        ],
    )
    async def test_wrong_parameters_are_named(
        self, program: httpx.AsyncClient, parameters: dict[str, str], field: str
    ) -> None:
        """What is wrong is said for its parameter."""
        async with program as http:
            answer = await http.get(ATTRIBUTION, params=parameters)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]

    async def test_the_refusal_of_a_model_names_it(self, program: httpx.AsyncClient) -> None:
        """Who asks for a model of a later release is told which there are."""
        async with program as http:
            answer = await http.get(ATTRIBUTION, params={"model": "markov"})
        assert answer.json()["detail"] == (
            "This release does not calculate markov. It knows last_touch, last_touch_including_direct."
        )

    async def test_ten_years_and_the_future(
        self, program: httpx.AsyncClient, database: Database, tenant: Tenant
    ) -> None:
        """A range of ten years is answered; so is one in which nothing has happened yet."""
        await happens(database, tenant, order("1", "10"))
        async with program as http:
            decade = await read(http, ATTRIBUTION, **{"from": "2017-01-01", "to": "2026-12-31"})
            future = await read(http, ATTRIBUTION, **{"from": "2031-01-01", "to": "2031-12-31"})
        assert decade["total"]["revenue"] == "10.00"
        assert (future["total"]["revenue"], future["rows"]) == ("0.00", [])


class TestOverview:
    async def test_figures(self, program: httpx.AsyncClient, database: Database, tenant: Tenant) -> None:
        """Six figures, each with what it was, how it changed, and its course."""
        await happens(
            database,
            tenant,
            order("1", "30", refunds=[("6", AT)]),
            order("2", "10", email="ben@example.test"),
            order("3", "20", at=AT - timedelta(days=30)),
            LeadRecord(external_id="l", person=Person(email="cleo@example.test"), registered_at=AT),
        )
        async with program as http:
            content = await read(http, OVERVIEW, compare="previous")
        figures = {
            name: (content[name]["value"], content[name]["comparison"], content[name]["change"])
            for name in ("revenue", "netRevenue", "refunded", "orders", "aov", "newCustomers", "leads")
        }
        assert figures == {
            "revenue": ("40.00", "20.00", 100.0),
            "netRevenue": ("34.00", "20.00", 70.0),
            "refunded": ("6.00", "0.00", None),
            "orders": (2, 1, 100.0),
            "aov": ("17.00", "20.00", -15.0),
            "newCustomers": (1, 1, 0.0),
            "leads": (1, 0, None),
        }
        assert content["interval"] == "day"
        assert (len(content["steps"]), content["steps"][0]) == (31, "2026-03-01")
        assert content["revenue"]["series"][:3] == ["0.00", "40.00", "0.00"]
        assert content["aov"]["series"][:2] == [None, "17.00"]
        assert content["orders"]["series"][1] == 2

    async def test_nothing_yet(self, program: httpx.AsyncClient) -> None:
        """A new client's figures are zero, in its own currency, and there is no average of nothing."""
        async with program as http:
            content = await read(http, OVERVIEW, compare="year")
        assert (content["currency"], content["revenue"]["value"]) == ("EUR", "0.00")
        assert content["revenue"]["change"] is None
        assert content["aov"]["value"] is None

    async def test_the_last_thirty_days(self, program: httpx.AsyncClient, tenant: Tenant) -> None:
        """Without a range it is the last thirty days, today included, where the client is."""
        async with program as http:
            answer = await http.get(OVERVIEW)
            content = answer.json()
        today = datetime.fromisoformat(content["asOf"]).astimezone(ZoneInfo("Europe/Athens")).date()
        assert content["to"] == str(today)
        assert content["from"] == str(today - timedelta(days=29))

    async def test_hours_of_a_day_with_25(self, house: House, database: Database) -> None:
        """The day on which clocks go back has 25 hours, and nothing of it is lost or counted twice."""
        tenant = await make_tenant(database, timezone="Europe/Athens")
        midnight = datetime(2025, 10, 25, 21, tzinfo=UTC)
        await happens(
            database,
            tenant,
            *(order(str(n), "1", at=midnight + timedelta(minutes=30 + 60 * n)) for n in range(-1, 26)),
        )
        async with await program_of(house, database, tenant) as http:
            day = {"from": "2025-10-26", "to": "2025-10-26"}
            content = await read(http, OVERVIEW, **day)
            rows = await read(http, ATTRIBUTION, **day)
        assert content["interval"] == "hour"
        assert content["steps"][0] == "2025-10-25T21:00:00Z"
        assert content["orders"]["series"] == [1] * 25
        assert content["revenue"]["value"] == rows["total"]["revenue"] == "25.00"


class TestTimeseries:
    async def test_steps(self, program: httpx.AsyncClient, database: Database, tenant: Tenant) -> None:
        """Every step is there, by day, week or month; series add up to the points."""
        await happens(
            database,
            tenant,
            order("1", "30"),
            order("2", "10", source="google", at=AT + timedelta(days=10)),
            order("3", "7", source="bing", at=AT - timedelta(days=300)),
        )
        async with program as http:
            days = await read(http, TIMESERIES, by="source", limit=1, compare="previous")
            weeks = await read(http, TIMESERIES, interval="week")
            months = await read(
                http, TIMESERIES, **{"from": "2025-01-01", "to": "2026-12-31"}, interval="month"
            )
        assert (days["interval"], len(days["points"]), len(days["comparison"]["points"])) == ("day", 31, 31)
        point = days["points"][1]
        assert (point["start"], point["end"], point["revenue"]) == ("2026-03-02", "2026-03-02", "30.00")
        assert [(line["key"], line["revenue"][1], line["total"]["revenue"]) for line in days["series"]] == [
            ("facebook", "30.00", "30.00")
        ]
        assert days["rest"]["revenue"][11] == "10.00"
        assert days["total"]["revenue"] == "40.00"
        assert [(p["start"], p["end"]) for p in weeks["points"]][:2] == [
            ("2026-03-01", "2026-03-01"),
            ("2026-03-02", "2026-03-08"),
        ]
        assert (len(months["points"]), months["total"]["orders"]) == (24, 3)

    async def test_hours_of_many_days_are_refused(self, program: httpx.AsyncClient) -> None:
        """Hours are for a day or two."""
        async with program as http:
            answer = await http.get(TIMESERIES, params={**MARCH, "interval": "hour"})
        assert [error["field"] for error in answer.json()["errors"]] == ["interval"]


class TestSeveralClients:
    async def test_each_has_its_own_days(self, house: House, database: Database, tenant: Tenant) -> None:
        """The same instant is another day for a client elsewhere; currencies are added only to themselves."""
        async with database.transaction(tenant.scope) as transaction:
            made = await add_client(
                transaction, console(tenant), name="Far", timezone="Pacific/Kiritimati", currency="USD"
            )
        kiritimati = Tenant(tenant.organization_id, made.client_id)
        late = datetime(2026, 3, 2, 21, tzinfo=UTC)
        await happens(database, tenant, order("1", "1", at=late), order("2", "2", at=late, currency="USD"))
        await happens(database, kiritimati, order("1", "4", at=late, currency="USD"))
        second, third = {"from": "2026-03-02", "to": "2026-03-02"}, {"from": "2026-03-03", "to": "2026-03-03"}
        async with await program_of(house, database, tenant) as http:
            both = {"clientId": [str(tenant.client_id), str(kiritimati.client_id)]}
            found = [await read(http, ATTRIBUTION, **both, **day) for day in (second, third)]
            other_first = {"clientId": both["clientId"][::-1]}
            reverse = await read(http, ATTRIBUTION, **other_first, **third)
            hours = await read(http, TIMESERIES, **both, **third)
        totals = [
            {block["currency"]: block["total"]["revenue"] for block in (answer, *answer["otherCurrencies"])}
            for answer in found
        ]
        assert totals == [{"EUR": "1.00", "USD": "2.00"}, {"EUR": "0.00", "USD": "4.00"}]
        assert (reverse["currency"], reverse["total"]["revenue"]) == ("USD", "4.00")
        assert hours["otherCurrencies"][0]["total"]["revenue"] == "4.00"
