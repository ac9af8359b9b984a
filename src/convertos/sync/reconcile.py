"""Proves that nothing is missing: compares a store with what is held of it, and fetches what differs.

Orders are compared month by month. From a day on (two months back, each night) every order is compared; before
it the store's count is, and the month is compared order by order where it is another than ours. What counts as
deleted is asked for by its id first, because a list can hide things.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from convertos.connections.model import Connection
from convertos.core.database import TenantScope
from convertos.ingest.keep import new_receipt
from convertos.ingest.store import keep_receipts
from convertos.ledger.store import holdings
from convertos.ledger.store.holdings import Held
from convertos.platforms import Delivery
from convertos.platforms.remote import Entity, Fetched, Outline, PulledObject, Span
from convertos.sync.compare import (
    DaySum,
    Difference,
    DifferenceKind,
    day_sums,
    difference_of,
    in_parts,
    is_healed,
    months,
)
from convertos.sync.model import Reconciliation
from convertos.sync.store import reconciliations as store
from convertos.sync.store.access import write_entries
from convertos.sync.stores import OpenStore, Stores

DOOR = "reconciliation"
NIGHTLY_SPAN = timedelta(days=62)
_FETCHED_AT_ONCE = 50
_FIRST_SHOP_OPENED = datetime(2005, 1, 1, tzinfo=UTC)


class _Compared(NamedTuple):
    """What one part of a comparison found."""

    store_count: int
    matching: int
    differences: Sequence[Difference]
    days: Sequence[DaySum] = ()


class Reconciler:
    """One reconciliation of one connection."""

    def __init__(
        self, stores: Stores, client_id: UUID, reconciliation: Reconciliation, timezone: str
    ) -> None:
        self._stores = stores
        self._scope = TenantScope(None, (client_id,))
        self._client_id = client_id
        self._reconciliation = reconciliation
        self._timezone = timezone

    async def compare_and_fetch(self) -> None:
        """Compare everything, and fetch what differs into receipts.

        Raises:
            RemoteError: the store can't be asked.
        """
        connection_id = self._reconciliation.connection_id
        async with self._stores.open(self._scope, self._client_id, connection_id) as opened:
            async with self._stores.work(self._scope) as transaction:
                await store.forget_findings(transaction, *self._ids)
            total = matching = 0
            for entity in opened.platform.entities:
                compared = await self._compare(opened, entity)
                if entity is Entity.ORDERS:
                    total, matching = compared.store_count, compared.matching
                await self._fetch(opened, entity, compared.differences)
            async with self._stores.work(self._scope) as transaction:
                await store.note_compared(
                    transaction,
                    client_id=self._client_id,
                    reconciliation_id=self._reconciliation.reconciliation_id,
                    store_count=total,
                    matching=matching,
                )

    @property
    def _ids(self) -> tuple[UUID, UUID]:
        return self._client_id, self._reconciliation.reconciliation_id

    async def _compare(self, opened: OpenStore, entity: Entity) -> _Compared:
        found: list[_Compared] = []
        parts = self._parts(opened, entity)
        async with aclosing(parts):
            async for part in parts:
                async with self._stores.work(self._scope) as transaction:
                    await store.insert_differences(transaction, *self._ids, entity.value, part.differences)
                    await store.insert_days(transaction, *self._ids, entity.value, part.days)
                    entries = opened.calls.take_entries()
                    await write_entries(
                        transaction, self._client_id, opened.connection.connection_id, entries
                    )
                found.append(part)
        differences = {each.external_id: each for part in found for each in part.differences}
        return _Compared(
            sum(part.store_count for part in found),
            sum(part.matching for part in found),
            list(differences.values()),
        )

    async def _parts(self, opened: OpenStore, entity: Entity) -> AsyncGenerator[_Compared, None]:
        if entity is not Entity.ORDERS:
            yield await self._compare_span(opened, entity, Span(None, None))
            return
        now = self._stores.clock()
        for span in months(await self._first_order(opened), now, self._timezone):
            if self._is_counted_only(span) and (counted := await self._count(opened, span)):
                yield counted
            else:
                yield await self._compare_span(opened, entity, span)

    async def _first_order(self, opened: OpenStore) -> datetime:
        """Where the months begin; the first part reaches back without end."""
        async with self._stores.work(self._scope) as transaction:
            earliest = await holdings.earliest_order_at(
                transaction, self._client_id, opened.connection.store_id
            )
        return max(earliest or self._stores.clock(), _FIRST_SHOP_OPENED)

    def _since(self) -> datetime | None:
        day = self._reconciliation.since
        return datetime.combine(day, time(), ZoneInfo(self._timezone)) if day else None

    def _is_counted_only(self, span: Span) -> bool:
        since = self._since()
        return since is not None and span.until is not None and span.until <= since

    async def _count(self, opened: OpenStore, span: Span) -> _Compared | None:
        theirs = await opened.remote.count(Entity.ORDERS, span)
        async with self._stores.work(self._scope) as transaction:
            ours = await holdings.count_orders_placed(
                transaction, self._client_id, opened.connection.store_id, span.since, span.until
            )
        return _Compared(ours, ours, ()) if theirs == ours else None

    async def _compare_span(self, opened: OpenStore, entity: Entity, span: Span) -> _Compared:
        outlines: dict[str, Outline] = {}
        pages = opened.remote.outlines(entity, span)
        async with aclosing(pages):
            async for page in pages:
                outlines.update((each.external_id, each) for each in page)
        held = await self._held(opened.connection, entity, span)
        days = day_sums(outlines.values(), held.values(), self._timezone) if entity is Entity.ORDERS else []
        strangers = [external_id for external_id in outlines if external_id not in held]
        # One that was placed at another time than the store says is in another month here, and not missing.
        held |= await self._held_by_id(opened.connection, entity, strangers)
        differences = [
            difference
            for outline in outlines.values()
            if (difference := difference_of(outline, held.get(outline.external_id)))
        ]
        listed = sum(not outline.is_absent for outline in outlines.values())
        unlike = sum(not outlines[each.external_id].is_absent for each in differences)
        unlisted = [
            Difference(each.external_id, DifferenceKind.DELETED, "not in the store's list")
            for each in held.values()
            if each.external_id not in outlines and not each.is_absent and not each.is_draft
        ]
        return _Compared(listed, listed - unlike, [*differences, *unlisted], days)

    async def _held(self, connection: Connection, entity: Entity, span: Span) -> dict[str, Held]:
        async with self._stores.work(self._scope) as transaction:
            if entity is Entity.ORDERS:
                found = await holdings.orders_placed(
                    transaction, self._client_id, connection.store_id, span.since, span.until
                )
            else:
                found = await holdings.held_of(
                    transaction, entity.value, self._client_id, connection.store_id
                )
        return {each.external_id: each for each in found}

    async def _held_by_id(
        self, connection: Connection, entity: Entity, external_ids: Sequence[str]
    ) -> dict[str, Held]:
        if not external_ids:
            return {}
        async with self._stores.work(self._scope) as transaction:
            found = await holdings.held_by_id(
                transaction, entity.value, self._client_id, connection.store_id, external_ids
            )
        return {each.external_id: each for each in found}

    async def _fetch(self, opened: OpenStore, entity: Entity, differences: Sequence[Difference]) -> None:
        by_id = {each.external_id: each for each in differences}
        for ids in in_parts(list(by_id), _FETCHED_AT_ONCE):
            fetched = await opened.remote.fetch(entity, ids)
            objects = self._objects(opened, entity, fetched, by_id)
            hidden = [
                each.external_id
                for each in fetched.objects
                if by_id[each.external_id].kind is DifferenceKind.DELETED
            ]
            receipts = [
                new_receipt(
                    Delivery(
                        (*each.key, str(self._reconciliation.reconciliation_id)),
                        each.event_type,
                        each.event_id,
                        each.body,
                    ),
                    client_id=self._client_id,
                    connection_id=opened.connection.connection_id,
                    door=DOOR,
                    headers=b"{}",
                    received_at=fetched.asked_at,
                )
                for each in objects
            ]
            async with self._stores.work(self._scope) as transaction:
                if receipts:
                    await keep_receipts(transaction, receipts)
                await store.note_hidden(transaction, *self._ids, entity.value, hidden)
                entries = opened.calls.take_entries()
                await write_entries(transaction, self._client_id, opened.connection.connection_id, entries)

    def _objects(
        self, opened: OpenStore, entity: Entity, fetched: Fetched, by_id: dict[str, Difference]
    ) -> list[PulledObject]:
        evidence = self._reconciliation.reconciliation_id.hex
        objects = list(fetched.objects)
        objects.extend(
            opened.remote.restoration(each, evidence)
            for each in fetched.objects
            if by_id[each.external_id].kind is DifferenceKind.UNDELETED
        )
        objects.extend(opened.remote.deletion(entity, external_id, evidence) for external_id in fetched.gone)
        return objects

    async def conclude(self, connection: Connection) -> None:
        """See which differences are healed now that everything is processed."""
        async with self._stores.work(self._scope) as transaction:
            kept = await store.differences_of(transaction, *self._ids)
            for entity in sorted({each.entity for each in kept}):
                theirs = {each.external_id: each.difference for each in kept if each.entity == entity}
                held = await holdings.held_by_id(
                    transaction, entity, self._client_id, connection.store_id, list(theirs)
                )
                ours = {each.external_id: each for each in held}
                healed = [
                    external_id
                    for external_id, difference in theirs.items()
                    if is_healed(difference, ours.get(external_id))
                ]
                await store.mark_healed(transaction, *self._ids, entity, healed)
            await store.drop_unfounded(transaction, *self._ids)
            await store.conclude(transaction, *self._ids)
