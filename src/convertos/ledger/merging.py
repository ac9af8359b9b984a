"""Puts contacts together by hand, and takes them apart again.

What is said of somebody is kept by person, so nothing is lost: after a merge is undone, everything is where it
would be had there been no merge, also what arrived meanwhile.
"""

from collections.abc import Mapping
from uuid import UUID

from convertos.core.database import Transaction
from convertos.core.errors import ConflictError, NotFoundError
from convertos.core.ids import MakeId, new_id
from convertos.jobs import emit
from convertos.ledger import membership
from convertos.ledger.batch import Batch
from convertos.ledger.grouping import Tie, part
from convertos.ledger.store import parting as store
from convertos.ledger.store.parting import Found, HandMerge
from convertos.ledger.store.people import lock_clients
from convertos.tenancy.audit import record
from convertos.tenancy.model import Caller

__all__ = ["HandMerge", "hand_merges", "merge_contacts", "undo_merge"]


async def merge_contacts(
    transaction: Transaction, caller: Caller, contact_id: UUID, other_id: UUID, make_id: MakeId = new_id
) -> UUID:
    """Let two contacts be one from now on; returns the id of the one that stays.

    Raises:
        NotFoundError: one of them is not there.
        ConflictError: they are one already, or of different clients.
    """
    found = await _find(transaction, contact_id)
    await lock_clients(transaction, [found.client_id])
    winner, loser = await _find(transaction, contact_id), await _find(transaction, other_id)
    if winner.client_id != loser.client_id:
        raise ConflictError("These contacts belong to different clients, whose data is kept apart.")
    if winner == loser:
        raise ConflictError("These are one contact already.")
    batch = Batch.by_hand(make_id)
    await membership.load_contacts(transaction, batch, [winner, loser])
    await membership.move_contacts(transaction, batch, {loser: winner.contact_id}, "hand", caller.actor_id)
    persons = [winner.contact_id, loser.contact_id]
    await store.tie_callers(transaction, winner.client_id, persons, is_tied=True)
    await _write(transaction, batch)
    await _note(transaction, caller, "contact.merged", winner, {"other_id": str(loser.contact_id)})
    return winner.contact_id


async def hand_merges(transaction: Transaction, contact_id: UUID) -> list[HandMerge]:
    """What was put together by hand to make a contact of the scope, oldest first."""
    found = await store.find_contact(transaction, contact_id)
    return await store.hand_merges(transaction, *found) if found else []


async def undo_merge(
    transaction: Transaction, caller: Caller, contact_id: UUID, merge_id: UUID, make_id: MakeId = new_id
) -> None:
    """Take apart what somebody put together.

    Raises:
        NotFoundError: there is no such merge of such a contact, or it was undone.
        ConflictError: they have turned out to be one person since.
    """
    found = await _find(transaction, contact_id)
    await lock_clients(transaction, [found.client_id])
    found = await _find(transaction, contact_id)
    client_id = found.client_id
    is_now = await store.persons_of(transaction, client_id, found.contact_id)
    ties = [
        Tie(
            merge.merge_id,
            is_now.get(merge.winner_id, merge.winner_id),
            is_now.get(merge.loser_id, merge.loser_id),
        )
        for merge in await store.hand_merges(transaction, client_id, found.contact_id)
    ]
    undone = next((tie for tie in ties if tie.merge_id == merge_id), None)
    if undone is None:
        raise NotFoundError("There is no such merge of this contact; perhaps it was undone.")
    if undone.one == undone.other:
        raise ConflictError("They share an account or an e-mail address by now: they are one person.")
    persons = set(is_now.values())
    claims = await store.claims_on(transaction, client_id, persons)
    parting = part(
        found.contact_id,
        persons,
        ties=ties,
        claimants={claim.caller_id: claim.claimant_id for claim in claims},
        outside={
            claim.claimant_id: claim.contact_id for claim in claims if claim.contact_id != found.contact_id
        },
        undone=undone,
    )
    await store.mark_undone(transaction, undone, client_id)
    await store.tie_callers(transaction, client_id, parting.untied, is_tied=False)
    batch = Batch.by_hand(make_id)
    await _hand_out(transaction, batch, found, parting.contact_of)
    await _write(transaction, batch)
    await _note(transaction, caller, "contact.unmerged", found, {"merge_id": str(merge_id)})


async def _find(transaction: Transaction, contact_id: UUID) -> Found:
    found = await store.find_contact(transaction, contact_id)
    if found is None:
        raise NotFoundError("There is no such contact.")
    return found


async def _hand_out(
    transaction: Transaction, batch: Batch, contact: Found, contact_of: Mapping[UUID, UUID]
) -> None:
    if not contact_of:
        return
    homes = {Found(contact.client_id, home) for home in contact_of.values()}
    await membership.load_contacts(transaction, batch, {contact, *homes})
    await store.hand_out(transaction, contact.client_id, contact.contact_id, contact_of)
    for each in (contact, *homes):
        batch.note_everything(*each)
        batch.regroup.add(each)
    if contact.contact_id in contact_of:
        membership.come_apart(batch, contact)


async def _write(transaction: Transaction, batch: Batch) -> None:
    await membership.regroup(transaction, batch)
    await membership.write_contacts(transaction, batch)
    await emit(transaction, *batch.facts())


async def _note(
    transaction: Transaction, caller: Caller, action: str, contact: Found, details: dict[str, str]
) -> None:
    client_id, contact_id = contact
    await record(transaction, caller, action, "contact", contact_id, client_id=client_id, details=details)
