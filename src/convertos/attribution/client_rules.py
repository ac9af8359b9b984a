"""What evidence means for each client: the shipped tables with the client's own names and domains."""

import time
from collections.abc import Iterable
from uuid import UUID

import msgspec

from convertos.attribution.channel import classify
from convertos.attribution.source_rules import ClientSource, SourceRules
from convertos.attribution.store import client_sources
from convertos.core.database import Transaction
from convertos.records import Evidence, Source

_MEMORY_SECONDS = 5.0


class ClientRules:
    """The rules of the clients that a process works for, read again every few seconds."""

    def __init__(self) -> None:
        self._memory: dict[UUID, tuple[float, SourceRules]] = {}

    async def load(self, transaction: Transaction, client_ids: Iterable[UUID]) -> None:
        """Make sure that these clients' rules are here and fresh."""
        now = time.monotonic()
        wanted = [
            client_id
            for client_id in client_ids
            if (known := self._memory.get(client_id)) is None or now - known[0] > _MEMORY_SECONDS
        ]
        if not wanted:
            return
        for client_id, domains, aliases in await client_sources(transaction, wanted):
            sources = msgspec.convert(aliases, list[ClientSource])
            self._memory[client_id] = (now, SourceRules(domains, sources))

    def classify(self, client_id: UUID, evidence: Evidence) -> Source:
        """The source of an arrival at the site of a client whose rules were loaded."""
        return classify(evidence, self._memory[client_id][1])
