"""Another tenant with something of everything, to ask for what is not one's own.

Whoever adds a route with a new kind of id in its path adds one of the other tenant's here.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from tests.support.callers import console
from tests.support.tenants import Source, Tenant, make_source, make_tenant

from convertos.attribution.client_rules import ClientRules
from convertos.core.database import EVERY_TENANT, Database, Role
from convertos.core.ids import new_id
from convertos.core.installation import Installation
from convertos.ingest.keep import new_receipt
from convertos.ingest.store import keep_receipts
from convertos.ledger.apply import apply
from convertos.ledger.batch import SEEN_VIA, Entry
from convertos.ledger.merging import hand_merges, merge_contacts
from convertos.ledger.suppression import Suppression
from convertos.platforms import Delivery
from convertos.privacy.model import PrivacyDemand
from convertos.privacy.store import write_demand
from convertos.records import (
    CheckoutRecord,
    CheckoutStage,
    LeadRecord,
    OrderRecord,
    Person,
    ProductRecord,
    Record,
    Version,
)
from convertos.sync.store.reconciliations import insert_reconciliation
from convertos.sync.store.syncs import insert_sync
from convertos.tenancy.clients import change_client
from convertos.tenancy.keys import make_key
from convertos.tenancy.passwords import Passwords
from convertos.tenancy.rights import UserRole
from convertos.tenancy.users import add_user

_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Stranger:
    """The other tenant.

    Attributes:
        ids: by the name that they have in paths.
        canary: a word that is in all of its names.
    """

    tenant: Tenant
    ids: dict[str, object]
    canary: str

    @property
    def signs(self) -> list[str]:
        """What no answer to somebody else may hold."""
        return [self.canary, str(self.tenant.organization_id), *map(str, self.ids.values())]


async def make_stranger(database: Database, installation: Installation) -> Stranger:
    """Make the other tenant."""
    canary = f"canary{secrets.token_hex(6)}"
    tenant = await make_tenant(database)
    source = await make_source(database, installation, tenant, domain=f"{canary}.example")
    caller = console(tenant)
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute(
            "UPDATE organizations SET name = %s WHERE organization_id = %s", (canary, tenant.organization_id)
        )
        await transaction.execute(
            "UPDATE connections SET name = %s WHERE client_id = %s", (canary, tenant.client_id)
        )
    async with database.transaction(tenant.scope) as transaction:
        await change_client(transaction, caller, tenant.client_id, {"name": canary})
        key, _ = await make_key(
            transaction, caller, installation.token_hasher, name=canary, scopes=["orders:read"]
        )
        user = await add_user(
            transaction,
            caller,
            Passwords(),
            email=f"{canary}@example.com",
            name=canary,
            password=secrets.token_urlsafe(20),
            role=UserRole.VIEWER,
        )
    ids: dict[str, object] = {
        **await _ledger_of(database, installation, tenant, source, canary),
        "client_id": tenant.client_id,
        "connection_id": source.public_id,
        "demand_id": await _demand(database, source),
        "event_id": await _event(database, source),
        "integration_id": source.public_id,
        "sync_id": await _sync(database, source),
        "reconciliation_id": await _reconciliation(database, source),
        "key_id": key.key_id,
        "user_id": user.user_id,
    }
    return Stranger(tenant, ids, canary)


async def _sync(database: Database, source: Source) -> UUID:
    sync_id = new_id()
    async with database.transaction(role=Role.WORKER) as transaction:
        await insert_sync(
            transaction,
            client_id=source.client_id,
            sync_id=sync_id,
            connection_id=source.connection_id,
            kind="full",
            reason="hand",
            entities=["orders"],
        )
    return sync_id


async def _reconciliation(database: Database, source: Source) -> UUID:
    reconciliation_id = new_id()
    async with database.transaction(role=Role.WORKER) as transaction:
        await insert_reconciliation(
            transaction,
            client_id=source.client_id,
            reconciliation_id=reconciliation_id,
            connection_id=source.connection_id,
            reason="hand",
            since=None,
        )
    return reconciliation_id


async def _demand(database: Database, source: Source) -> UUID:
    demand_id = new_id()
    demand = PrivacyDemand(
        client_id=source.client_id,
        demand_id=demand_id,
        connection_id=source.connection_id,
        kind="tell_person",
        reference="9001",
        contact_ids=[],
        status="open",
        demanded_at=_NOON,
        due_at=_NOON,
        done_at=None,
    )
    async with database.transaction(role=Role.WORKER) as transaction:
        await write_demand(transaction, demand, new_id())
    return demand_id


async def _event(database: Database, source: Source) -> UUID:
    receipt = new_receipt(
        Delivery(("stranger",), "order.created", "stranger", b"{}"),
        client_id=source.client_id,
        connection_id=source.connection_id,
        door="webhook",
        headers=b"{}",
        received_at=datetime.now(UTC),
    )
    async with database.transaction(EVERY_TENANT, Role.INGEST) as transaction:
        await keep_receipts(transaction, [receipt])
    return receipt.receipt_id


async def _ledger_of(
    database: Database, installation: Installation, tenant: Tenant, source: Source, canary: str
) -> dict[str, object]:
    """Something of everything in the tenant's ledger; gives the ids."""
    person = Person(email=f"{canary}@shop.example", first_name=canary)
    version = Version(at=_NOON, rank=0, digest="")
    records: list[Record] = [
        OrderRecord(external_id=canary, version=version, person=person, number=canary),
        LeadRecord(external_id=canary, person=person, registered_at=_NOON),
        LeadRecord(external_id="2", person=Person(email=f"2.{canary}@shop.example"), registered_at=_NOON),
        CheckoutRecord(
            checkout_token=canary,
            stage=CheckoutStage.STARTED,
            occurred_at=_NOON,
            person=person,
            version=version,
        ),
        ProductRecord(external_id=canary, version=version, name=canary),
    ]
    rules = ClientRules()
    async with database.transaction(role=Role.WORKER) as transaction:
        await rules.load(transaction, [source.client_id])
        entries = [
            Entry(source.client_id, source.store_id, SEEN_VIA["api"], "EUR", "GR", record)
            for record in records
        ]
        await apply(transaction, entries, rules.classify, Suppression(installation.vault))
        contacts = await transaction.tuples(
            "SELECT contact_id FROM contacts WHERE client_id = %s", (source.client_id,)
        )
        found: dict[str, object] = {
            f"{kind}_id": await transaction.scalar(
                f"SELECT {kind}_id FROM {kind}s WHERE client_id = %s", (source.client_id,)
            )
            for kind in ("order", "lead", "checkout", "product")
        }
    async with database.transaction(tenant.scope) as transaction:
        contact_id = await merge_contacts(transaction, console(tenant), contacts[0][0], contacts[1][0])
        (merge,) = await hand_merges(transaction, contact_id)
    return found | {"contact_id": contact_id, "merge_id": merge.merge_id}


async def rows_of(database: Database, tenant: Tenant) -> dict[str, int]:
    """How many rows of the tenant each table holds, to see that nothing was added or taken away."""
    counts: dict[str, int] = {}
    async with database.transaction(role=Role.WORKER) as transaction:
        tables = await transaction.tuples(
            """
            SELECT c.relname, a.attname FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('client_id', 'organization_id')
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            """
        )
        for table, column in tables:
            owner: UUID = tenant.client_id if column == "client_id" else tenant.organization_id
            counts[f"{table}.{column}"] = await transaction.scalar(
                f'SELECT count(*) FROM "{table}" WHERE {column} = %s', (owner,)
            )
    return counts
