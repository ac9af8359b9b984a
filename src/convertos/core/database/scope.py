"""Whose rows a transaction may see."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TenantScope:
    """The organization and the clients on whose behalf something is done.

    A scope is made where somebody was authenticated (`tenancy`), where a receipt told its connection
    (`ingest`, `worker`), and nowhere else; every store function asks for one.

    Attributes:
        organization_id: who has the account; `None` only for the worker, which serves all.
        client_ids: the clients whose rows may be read and written, sorted.
    """

    organization_id: UUID | None
    client_ids: tuple[UUID, ...]

    def narrowed(self, client_ids: tuple[UUID, ...]) -> "TenantScope":
        """The same scope for fewer clients; ids outside of it are dropped, never added."""
        wanted = frozenset(client_ids)
        return TenantScope(self.organization_id, tuple(i for i in self.client_ids if i in wanted))

    def __contains__(self, client_id: object) -> bool:
        return client_id in self.client_ids


EVERY_TENANT = TenantScope(None, ())
"""For roles whose own policy lets them see all rows (worker, ingest, authentication); for others, none."""
