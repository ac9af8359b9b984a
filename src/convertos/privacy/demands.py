"""Obeys what platforms demand for people's privacy: tells, erases a person, erases a store's people.

A demand is a receipt like any other; what it asks stands in its body alone, so jobs carry only its id. Obeyed
twice it does nothing more.
"""

from datetime import datetime
from uuid import UUID

from convertos.connections.model import ConnectionStatus
from convertos.connections.store import set_status
from convertos.core.database import TenantScope, Transaction
from convertos.core.ids import MakeId, new_id
from convertos.core.logging import get_logger
from convertos.ingest.store.forget import delete_receipts
from convertos.ledger.identifiers import Identifier, joining_identifiers, normal_phone
from convertos.ledger.store.identifiers import owners_of
from convertos.ledger.suppression import Suppression
from convertos.platforms import ReceivedEvent, UnreadableError, platform_of
from convertos.privacy import store
from convertos.privacy.erase import erase_contact
from convertos.privacy.model import ANSWERED_WITHIN, PrivacyDemand
from convertos.privacy.store import DemandReceipt
from convertos.records import CustomerRecord, Demand, DemandKind
from convertos.sync.departure import is_still_welcome
from convertos.sync.store.keys import forget_keys
from convertos.sync.store.syncs import cancel_syncs_of
from convertos.sync.stores import Stores
from convertos.tenancy.model import ActorKind, Caller

_AT_ONCE = 100
_RECEIPTS_AT_ONCE = 2000
_logger = get_logger(__name__)


class Obedience:
    """One demand and everything that obeying it needs."""

    def __init__(
        self,
        stores: Stores,
        suppression: Suppression,
        receipt: DemandReceipt,
        demand: Demand,
        make_id: MakeId = new_id,
    ) -> None:
        self._stores = stores
        self._suppression = suppression
        self._client_id = client_id = receipt.client_id
        self._receipt = receipt
        self._demand = demand
        self._make_id = make_id
        self._scope = TenantScope(receipt.organization_id, (client_id,))
        self._caller = Caller(
            kind=ActorKind.SYSTEM,
            actor_id=None,
            name=receipt.connection_type,
            scope=self._scope,
            rights=frozenset(),
        )

    async def obey(self, receipt_id: UUID) -> None:
        """Do what is asked, and note it."""
        kind = self._demand.kind
        if kind is DemandKind.ERASE_STORE:
            await self._erase_store(receipt_id)
            return
        async with self._stores.work(self._scope) as transaction:
            identifiers = self._identifiers()
            owners = await owners_of(transaction, identifiers)
            contacts = sorted({owner.contact_id for owner in owners.values()})
            if kind is DemandKind.ERASE_PERSON:
                for contact_id in contacts:
                    await erase_contact(transaction, self._caller, contact_id, self._suppression)
                # Also whom we do not know yet: a later sync does not bring them.
                await self._suppression.add(transaction, self._client_id, identifiers)
            await self._note(
                transaction, receipt_id, contacts, "open" if kind is DemandKind.TELL_PERSON else "done"
            )

    def _identifiers(self) -> set[Identifier]:
        found: set[Identifier] = set()
        for record in self._demand.about:
            if isinstance(record, CustomerRecord):
                ids = joining_identifiers(
                    self._client_id, self._receipt.store_id, record.person, record.emails
                )
                found.update(ids)
                if phone := normal_phone(record.person.phone):
                    found.add(Identifier(self._client_id, "phone", phone))
        return found

    async def _erase_store(self, receipt_id: UUID) -> None:
        client_id, connection_id = self._client_id, self._receipt.connection_id
        if await is_still_welcome(self._stores, client_id, connection_id):
            # A demand of old that came again, while the store has let us in since.
            _logger.warning("demand to erase a connected store refused", connection_id=str(connection_id))
            async with self._stores.work(self._scope) as transaction:
                await self._note(transaction, receipt_id, [], "refused")
            return
        async with self._stores.work(self._scope) as transaction:
            await self._note(transaction, receipt_id, [], "done")
            await cancel_syncs_of(transaction, client_id, connection_id)
            await forget_keys(transaction, client_id, connection_id)
            await set_status(transaction, client_id, connection_id, ConnectionStatus.DELETED)
        while await self._erase_some_people():
            pass
        async with self._stores.work(self._scope) as transaction:
            await store.forget_accounts(transaction, client_id, self._receipt.store_id)
        while await self._delete_some_receipts(keep=receipt_id):
            pass
        async with self._stores.work(self._scope) as transaction:
            await delete_receipts(transaction, client_id, [receipt_id])

    async def _erase_some_people(self) -> int:
        async with self._stores.work(self._scope) as transaction:
            contacts = await store.contacts_of_store(
                transaction, self._client_id, self._receipt.store_id, _AT_ONCE
            )
            for contact_id in contacts:
                await erase_contact(transaction, self._caller, contact_id, self._suppression)
        return len(contacts)

    async def _delete_some_receipts(self, *, keep: UUID) -> bool:
        # The demand's own goes last: until then a worker that died finds it again.
        async with self._stores.work(self._scope) as transaction:
            found = await store.receipts_of_connection(
                transaction, self._client_id, self._receipt.connection_id, _RECEIPTS_AT_ONCE
            )
            others = [each for each in found if each != keep]
            await delete_receipts(transaction, self._client_id, others)
        return bool(others)

    async def _note(
        self, transaction: Transaction, receipt_id: UUID, contacts: list[UUID], status: str
    ) -> None:
        at = self._receipt.received_at
        done_at: datetime | None = None if status == "open" else self._stores.clock()
        demand = PrivacyDemand(
            client_id=self._client_id,
            demand_id=self._make_id(),
            connection_id=self._receipt.connection_id,
            kind=self._demand.kind.value,
            reference=self._demand.reference,
            contact_ids=contacts,
            status=status,
            demanded_at=at,
            due_at=at + ANSWERED_WITHIN,
            done_at=done_at,
        )
        await store.write_demand(transaction, demand, receipt_id)


async def obey_receipt(stores: Stores, suppression: Suppression, client_id: UUID, receipt_id: UUID) -> None:
    """Obey the demand in a receipt; nothing where the receipt is gone or says something else by now."""
    async with stores.work(TenantScope(None, (client_id,))) as transaction:
        receipt = await store.demand_receipt(transaction, client_id, receipt_id)
    demand = _demand_in(receipt) if receipt is not None else None
    if receipt is None or demand is None:
        return
    await Obedience(stores, suppression, receipt, demand).obey(receipt_id)
    _logger.info("demand obeyed", kind=demand.kind, connection_id=str(receipt.connection_id))


def _demand_in(receipt: DemandReceipt) -> Demand | None:
    platform = platform_of(receipt.connection_type)
    if platform is None:
        return None
    event = ReceivedEvent(
        event_type=receipt.event_type,
        event_id=receipt.event_id,
        body=receipt.body,
        received_at=receipt.received_at,
        default_currency=receipt.currency,
    )
    try:
        found = platform.records(event)
    except UnreadableError:
        return None
    return found if isinstance(found, Demand) else None
