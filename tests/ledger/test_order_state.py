"""One order from any mixture of statements: the same whatever came first, and whatever came twice."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from convertos.ledger.order_state import OrderState, Statement, fold, fold_all, new_order
from convertos.records import OrderItem, OrderLines, OrderRecord, Person, RefundRecord, Standing, Version

CLIENT, STORE, ORDER = UUID(int=1), UUID(int=2), UUID(int=3)
START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # the night in which Athens' clocks go forward
# A few seconds only, so that many statements carry the same one; and clocks that are a day off.
INSTANTS = [START, START + timedelta(seconds=1), START + timedelta(days=1), START - timedelta(days=1)]
instants = st.sampled_from(INSTANTS)
amounts = st.sampled_from(["0", "10.00", "10.50", "3.333", "4500", "0.0001"]).map(Decimal)
digests = st.integers(0, 2**64 - 1).map(lambda number: f"{number:016x}")
versions = st.builds(Version, instants, st.integers(0, 3), digests)
unset = st.just(UNSET)
none = st.none()
refunds = st.builds(
    RefundRecord,
    external_id=st.sampled_from(["r1", "r2", "r3"]),
    amount=amounts,
    reason=st.sampled_from([None, "broken", "late"]),
    refunded_at=st.one_of(none, instants),
)
touch_ids = st.lists(st.sampled_from([UUID(int=n) for n in range(10, 13)]), max_size=2).map(tuple)
partial = {
    "number": unset | st.sampled_from(["1", "2"]),
    "status": unset | st.sampled_from(["pending", "processing", "cancelled"]),
    "standing": unset | st.sampled_from(list(Standing)),
    "currency": unset | st.sampled_from(["EUR", "JPY", "KWD"]),
    "total": unset | amounts,
    "tax_total": unset | none | amounts,
    "placed_at": unset | instants,
    "paid_at": unset | none | instants,
    "is_test": unset | st.booleans(),
    "items": unset | st.lists(st.builds(OrderItem, name=st.sampled_from("ab")), max_size=2).map(tuple),
    "lines": unset | st.just(OrderLines(fees=[{"name": "wrap"}])),
    "checkout_token": unset | none | st.sampled_from(["t1", "t2"]),
}
persons = st.builds(
    Person, customer_external_id=none | st.sampled_from(["7", "8"]), visitor_id=none | st.just("v1")
)
records = st.builds(
    OrderRecord,
    external_id=st.just("1001"),
    version=versions,
    person=persons,
    refunds=st.lists(refunds, max_size=3, unique_by=lambda refund: refund.external_id).map(tuple),
    is_refund_list_complete=st.booleans(),
    **partial,
)
statements = st.builds(
    Statement,
    record=records,
    email=none | st.sampled_from(["a@x.example", "b@x.example"]),
    phone=none | st.just("+302101234567"),
    touch_ids=touch_ids,
    seen_via=st.sampled_from([1, 2, 4, 8]),
)
several = st.lists(statements, min_size=1, max_size=7, unique_by=lambda each: each.record.version)


def folded(order: Sequence[Statement]) -> dict[str, Any]:
    """Everything that is kept of an order, after statements in the given order."""
    first = order[0].record
    state = fold_all(new_order(CLIENT, ORDER, STORE, first, "EUR"), order)
    return kept(state)


def kept(state: OrderState) -> dict[str, Any]:
    row = {name: getattr(state.row, name) for name in state.row.__struct_fields__}
    current = (state.row.version, state.row.status)
    history = {(version, status) for version, status, _ in state.past_statuses}
    return {**row, "refunds": state.refunds, "items": state.items, "history": history - {current}}


@given(several, st.randoms())
def test_any_order_of_statements_gives_the_same_order(said: list[Statement], random: Any) -> None:
    """Whole and partial statements, refunds, statuses and equal seconds: whichever comes first."""
    shuffled = list(said)
    random.shuffle(shuffled)
    assert folded(shuffled) == folded(said)


@given(several, st.data())
def test_repeats_change_nothing(said: list[Statement], data: st.DataObject) -> None:
    """Told twice or ten times, in any mixture, an order is the same."""
    repeated = said + data.draw(st.lists(st.sampled_from(said), max_size=10))
    assert folded(repeated) == folded(said)


@given(several)
def test_a_repeat_is_not_written_again(said: list[Statement]) -> None:
    """An order about which everything is known already is left alone, so that its days are not summed again."""
    state = fold_all(new_order(CLIENT, ORDER, STORE, said[0].record, "EUR"), said)
    state.is_changed = False
    assert not fold_all(state, said).is_changed


@given(several, st.data())
def test_whatever_changes_an_order_marks_it(said: list[Statement], data: st.DataObject) -> None:
    """No change is lost because nobody noticed that the order has to be written."""
    state = fold_all(new_order(CLIENT, ORDER, STORE, said[0].record, "EUR"), said[:-1] or said)
    before, state.is_changed = deepcopy(kept(state)), False
    fold(state, said[-1])
    after = kept(state)
    # Past statuses are written beside the order.
    del before["history"], after["history"]
    assert state.is_changed or after == before


@given(several)
def test_each_field_is_its_newest_statement(said: list[Statement]) -> None:
    """Compared with a reading of the rule that knows nothing of registers: sort, then overwrite."""
    result = folded(said)
    expected: dict[str, Any] = {}
    for statement in sorted(said, key=lambda each: each.record.version):
        expected |= statement.fields()
    for name, value in expected.items():
        assert result[name] == value
    if "placed_at" not in expected:
        assert result["placed_at"] == min(each.record.version.at for each in said)
    assert result["modified_at"] == max(each.record.version.at for each in said)


@given(several)
def test_refunds_are_the_last_complete_list_and_what_came_after(said: list[Statement]) -> None:
    """A refund counts if the newest complete list names it, or if it was told alone after that list."""
    result = folded(said)
    by_age = sorted((each.record for each in said), key=lambda record: record.version)
    standing: dict[str, Decimal] = {}
    for record in by_age:
        if record.is_refund_list_complete:
            standing = {}
        standing |= {refund.external_id: refund.amount for refund in record.refunds}
    counted = {key: refund.amount for key, refund in result["refunds"].items() if not refund.is_withdrawn}
    assert counted == standing
    assert result["refunded_total"] == sum(standing.values(), Decimal(0))


@given(several)
def test_counted_means_paid_and_not_taken_back(said: list[Statement]) -> None:
    """Paid by date or by status, and neither test, draft, cancelled, failed, trashed."""
    result = folded(said)
    is_paid = result["paid_at"] is not None or result["standing"] == "paid"
    is_out = result["is_test"] or result["standing"] in {"draft", "cancelled", "failed", "trashed"}
    assert result["is_counted"] == (is_paid and not is_out)
    assert result["counted_at"] == (result["paid_at"] or result["placed_at"])


def statement(at: datetime, rank: int = 0, **fields: Any) -> Statement:
    record = OrderRecord(external_id="1001", version=Version(at, rank, "0" * 16), person=Person(), **fields)
    return Statement(record, None, None, (), 1)


@pytest.mark.parametrize("order", [1, -1])
def test_a_refund_that_a_newer_list_lacks_is_withdrawn(order: int) -> None:
    """The plugin told of a refund, the shop's next list does not have it any more; everything else is newer."""
    told = statement(START, refunds=(RefundRecord(external_id="r1", amount=Decimal(5)),))
    listed = statement(START + timedelta(seconds=1), total=Decimal(50), is_refund_list_complete=True)
    newer = statement(START + timedelta(seconds=2), total=Decimal(60))
    result = folded([told, newer, listed][::order])
    assert result["refunded_total"] == 0
    assert result["refunds"]["r1"].is_withdrawn
