"""People are told why a source got an order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from convertos.attribution import (
    JourneyTouch,
    SourceRules,
    classify,
    explain,
    last_touch,
    last_touch_including_direct,
)
from convertos.records import Evidence, Touch

ORDER_AT = datetime(2026, 11, 10, 12, tzinfo=UTC)
VISITED_AT = datetime(2026, 11, 3, 22, 30, tzinfo=UTC)
RULES = SourceRules()


def visits(evidence: Evidence, count: int = 1) -> tuple[list[JourneyTouch], Touch]:
    source = classify(evidence, RULES)
    path = [
        JourneyTouch(id=UUID(int=number), occurred_at=VISITED_AT - timedelta(hours=number), source=source)
        for number in range(count)
    ]
    return path, Touch(occurred_at=VISITED_AT, evidence=evidence)


def told(evidence: Evidence, count: int = 1) -> str:
    path, touch = visits(evidence, count)
    return explain(last_touch(ORDER_AT, path)[0], touch)


DAY = "3 Nov 2026"
CLICKED = f"because the visitor's last campaign click on {DAY} carried"
PAID_SOCIAL = f"Facebook (Paid Social), {CLICKED} utm_source=fb and utm_medium=paid_social."
CAMPAIGN_ONLY = f"Campaign spring (Unassigned), {CLICKED} utm_campaign=spring."


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        (
            Evidence(utm={"source": "fb", "medium": "paid_social", "campaign": "x"}),
            PAID_SOCIAL,
        ),
        (
            Evidence(utm={"campaign": "spring"}),
            CAMPAIGN_ONLY,
        ),
        (
            Evidence(origin={"source": "bing", "medium": "organic", "type": "organic"}),
            f"Bing (Organic Search), because the shop recorded bing as the origin of the visit on {DAY}.",
        ),
        (
            Evidence(click_ids={"fbclid": "a", "gclid": "b"}),
            f"Google (Paid Search), because the visitor's last click on {DAY} carried the click id gclid.",
        ),
        (
            Evidence(referrer="https://l.instagram.com/"),
            f"Instagram (Organic Social), because the visitor came from https://l.instagram.com/ on {DAY}.",
        ),
        (
            Evidence(),
            "Direct, because the only recorded visit carried no campaign and came from no other site.",
        ),
    ],
)
def test_each_kind_of_evidence(evidence: Evidence, sentence: str) -> None:
    """One plain sentence names the source, the day and the evidence."""
    assert told(evidence) == sentence


def test_how_many_visits_were_considered() -> None:
    """People see that more than one visit was looked at."""
    assert told(Evidence(utm={"source": "fb"}), 3).endswith("utm_source=fb (3 visits were considered).")
    assert told(Evidence(), 3) == (
        "Direct, because none of 3 recorded visits carried a campaign or came from another site."
    )


def test_no_visit_at_all() -> None:
    """An order out of nowhere says so."""
    credit = last_touch(ORDER_AT, [])[0]
    assert explain(credit, None) == "Direct, because no visit was recorded before the order."
    assert explain(credit, None, what="lead") == "Direct, because no visit was recorded before the lead."


def test_a_last_visit_that_was_direct() -> None:
    """The model that counts direct visits says that this one was the last, not the only one."""
    path, touch = visits(Evidence())
    assert explain(last_touch_including_direct(ORDER_AT, path)[0], touch) == (
        "Direct, because the last visit before the order carried no campaign and came from no other site."
    )


def test_a_visit_that_retention_has_taken() -> None:
    """Credit is kept longer than the evidence of a visit, and the sentence admits it."""
    path, _ = visits(Evidence(utm={"source": "fb"}))
    assert explain(last_touch(ORDER_AT, path)[0], None) == (
        "Facebook (Organic Social), because of a visit that is no longer kept."
    )


def test_the_day_is_the_clients() -> None:
    """Half past ten at night in London is the next day in Athens."""
    path, touch = visits(Evidence(utm={"source": "fb"}))
    assert "on 4 Nov 2026" in explain(last_touch(ORDER_AT, path)[0], touch, ZoneInfo("Europe/Athens"))


def test_long_and_strange_values_are_shortened() -> None:
    """A sentence stays a sentence, whatever the visitor's address held."""
    sentence = told(Evidence(utm={"source": "a\u202eb" + "c" * 9000}))
    assert len(sentence) < 300
    assert sentence.isprintable()
