"""The whole way of the data on one page.

    a sender ──► ingest.receive ──► receipts + inbox            (one commit; only then the sender is answered)
                                        │ claimed by the worker
                                        ▼
                      platforms.*.mapping: receipt ──► records  (pure)
                                        │
                                        ▼
                      ledger.apply: records ──► tables          (one transaction from here on)
                                        │ JourneysChanged, AmountsChanged
                                        ▼
                      attribution.award: journeys ──► credits
                                        │ AmountsChanged
                                        ▼
                      analytics: days are marked; the worker sums them anew ──► api, web

`REACTIONS` says which fact starts which work, and `process` does one batch of receipts.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from convertos.analytics.rollups import mark_days, mark_every_day
from convertos.attribution.award import award
from convertos.attribution.client_rules import ClientRules
from convertos.core.database import Database, Role, Transaction
from convertos.core.failpoints import Step, reach
from convertos.core.regions import territory_of
from convertos.ingest.store import LEASE_SECONDS, Claimed, Failure, Outcome, finish, give_back, hold
from convertos.jobs import Reaction, emit
from convertos.ledger.apply import Applied, apply
from convertos.ledger.batch import SEEN_VIA, Entry
from convertos.ledger.suppression import Suppression
from convertos.platforms import Ignored, ReceivedEvent, UnreadableError, platform_of, store_platform_of
from convertos.platforms.remote import RevisitedPlatform
from convertos.privacy.demand_tasks import obey_later
from convertos.records import (
    AmountsChanged,
    ClientCalendarChanged,
    Demand,
    Demanded,
    Fact,
    JourneysChanged,
    OrderRecord,
    OrdersToRevisit,
    Record,
    restated,
)
from convertos.sync.revisit import plan
from convertos.sync.tasks.departure import see_departure_later

REACTIONS: Mapping[type[Fact], Sequence[Reaction]] = {
    JourneysChanged: (award,),
    AmountsChanged: (mark_days,),
    ClientCalendarChanged: (mark_every_day,),
    Demanded: (obey_later, see_departure_later),
    OrdersToRevisit: (plan,),
}

UNREADABLE = "unreadable"
RECONCILIATION = "reconciliation"
"""The door of what was fetched because it differed: it is what the store says now, whatever its stamp says."""


async def process(
    database: Database,
    rules: ClientRules,
    suppression: Suppression,
    claim_id: UUID,
    receipts: Sequence[Claimed],
) -> None:
    """Turn claimed receipts into what is true, all in one transaction.

    What can't be read is parked beside the others, with its reason.

    Raises:
        LostClaimError: the lease ran out meanwhile; nothing was applied.
        Exception: something of the batch can't be applied; nothing of it was.
    """
    readings = [read(receipt) for receipt in receipts]
    async with database.transaction(role=Role.WORKER, is_pipelined=True) as transaction:
        await hold(transaction, claim_id, LEASE_SECONDS)
        await rules.load(transaction, {receipt.client_id for receipt in receipts})
        places, entries = _entries(receipts, readings)
        applied = await apply(transaction, entries, rules.classify, suppression) if entries else None
        await emit(transaction, *_demanded(receipts, readings), *_to_revisit(receipts, readings))
        await _finish(transaction, receipts, readings, _notes(places, applied))
        reach(Step.BATCH_WRITTEN)
    reach(Step.BATCH_COMMITTED)


Reading = Sequence[Record] | Ignored | Demand | UnreadableError


def read(receipt: Claimed) -> Reading:
    """What a receipt says; a platform that is gone or a body that makes no sense is a reading, too."""
    platform = platform_of(receipt.connection_type)
    if platform is None:
        return UnreadableError(f"This release can't read {receipt.connection_type} connections.")
    event = ReceivedEvent(
        event_type=receipt.event_type,
        event_id=receipt.event_id,
        body=receipt.body,
        received_at=receipt.received_at,
        default_currency=receipt.currency,
    )
    try:
        reading = platform.records(event)
    except UnreadableError as error:
        return error
    if receipt.door == RECONCILIATION and not isinstance(reading, Ignored | Demand):
        return [restated(record, receipt.received_at) for record in reading]
    return reading


def _entries(receipts: Sequence[Claimed], readings: Sequence[Reading]) -> tuple[list[int], list[Entry]]:
    """The records of all receipts, each with the place of its receipt."""
    places, entries = [], []
    for place, (receipt, reading) in enumerate(zip(receipts, readings, strict=True)):
        if isinstance(reading, Ignored | Demand | UnreadableError):
            continue
        for record in reading:
            places.append(place)
            entries.append(
                Entry(
                    receipt.client_id,
                    receipt.store_id,
                    SEEN_VIA["sync" if receipt.door == RECONCILIATION else receipt.door],
                    receipt.currency,
                    territory_of(receipt.timezone),
                    record,
                )
            )
    return places, entries


def _demanded(receipts: Sequence[Claimed], readings: Sequence[Reading]) -> list[Demanded]:
    return [
        Demanded(receipt.client_id, receipt.connection_id, receipt.receipt_id, reading.kind)
        for receipt, reading in zip(receipts, readings, strict=True)
        if isinstance(reading, Demand)
    ]


def _to_revisit(receipts: Sequence[Claimed], readings: Sequence[Reading]) -> list[OrdersToRevisit]:
    found: dict[timedelta, set[tuple[UUID, UUID, str]]] = {}
    for receipt, reading in zip(receipts, readings, strict=True):
        platform = store_platform_of(receipt.connection_type)
        if not isinstance(platform, RevisitedPlatform) or receipt.event_type not in platform.revisit_topics:
            continue
        if isinstance(reading, Ignored | Demand | UnreadableError):
            continue
        orders = found.setdefault(platform.revisit_after[0], set())
        orders.update(
            (receipt.client_id, receipt.connection_id, record.external_id)
            for record in reading
            if isinstance(record, OrderRecord)
        )
    return [
        OrdersToRevisit(frozenset(orders), first_after) for first_after, orders in found.items() if orders
    ]


def _notes(places: list[int], applied: Applied | None) -> dict[int, str]:
    return {places[index]: note for index, note in applied.notes.items()} if applied else {}


async def _finish(
    transaction: Transaction,
    receipts: Sequence[Claimed],
    readings: Sequence[Reading],
    notes: Mapping[int, str],
) -> None:
    done, unreadable = [], []
    for place, (receipt, reading) in enumerate(zip(receipts, readings, strict=True)):
        if isinstance(reading, UnreadableError):
            unreadable.append(Failure(receipt.client_id, receipt.receipt_id, UNREADABLE, str(reading)[:500]))
        else:
            done.append(_outcome(receipt, reading, notes.get(place)))
    if done:
        await finish(transaction, done)
    if unreadable:
        await give_back(transaction, unreadable, is_parked=True)


def _outcome(receipt: Claimed, reading: Sequence[Record] | Ignored | Demand, note: str | None) -> Outcome:
    outcome = "processed"
    if isinstance(reading, Demand):
        note = f"demand: {reading.kind}"
    if isinstance(reading, Ignored):
        outcome, note = (
            "ignored",
            f"{reading.reason}: {reading.detail}" if reading.detail else str(reading.reason),
        )
    return Outcome(receipt.client_id, receipt.receipt_id, outcome, note)
