"""One client whose ledger the tests of this folder fill and empty again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from convertos import flow
from convertos.analytics.rollups import refresh
from convertos.attribution.client_rules import ClientRules
from convertos.core.database import Database, Role
from convertos.core.installation import Installation
from convertos.jobs import install_reactions
from convertos.ledger.apply import apply
from convertos.ledger.batch import SEEN_VIA, Entry
from convertos.ledger.suppression import Suppression
from convertos.records import Record
from tests.ledger.ledger_dump import dump, wipe
from tests.support.tenants import Source, Tenant, make_source, make_tenant


@dataclass
class Stage:
    """A client's ledger, and the way into it."""

    database: Database
    source: Source
    rules: ClientRules
    tenant: Tenant
    suppression: Suppression

    async def tell(self, records: Sequence[tuple[str, Record]]) -> None:
        """Apply records, each with its door, in one transaction."""
        entries = [
            Entry(self.source.client_id, self.source.store_id, SEEN_VIA[door], "EUR", "GR", record)
            for door, record in records
        ]
        async with self.database.transaction(role=Role.WORKER, is_pipelined=True) as transaction:
            await self.rules.load(transaction, [self.source.client_id])
            await apply(transaction, entries, self.rules.classify, self.suppression)

    async def add_up(self) -> None:
        """Sum every day that waits."""
        while await refresh(self.database):
            pass

    async def dump(self) -> dict[str, Any]:
        await self.add_up()
        async with self.database.transaction(role=Role.WORKER) as transaction:
            return await dump(transaction, self.source.client_id)

    async def rows(self, query: str) -> list[dict[str, Any]]:
        async with self.database.transaction(role=Role.WORKER) as transaction:
            return await transaction.rows(query, {"client": self.source.client_id})

    async def wipe(self) -> None:
        async with self.database.transaction(role=Role.WORKER) as transaction:
            await wipe(transaction, self.source.client_id)


@pytest.fixture(scope="session")
async def stage(database: Database, installation: Installation) -> Stage:
    """A client in Athens that sells in euros."""
    install_reactions(flow.REACTIONS)
    tenant = await make_tenant(database)
    return Stage(
        database,
        await make_source(database, installation, tenant),
        ClientRules(),
        tenant,
        Suppression(installation.vault),
    )
