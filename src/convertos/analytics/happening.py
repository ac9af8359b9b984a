"""One line of the live feed. Pure."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened.

    Attributes:
        kind: `order`, `refund`, `lead` or `checkout`; `stage` says how far it is.
        subject_id: the order or lead that it is about; the contact of a checkout, where known.
        happening_id: tells it from all others.
        label: the order's number, the form's name.
        source: who gets the credit; `None` where nobody can.
    """

    kind: str
    stage: str
    subject_id: UUID | None
    happening_id: UUID
    label: str | None
    amount: Decimal | None
    currency: str | None
    occurred_at: datetime
    source: str | None
