"""Which touch earns an order."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convertos.attribution import (
    DEFAULT_LOOKBACK,
    DIRECT,
    MODELS,
    Credit,
    JourneyTouch,
    last_touch,
    last_touch_including_direct,
)
from convertos.records import Source

ORDER_AT = datetime(2026, 11, 10, 12, tzinfo=UTC)
FACEBOOK = Source(
    source="facebook", medium="cpc", campaign="", channel="Paid Social", method="utm", rule="paid-social"
)
GOOGLE = Source(
    source="google", medium="organic", campaign="", channel="Organic Search", method="referrer",
    rule="search-source",
)  # fmt: skip
TIKTOK = Source(
    source="tiktok", medium="paid_social", campaign="", channel="Paid Social", method="click_id",
    rule="paid-social",
)  # fmt: skip


def touch(number: int, days: float, source: Source, *, is_own: bool = False) -> JourneyTouch:
    return JourneyTouch(
        id=UUID(int=number), occurred_at=ORDER_AT - timedelta(days=days), source=source, is_own=is_own
    )


def only(credits_given: tuple[Credit, ...]) -> tuple[int | None, str, int]:
    (credit,) = credits_given
    return (credit.touch_id.int if credit.touch_id else None), credit.rule, credit.considered


class TestLastTouch:
    def test_the_last_one_that_is_not_direct_wins(self) -> None:
        """A direct visit today does not take the order from last week's campaign."""
        path = [touch(1, 9, FACEBOOK), touch(2, 3, GOOGLE), touch(3, 0.1, DIRECT)]
        assert only(last_touch(ORDER_AT, path)) == (2, "last-non-direct", 3)

    def test_direct_wins_if_there_is_nothing_else(self) -> None:
        """A customer who only ever typed the address is Direct, by the last visit."""
        path = [touch(1, 9, DIRECT), touch(2, 3, DIRECT)]
        assert only(last_touch(ORDER_AT, path)) == (2, "direct-only", 2)

    def test_no_touch_is_direct(self) -> None:
        """An order that nothing is known of is Direct and names no touch."""
        assert last_touch(ORDER_AT, []) == (
            Credit(touch_id=None, source=DIRECT, rule="no-touch", considered=0, weight=Decimal(1)),
        )

    @pytest.mark.parametrize(("days", "expected"), [(30, 1), (30.0001, None), (0, 1), (-0.0001, None)])
    def test_the_window_has_exact_borders(self, days: float, expected: int | None) -> None:
        """A visit counts from exactly thirty days before the order until the order itself."""
        assert only(last_touch(ORDER_AT, [touch(1, days, FACEBOOK)]))[0] == expected

    def test_a_longer_lookback_reaches_further(self) -> None:
        """A client with a longer way to the purchase may look back a year."""
        path = [touch(1, 200, FACEBOOK)]
        assert only(last_touch(ORDER_AT, path, timedelta(days=365))) == (1, "last-non-direct", 1)

    @pytest.mark.parametrize("lookback", [timedelta(0), timedelta(hours=23), timedelta(days=365, seconds=1)])
    def test_an_impossible_lookback_is_refused(self, lookback: timedelta) -> None:
        """A wrong setting is an error, not a wrong report."""
        with pytest.raises(ValueError, match="between 1 and 365 days"):
            last_touch(ORDER_AT, [], lookback)

    def test_own_touches_count_at_any_age(self) -> None:
        """What the order itself recorded takes part, however long ago."""
        path = [touch(1, 90, FACEBOOK, is_own=True), touch(2, 80, GOOGLE)]
        assert only(last_touch(ORDER_AT, path)) == (1, "last-non-direct", 1)

    def test_an_own_touch_of_the_future_counts_as_the_orders_time(self) -> None:
        """A shop whose clock runs ahead does not lose its order's source, nor win over what came with it."""
        path = [touch(1, -5, FACEBOOK, is_own=True), touch(2, 0.01, GOOGLE)]
        assert only(last_touch(ORDER_AT, path)) == (1, "last-non-direct", 2)

    def test_equal_times_are_decided_the_same_way_always(self) -> None:
        """Own touch, then the stronger evidence, then the lower id."""
        own, strong = touch(9, 1, GOOGLE, is_own=True), touch(8, 1, FACEBOOK)
        weak, twin = touch(1, 1, TIKTOK), touch(7, 1, FACEBOOK)
        assert only(last_touch(ORDER_AT, [strong, weak, own, twin]))[0] == 9
        assert only(last_touch(ORDER_AT, [weak, strong, twin]))[0] == 7


class TestLastTouchIncludingDirect:
    def test_the_last_one_wins(self) -> None:
        """A client who wants to see direct visits sees them."""
        path = [touch(1, 9, FACEBOOK), touch(3, 0.1, DIRECT)]
        assert only(last_touch_including_direct(ORDER_AT, path)) == (3, "last-touch", 2)

    def test_no_touch_is_direct(self) -> None:
        """An order that nothing is known of is Direct here too."""
        assert only(last_touch_including_direct(ORDER_AT, [])) == (None, "no-touch", 0)


touches = st.lists(
    st.builds(
        touch,
        st.integers(0, 50),
        # Coarse steps, so that equal times happen.
        st.integers(-3, 45).map(lambda step: step / 1.0),
        st.sampled_from([FACEBOOK, GOOGLE, TIKTOK, DIRECT]),
        is_own=st.booleans(),
    ),
    unique_by=lambda one: one.id,
    max_size=12,
)
model_names = st.sampled_from(sorted(MODELS))


@given(model_names, touches)
def test_weights_sum_to_one(name: str, path: list[JourneyTouch]) -> None:
    """The credits of an order are the order, to the last cent."""
    assert sum(credit.weight for credit in MODELS[name](ORDER_AT, path, DEFAULT_LOOKBACK)) == Decimal(1)


@given(model_names, touches, st.randoms(use_true_random=False))
def test_the_order_of_arrival_makes_no_difference(
    name: str, path: list[JourneyTouch], chance: Random
) -> None:
    """Webhooks that come late or mixed up change no credit."""
    mixed = list(path)
    chance.shuffle(mixed)
    model = MODELS[name]
    assert model(ORDER_AT, mixed, DEFAULT_LOOKBACK) == model(ORDER_AT, path, DEFAULT_LOOKBACK)


@given(model_names, touches, touches)
def test_a_later_touch_changes_no_earlier_conversion(
    name: str, path: list[JourneyTouch], others: list[JourneyTouch]
) -> None:
    """What a customer does after an order never takes the order from its source."""
    later = [
        JourneyTouch(
            id=UUID(int=other.id.int + 1000),
            occurred_at=ORDER_AT + timedelta(days=1 + index),
            source=other.source,
        )
        for index, other in enumerate(others)
    ]
    model = MODELS[name]
    assert model(ORDER_AT, path + later, DEFAULT_LOOKBACK) == model(ORDER_AT, path, DEFAULT_LOOKBACK)


@given(model_names, touches)
def test_credit_goes_to_touches_of_the_journey(name: str, path: list[JourneyTouch]) -> None:
    """Nobody outside the window is paid."""
    allowed = {
        one.id for one in path if one.is_own or ORDER_AT - DEFAULT_LOOKBACK <= one.occurred_at <= ORDER_AT
    }
    for credit in MODELS[name](ORDER_AT, path, DEFAULT_LOOKBACK):
        assert (credit.touch_id in allowed) == bool(allowed)
        assert credit.considered == len(allowed)
