"""Contacts that somebody puts together by hand, and takes apart again."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convertos.core.database import Database
from convertos.core.errors import ConflictError, NotFoundError
from convertos.ledger.merging import hand_merges, merge_contacts, undo_merge
from tests.ledger.conftest import Stage
from tests.ledger.ledger_dump import differences
from tests.ledger.shop_life import Told, lives
from tests.ledger.test_any_order import Said, cut, cuts, patient, records_of
from tests.support.callers import console
from tests.support.tenants import Tenant, make_tenant

Pick = tuple[int, int]
brief = settings(patient, max_examples=15)
picks = st.tuples(st.integers(0, 20), st.integers(0, 20))


class Hand:
    """Somebody who merges contacts of the stage's client."""

    def __init__(self, stage: Stage, tenant: Tenant) -> None:
        self.stage = stage
        self.tenant = tenant

    async def contacts(self) -> list[UUID]:
        """Everybody there is, by what they are known by."""
        rows = await self.stage.rows(
            """
            SELECT contact_id FROM contact_identifiers WHERE client_id = %(client)s
            GROUP BY contact_id ORDER BY min(kind || value)
            """
        )
        return [row["contact_id"] for row in rows]

    async def merge(self, pick: Pick) -> tuple[UUID, UUID] | None:
        """Merge two of them, where there are so many; gives the contact and the merge."""
        contacts = await self.contacts()
        if len(contacts) < 2:
            return None
        one = contacts.pop(pick[0] % len(contacts))
        return await self.merge_these(one, contacts[pick[1] % len(contacts)])

    async def merge_these(self, one: UUID, other: UUID) -> tuple[UUID, UUID]:
        async with self.stage.database.transaction(self.tenant.scope) as transaction:
            contact_id = await merge_contacts(transaction, console(self.tenant), one, other)
            return contact_id, (await hand_merges(transaction, contact_id))[-1].merge_id

    async def undo(self, merged: tuple[UUID, UUID] | None) -> None:
        """Undo a merge, unless the two have turned out to be one person."""
        if merged is not None:
            with suppress(ConflictError):
                await self.undo_this(*merged)

    async def undo_this(self, contact_id: UUID, merge_id: UUID) -> None:
        async with self.stage.database.transaction(self.tenant.scope) as transaction:
            await undo_merge(transaction, console(self.tenant), contact_id, merge_id)


@pytest.fixture(scope="session")
def hand(stage: Stage) -> Hand:
    return Hand(stage, stage.tenant)


async def tell(stage: Stage, batches: Sequence[Said]) -> None:
    for batch in batches:
        await stage.tell(batch)


@brief
@given(life=lives, pick=picks)
async def test_undone_is_as_if_never_done(stage: Stage, hand: Hand, life: list[Told], pick: Pick) -> None:
    """To merge any two contacts and to undo it leaves every table as it was."""
    await stage.wipe()
    await stage.tell(records_of(life))
    before = await stage.dump()
    await hand.undo(await hand.merge(pick))
    assert differences(await stage.dump(), before) == {}


@brief
@given(life=lives, then=lives, places=cuts, pick=picks)
async def test_what_came_meanwhile_is_where_it_belongs(
    stage: Stage, hand: Hand, *, life: list[Told], then: list[Told], places: list[int], pick: Pick
) -> None:
    """After a merge is undone, everything is where it would be without, also what arrived in between."""
    await stage.wipe()
    await stage.tell(records_of(life))
    merged = await hand.merge(pick)
    await tell(stage, cut(records_of(then), places))
    await hand.undo(merged)
    undone = await stage.dump()
    await stage.wipe()
    await tell(stage, [records_of(life), records_of(then)])
    without = await stage.dump()
    for table in ("contacts", "contact_identifiers"):
        undone[table], without[table] = map(_without_ties, (undone[table], without[table]))
    assert differences(undone, without) == {}


def _without_ties(rows: list[Any]) -> list[Any]:
    return [tuple(pair for pair in row if pair[0] != "is_tied") for row in rows]


@brief
@given(life=lives, then=lives, places=cuts, pick=picks, random=st.randoms(use_true_random=False))
async def test_a_merge_holds_in_any_order_of_what_follows(
    stage: Stage,
    hand: Hand,
    *,
    life: list[Told],
    then: list[Told],
    places: list[int],
    pick: Pick,
    random: Any,
) -> None:
    """What arrives after a merge gives the same tables in any order and any batches."""
    dumps = []
    for shuffled in (False, True):
        await stage.wipe()
        await stage.tell(records_of(life))
        await hand.merge(pick)
        said = list(then)
        if shuffled:
            random.shuffle(said)
        await tell(stage, cut(records_of(said), places) if shuffled else [records_of(said)])
        dumps.append(await stage.dump())
    assert differences(*dumps) == {}


@brief
@given(life=lives, first=picks, second=picks, then=lives)
async def test_two_merges_are_undone_in_any_order(
    stage: Stage,
    hand: Hand,
    *,
    life: list[Told],
    first: Pick,
    second: Pick,
    then: list[Told],
) -> None:
    """Whichever of two merges is undone first, nothing of either is left."""
    dumps = []
    for order in (1, -1):
        await stage.wipe()
        await stage.tell(records_of(life))
        merges = [await hand.merge(first), await hand.merge(second)]
        await stage.tell(records_of(then))
        for merged in merges[::order]:
            await hand.undo(merged)
        dumps.append(await stage.dump())
    assert differences(*dumps) == {}


async def test_who_is_merged_is_one(stage: Stage, hand: Hand) -> None:
    """A contact cannot be merged with itself, nor with what is not there, nor with another's."""
    await stage.wipe()
    nobody = UUID(int=1)
    with pytest.raises(NotFoundError):
        await hand.merge_these(nobody, nobody)


async def test_another_tenant_merges_nothing(stage: Stage, hand: Hand, database: Database) -> None:
    """Somebody of another organization finds no contact to merge, and no merge to undo."""
    other = await make_tenant(database)
    stranger = Hand(stage, other)
    contacts = await hand.contacts()
    for contact in [*contacts, UUID(int=1)]:
        with pytest.raises(NotFoundError):
            await stranger.merge_these(contact, contact)
        with pytest.raises(NotFoundError):
            await stranger.undo_this(contact, UUID(int=1))
