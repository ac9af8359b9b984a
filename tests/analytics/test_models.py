"""Reports by a model whose credits are not kept: from the journeys, while somebody waits."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from convertos.analytics.breakdown import break_down, model_asked
from convertos.analytics.model import BreakdownReport, Dimension
from convertos.analytics.on_demand import find_by_model
from convertos.analytics.periods import Compare
from convertos.analytics.question import Asked, question_of
from convertos.core.database import Database
from convertos.core.errors import InvalidError
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
    TouchRecord,
    Version,
)
from tests.analytics.scenario import NOTABLE_DAYS, History, histories, live_through, record, sum_all
from tests.analytics.wishes import NOW, WISHES, Wish
from tests.support.tenants import Tenant

MODEL = "last_touch_including_direct"
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANA = Person(email="ana@example.test")
MAIL = Evidence(utm={"source": "newsletter", "medium": "email"}, landing_page="https://shop.example/a?x=1")


def arrival(evidence: Evidence, *, hours_before: int) -> TouchRecord:
    touch = Touch(occurred_at=AT - timedelta(hours=hours_before), evidence=evidence)
    return TouchRecord(person=ANA, touch=touch)


def order(number: str, total: str, at: datetime = AT, refunds: Sequence[RefundRecord] = ()) -> OrderRecord:
    return OrderRecord(
        external_id=number,
        version=Version(at, 0, "00"),
        person=ANA,
        status="completed",
        standing=Standing.PAID,
        currency="EUR",
        total=Decimal(total),
        placed_at=at,
        refunds=tuple(refunds),
    )


async def report(
    database: Database, tenant: Tenant, by: Dimension = Dimension.SOURCE, **asked: object
) -> BreakdownReport:
    async with database.transaction(tenant.scope) as transaction:
        given = {"first": date(2026, 3, 1), "last": date(2026, 3, 3), **asked}
        question = await question_of(transaction, Asked(**given), NOW)  # type: ignore[arg-type]  # each test's own
        return await break_down(transaction, question, by, model=MODEL)


async def happens(database: Database, tenant: Tenant, *records: Record) -> None:
    await record(database, tenant.client_id, new_id(), records)
    await sum_all(database)


async def test_a_direct_visit_counts(database: Database, tenant: Tenant) -> None:
    """Who came from a newsletter and then typed the address is credited to the visit that was typed."""
    await happens(
        database,
        tenant,
        arrival(MAIL, hours_before=30),
        arrival(Evidence(landing_page="https://shop.example/b"), hours_before=2),
        order("1", "40.00"),
        order("2", "60.00", AT - timedelta(hours=20)),
        LeadRecord(external_id="l", person=ANA, registered_at=AT - timedelta(hours=25)),
    )
    by_source = await report(database, tenant)
    rows = {row.key: (row.sums.orders, row.sums.revenue) for row in by_source.breakdowns[0].rows}
    assert rows == {"(direct)": (1, Decimal(40)), "newsletter": (1, Decimal(60))}
    assert by_source.leads == [("newsletter", 1)]
    by_page = await report(database, tenant, Dimension.LANDING_PAGE)
    assert {row.key for row in by_page.breakdowns[0].rows} == {"shop.example/a", "shop.example/b"}
    only = await report(database, tenant, source=["newsletter"])
    assert only.breakdowns[0].total.sums.revenue == Decimal(60)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), wish=WISHES)
async def test_whatever_the_model_the_total_is_the_orders(
    database: Database, history: History, wish: Wish
) -> None:
    """Another model moves revenue between the rows; what they add up to stays, in every view and period."""
    shop = await live_through(database, history)
    async with database.transaction(shop.tenant.scope) as transaction:
        question = await question_of(transaction, wish.asked(shop), NOW)
        kept = await break_down(transaction, question, wish.by)
        calculated = await break_down(transaction, question, wish.by, model=MODEL)
    totals = {b.currency: b.total for b in kept.breakdowns if any((b.total.sums, b.total.compared))}
    assert totals == {b.currency: b.total for b in calculated.breakdowns if b.rows or b.rest_rows}
    assert sum(count for _, count in kept.leads) == sum(count for _, count in calculated.leads)
    assert NOTABLE_DAYS[history.timezone] in question.period.dates()


async def test_too_many_journeys_are_refused(database: Database, tenant: Tenant) -> None:
    """A range with more orders than can be followed in time is refused in words, not left to run."""
    await happens(database, tenant, order("1", "1"), order("2", "1"), order("3", "1", AT - timedelta(days=3)))
    asked = Asked(first=date(2026, 3, 1), last=date(2026, 3, 3))
    compared = Asked(first=date(2026, 3, 1), last=date(2026, 3, 3), compare=Compare.PREVIOUS)
    async with database.transaction(tenant.scope) as transaction:
        question = await question_of(transaction, asked, NOW)
        (found,) = await find_by_model(transaction, question, Dimension.SOURCE, MODEL, most=2)
        assert found.orders == 2
        for too_many in (asked, compared):
            question = await question_of(transaction, too_many, NOW)
            with pytest.raises(InvalidError) as refused:
                await find_by_model(
                    transaction, question, Dimension.SOURCE, MODEL, most=1 if too_many is asked else 2
                )
            assert refused.value.fields[0].field == "model"


def test_models_are_asked_for_by_name() -> None:
    """Only models that this release calculates are answered; the others are named in the refusal."""
    assert model_asked(None) == "last_touch"
    assert model_asked(MODEL) == MODEL
    for name in ("markov", "first_touch", "LAST_TOUCH", ""):
        with pytest.raises(InvalidError) as refused:
            model_asked(name)
        assert "last_touch, last_touch_including_direct" in refused.value.message
