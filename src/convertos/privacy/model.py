"""Shapes of what platforms demand for people's privacy."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

ANSWERED_WITHIN = timedelta(days=30)
"""The law's month (GDPR Art. 12 (3)), and Shopify's own limit."""


class PrivacyDemand(msgspec.Struct, frozen=True, kw_only=True):
    """A demand and what became of it.

    Attributes:
        reference: what the platform calls it.
        contact_ids: whom it was about, as far as they were known here.
        status: `open` (the merchant has to answer), `done`, or `refused` (it was not what it seemed).
    """

    client_id: UUID
    demand_id: UUID
    connection_id: UUID
    kind: str
    reference: str | None
    contact_ids: list[UUID]
    status: str
    demanded_at: datetime
    due_at: datetime
    done_at: datetime | None
