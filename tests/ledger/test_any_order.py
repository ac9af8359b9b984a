"""The whole way from receipts to sums: the same tables in any order, any batches, any number of times."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convertos.records import Record
from tests.ledger.conftest import Stage
from tests.ledger.ledger_dump import differences
from tests.ledger.recompute import truth_of
from tests.ledger.shop_life import Told, lives

patient = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
cuts = st.lists(st.integers(0, 20), max_size=6)
Said = list[tuple[str, Record]]


def records_of(life: Sequence[Told]) -> Said:
    return [(told.door, record) for told in life for record in told.records()]


def cut(said: Said, places: Iterable[int]) -> list[Said]:
    bounds = [0, *sorted({place % (len(said) + 1) for place in places}), len(said)]
    return [said[start:end] for start, end in pairwise(bounds) if start < end]


async def dumped(stage: Stage, batches: Iterable[Said]) -> dict[str, Any]:
    await stage.wipe()
    for batch in batches:
        await stage.tell(batch)
    return await stage.dump()


@patient
@given(life=lives, places=cuts, random=st.randoms(use_true_random=False))
async def test_any_order_and_any_batches_give_the_same_tables(
    stage: Stage, life: list[Told], places: list[int], random: Any
) -> None:
    """Plugin, webhook, sync and API, partial and whole, deletions and repeats: order decides nothing."""
    straight = await dumped(stage, [records_of(life)])
    shuffled = list(life)
    random.shuffle(shuffled)
    other = await dumped(stage, cut(records_of(shuffled), places))
    assert differences(other, straight) == {}


@patient
@given(life=lives, places=cuts, data=st.data())
async def test_told_again_nothing_changes(
    stage: Stage, life: list[Told], places: list[int], data: st.DataObject
) -> None:
    """Whatever is told a second time, in one batch or a later one, leaves the tables as they are."""
    once = await dumped(stage, [records_of(life)])
    again = life + data.draw(st.lists(st.sampled_from(life), max_size=8))
    assert differences(await dumped(stage, cut(records_of(again), places)), once) == {}


@patient
@given(life=lives, places=cuts)
async def test_the_tables_hold_what_a_slow_reading_finds(
    stage: Stage, life: list[Told], places: list[int]
) -> None:
    """Orders, totals of people and credit, against a recomputation that shares no code with the ledger."""
    said = records_of(life)
    await dumped(stage, cut(said, places))

    def classify(evidence: Any) -> Any:
        return stage.rules.classify(stage.source.client_id, evidence)

    truth = truth_of([record for _, record in said], classify)
    orders = await stage.rows(
        """
        SELECT external_id, currency, total, status, refunded_total, is_counted, placed_at, contact_id
        FROM orders WHERE client_id = %(client)s
        """
    )
    told = {
        (row["external_id"], row["currency"], row["total"], row["status"], row["refunded_total"],
         row["is_counted"], row["placed_at"], row["contact_id"] is not None)
        for row in orders
    }  # fmt: skip
    assert told == {
        (key, order["currency"], order["total"], order["status"], order["refunded"], order["counted"],
         order["placed_at"], order["contact"] is not None)
        for key, order in truth.orders.items()
    }  # fmt: skip
    contacts = {
        row["contact_id"]: row
        for row in await stage.rows("SELECT * FROM contacts WHERE client_id = %(client)s")
    }
    for row in orders:
        if row["contact_id"] is None:
            continue
        expected = truth.totals[truth.orders[row["external_id"]]["contact"]]
        found = contacts[row["contact_id"]]
        assert found["merged_into"] is None
        assert (found["total_orders"], found["total_spent"]) == (expected["orders"], expected["total"])
        assert {name: (each["orders"], each["spent"]) for name, each in found["spent"].items()} == {
            name: (each["orders"], f"{each['spent']:f}") for name, each in expected["spent"].items()
        }
        assert (found["first_order_at"], found["last_order_at"]) == (
            expected["first_at"],
            expected["last_at"],
        )
    awarded = await stage.rows(
        """
        SELECT k.subject_kind, o.external_id, k.source, k.medium, k.campaign, k.channel, k.considered, k.weight
        FROM credits k LEFT JOIN orders o ON o.client_id = k.client_id AND o.order_id = k.subject_id
        WHERE k.client_id = %(client)s
        """
    )
    assert all(row["weight"] == 1 for row in awarded)
    for row in awarded:
        if row["subject_kind"] == "order":
            expected_credit = truth.credits["order", row["external_id"]]
            assert row["considered"] == expected_credit["considered"], (row, expected_credit)
            sources = {
                (source.source, source.medium, source.campaign, source.channel)
                for source in expected_credit["sources"]
            } or {("(direct)", "(none)", "", "Direct")}
            assert (row["source"], row["medium"], row["campaign"], row["channel"]) in sources
    assert len(awarded) == len(truth.credits)
